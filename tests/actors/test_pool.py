import threading
from collections.abc import Iterator
from typing import Any

import pytest

from actors.base import ActorFailed, Seat
from actors.pool import TURN_MESSAGES, Pool, PooledActor, Turns
from messages.supervision import Crashed, Shutdown, Started, Stopped
from tests.kit import ManualTurns
from tests.living import DEADLINE_S, Gate, House


class Adder(PooledActor[Any]):
    """Adds up what it is told; notices when two workers run it at once."""

    def __init__(self, seat: Seat, pool: Turns) -> None:
        super().__init__(seat, pool)
        self.total = 0
        self.overlaps = 0
        self.begun = 0
        self._inside = threading.Lock()

    def started(self) -> None:
        self.begun += 1

    def handle(self, message: Any) -> Any:
        if not self._inside.acquire(blocking=False):
            self.overlaps += 1
            return None
        try:
            return self._add(message)
        finally:
            self._inside.release()

    def _add(self, message: Any) -> Any:
        if isinstance(message, Exception):
            raise message
        if isinstance(message, Gate):
            message.wait()
        if isinstance(message, int):
            self.total += message
        return (self.total, self.seat.incarnation)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(workers=4)
    pool.start()
    yield pool
    pool.stop()


def on_hand(house: House, name: str = "a") -> tuple[Adder, ManualTurns]:
    turns = ManualTurns()
    actor = Adder(house.seat(name), turns)
    actor.begin()
    return actor, turns


def play(turns: ManualTurns) -> int:
    """Run turns until none is wanted; how many that took."""
    count = 0
    while turns.turns:
        turns.turns.pop(0)()
        count += 1
    return count


def test_it_begins_with_its_first_turn() -> None:
    house = House()
    actor, turns = on_hand(house)
    assert actor.begun == 0
    play(turns)
    assert actor.begun == 1
    assert house.watch.hear(Started) == Started(child="a", incarnation=1)


def test_any_number_of_messages_wants_one_turn() -> None:
    actor, turns = on_hand(House())
    play(turns)
    for _ in range(10):
        actor.address.tell(1)
    assert len(turns.turns) == 1
    assert play(turns) == 1
    assert actor.total == 10


def test_an_actor_with_much_to_do_lets_others_in_between() -> None:
    actor, turns = on_hand(House())
    play(turns)
    for _ in range(2 * TURN_MESSAGES + 1):
        actor.address.tell(1)
    turns.turns.pop(0)()
    assert actor.total == TURN_MESSAGES
    assert len(turns.turns) == 1
    play(turns)
    assert actor.total == 2 * TURN_MESSAGES + 1


def test_shutdown_goes_first_and_the_rest_stays() -> None:
    house = House()
    actor, turns = on_hand(house)
    actor.address.tell(1)
    actor.address.urge(Shutdown())
    play(turns)
    house.watch.hear(Started)
    house.watch.hear(Stopped)
    assert actor.total == 0
    assert actor.address.backlog() >= 1


def test_an_ended_incarnation_wants_no_more_turns() -> None:
    house = House()
    actor, turns = on_hand(house)
    actor.address.tell(ValueError())
    play(turns)
    actor.address.tell(1)
    assert turns.turns == []


def test_what_was_queued_when_it_crashed_is_the_next_ones() -> None:
    house = House()
    actor, turns = on_hand(house)
    actor.address.tell(LookupError("no such thing"))
    replies = [actor.address.request(1) for _ in range(200)]
    play(turns)
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).error == "LookupError: no such thing"
    _, next_turns = on_hand(house)
    play(next_turns)
    assert [reply.get(timeout=0) for reply in replies] == [(number, 2) for number in range(1, 201)]


def test_a_crash_in_an_ask_reaches_the_asker_and_the_supervisor() -> None:
    house = House()
    actor, turns = on_hand(house)
    reply = actor.address.request(ValueError("odd"))
    play(turns)
    with pytest.raises(ActorFailed, match="ValueError: odd"):
        reply.get(timeout=0)
    house.watch.hear(Started)
    house.watch.hear(Crashed)


