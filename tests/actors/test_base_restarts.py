"""What an incarnation leaves behind is its successor's, but for its timers."""

import threading
from typing import Any

import pykka
import pytest

from actors.base import GatewayActor, Seat
from actors.reply import Reply
from messages.supervision import Crashed, Elapsed, Shutdown, Started, Stopped
from tests.actors.echo import Crash, Echo
from tests.kit import Stage
from tests.living import DEADLINE_S, Gate, House


def test_two_thousand_asks_behind_a_crashing_message_are_answered_by_the_next_incarnation() -> None:
    house, gate = House(), Gate()
    _, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    address.tell(Crash(LookupError()))
    replies = [address.request(number) for number in range(2_000)]
    gate.open()
    house.watch.hear(Started)
    house.watch.hear(Crashed)
    house.live(Echo)
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [(number, 2) for number in range(2_000)]


@pytest.mark.usefixtures("small_switch_interval")
def test_of_three_hundred_asks_racing_a_stop_none_stays_unanswered() -> None:
    answered = refused = 0
    for _ in range(300):
        house = House()
        _, address = house.live(Echo)
        asking = [Asker(address) for _ in range(3)]
        for asker in asking:
            asker.start()
        address.urge(Shutdown())
        house.watch.hear(Started)
        house.watch.hear(Stopped)
        house.directory.forget("a")
        for asker in asking:
            asker.join(DEADLINE_S)
            answered += asker.outcomes.count("answered")
            refused += asker.outcomes.count("refused")
    assert answered + refused == 300 * 3 * 10
    assert refused > 0


class Asker(threading.Thread):
    """Asks ten times, and notes what became of each."""

    def __init__(self, address: Any) -> None:
        super().__init__(daemon=True)
        self._address = address
        self.outcomes: list[str] = []

    def run(self) -> None:
        replies: list[Reply] = [self._address.request(number) for number in range(10)]
        for reply in replies:
            try:
                reply.get(timeout=DEADLINE_S)
                self.outcomes.append("answered")
            except pykka.ActorDeadError:
                self.outcomes.append("refused")


def test_a_timer_of_a_dead_incarnation_never_reaches_its_successor() -> None:
    stage = Stage()
    first = Ticking(stage.seat("a", incarnation=1))
    stage.play(first)
    stale = first.ring_by_hand()
    first.abandon()
    second = Ticking(Seat(**{**seat_fields(first.seat), "incarnation": 2}))
    stage.play(second)
    second.address.tell_elapsed(stale)
    second.address.tell_elapsed(Elapsed(incarnation=2, key="tick", turn=99, message="tick"))
    stage.run()
    assert second.ticks == 0
    stage.advance(1.0)
    assert second.ticks == 1


def seat_fields(seat: Seat) -> dict[str, Any]:
    return {name: getattr(seat, name) for name in Seat.__slots__}


class Ticking(GatewayActor[str]):
    def __init__(self, seat: Seat) -> None:
        super().__init__(seat)
        self.ticks = 0

    def started(self) -> None:
        self.after(1.0, "tick", key="tick")

    def handle(self, message: str) -> None:
        if message == "again":
            self.after(1.0, "tick", key="tick")
        elif message == "never":
            self.cancel("tick")
        else:
            self.ticks += 1

    def ring_by_hand(self) -> Elapsed:
        return self._alarms["tick"].elapsed


def test_setting_a_timer_again_replaces_it_even_when_the_first_has_already_rung() -> None:
    stage = Stage()
    actor = Ticking(stage.seat("a"))
    stage.play(actor)
    actor.address.tell("again")
    actor.address.tell_elapsed(actor.ring_by_hand())
    stage.run()
    assert actor.ticks == 0
    stage.advance(1.0)
    assert actor.ticks == 1


def test_a_cancelled_timer_never_rings() -> None:
    stage = Stage()
    actor = Ticking(stage.seat("a"))
    stage.play(actor)
    actor.address.tell("never")
    actor.address.tell("never")
    stage.advance(10.0)
    assert actor.ticks == 0