def test_a_message_put_while_a_turn_ends_gets_a_turn() -> None:
    actor, turns = on_hand(House())
    play(turns)
    actor.address.tell(1)
    turn = turns.turns.pop(0)
    actor.address.tell(1)
    assert turns.turns == [], "it is scheduled already"
    turn()
    play(turns)
    assert actor.total == 2


def test_one_abandoned_before_its_turn_does_nothing_in_it() -> None:
    house = House()
    actor, turns = on_hand(house)
    actor.address.tell(1)
    actor.abandon()
    play(turns)
    assert (actor.begun, actor.total) == (0, 0)
    assert house.watch.heard_nothing_more()


def test_an_abandoned_one_leaves_its_mail_to_its_successor() -> None:
    house = House()
    old, old_turns = on_hand(house)
    play(old_turns)
    old.address.tell(1)
    old.abandon()
    new, new_turns = on_hand(house)
    play(old_turns)
    play(new_turns)
    assert (old.total, new.total) == (0, 1)


@pytest.mark.usefixtures("small_switch_interval")
def test_it_never_runs_on_two_workers_at_once_and_loses_nothing(pool: Pool) -> None:
    house = House()
    actor, address = house.live(lambda seat: Adder(seat, pool), capacity=100_000)

    def produce() -> None:
        for _ in range(2_000):
            address.tell(1)

    producers = [threading.Thread(target=produce) for _ in range(4)]
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join(DEADLINE_S)
    assert address.request("sum").get(timeout=DEADLINE_S) == (8_000, 1)
    assert actor.overlaps == 0  # type: ignore[attr-defined]


@pytest.mark.usefixtures("small_switch_interval")
def test_nothing_is_lost_while_incarnations_follow_each_other(pool: Pool) -> None:
    house = House()
    _, address = house.live(lambda seat: Adder(seat, pool), capacity=100_000)
    house.watch.hear(Started)
    replies = []
    for _ in range(50):
        replies += [address.request(1) for _ in range(20)]
        address.tell(ValueError("next, please"))
        replies += [address.request(1) for _ in range(20)]
        house.watch.hear(Crashed)
        house.live(lambda seat: Adder(seat, pool))
        house.watch.hear(Started)
    answers = [reply.get(timeout=DEADLINE_S) for reply in replies]
    assert len(answers) == 50 * 40
    assert [incarnation for _, incarnation in answers] == sorted(incarnation for _, incarnation in answers)


def test_a_thousand_actors_share_four_workers(pool: Pool) -> None:
    house = House()
    before = threading.active_count()
    lives = [house.live(lambda seat: Adder(seat, pool), f"session.{number}") for number in range(1_000)]
    replies = [address.request(number) for number, (_, address) in enumerate(lives)]
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [(number, 1) for number in range(1_000)]
    assert threading.active_count() == before


def test_a_worker_that_hangs_in_an_abandoned_actor_is_replaced_and_ends_when_it_comes_back() -> None:
    house, pool, gate = House(), Pool(workers=1), Gate()
    pool.start()
    stuck, address = house.live(lambda seat: Adder(seat, pool), "stuck")
    address.tell(gate)
    gate.await_arrival()
    _, neighbour = house.live(lambda seat: Adder(seat, pool), "neighbour")
    reply = neighbour.request(7)
    stuck.abandon()
    assert reply.get(timeout=DEADLINE_S) == (7, 1)
    gate.open()
    gate.held.join(DEADLINE_S)
    assert not gate.held.is_alive()
    pool.stop()


def test_workers_end_after_the_turns_before_the_stop() -> None:
    pool, ran = Pool(workers=1), threading.Event()
    pool.submit(ran.set)
    pool.stop()
    pool.start()
    assert ran.wait(DEADLINE_S)
