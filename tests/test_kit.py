from typing import Any

import pytest

from actors.base import ActorFailed, GatewayActor, Seat
from messages.base import Recipient
from messages.supervision import Started
from tests.kit import EPOCH, ManualTurns, Probe, Stage, VirtualWorld


class Relay(GatewayActor[Any]):
    """Passes on what it hears, after a pause if it is a number."""

    def __init__(self, seat: Seat, to: Recipient) -> None:
        super().__init__(seat)
        self._to = to

    def handle(self, message: Any) -> Any:
        match message:
            case int() | float():
                self.after(message, f"after {message}", key=str(message))
            case LookupError():
                raise message
            case "finish":
                self.finish()
            case _:
                self._to.tell((self.world.monotonic(), message))
        return "done"


def test_a_played_actor_has_started() -> None:
    stage = Stage()
    stage.play(Relay(stage.seat("a"), Probe("b")))
    assert stage.superior.take(Started) == Started(child="a", incarnation=1)


def test_nothing_happens_before_the_test_says_so() -> None:
    stage, probe = Stage(), Probe("b")
    address = stage.play(Relay(stage.seat("a"), probe))
    address.tell("hello")
    assert probe.heard == []
    stage.run()
    assert probe.heard == [(0.0, "hello")]


def test_actors_that_tell_each_other_settle_in_one_run() -> None:
    stage, probe = Stage(), Probe("c")
    second = stage.play(Relay(stage.seat("b"), probe))
    first = stage.play(Relay(stage.seat("a"), second))
    first.tell("hello")
    stage.run()
    assert probe.heard == [(0.0, (0.0, "hello"))]


def test_alarms_ring_at_their_own_moments_however_far_time_is_moved() -> None:
    stage, probe = Stage(), Probe("b")
    address = stage.play(Relay(stage.seat("a"), probe))
    address.tell(7)
    address.tell(2.5)
    stage.advance(10.0)
    assert probe.heard == [(2.5, "after 2.5"), (7.0, "after 7")]
    assert stage.world.monotonic() == 10.0


def test_an_ask_is_answered_by_the_run() -> None:
    stage = Stage()
    reply = stage.play(Relay(stage.seat("a"), Probe("b"))).request("hello")
    stage.run()
    assert reply.get(timeout=0) == "done"


def test_a_crash_reaches_the_test_with_its_cause() -> None:
    stage = Stage()
    stage.play(Relay(stage.seat("a"), Probe("b"))).tell(LookupError("no such thing"))
    with pytest.raises(ActorFailed, match="no such thing") as caught:
        stage.run()
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_finished_actor_hears_no_more() -> None:
    stage, probe = Stage(), Probe("b")
    address = stage.play(Relay(stage.seat("a"), probe))
    address.tell("finish")
    address.tell("hello")
    stage.run()
    assert probe.heard == []


def test_dead_letters_are_kept_for_the_test() -> None:
    stage = Stage()
    address = stage.seat("a", capacity=1).address
    address.tell("fits")
    address.tell("does not")
    assert stage.dead == [("a", "does not", "its receiver's mailbox is full")]


def test_a_probe_gives_out_what_it_heard_by_kind_oldest_first() -> None:
    probe = Probe("b")
    for message in (1, "x", 2, "y"):
        probe.tell(message)
    assert probe.take(str) == "x"
    assert probe.take_all(int) == [1, 2]
    assert probe.heard == ["y"]


def test_a_probe_that_heard_nothing_of_the_kind_says_what_it_heard() -> None:
    probe = Probe("b")
    probe.tell("x")
    with pytest.raises(AssertionError, match=r"b heard no int, only \['x'\]"):
        probe.take(int)


def test_a_probe_takes_whatever_an_address_takes() -> None:
    probe = Probe("b")
    probe.urge(1)
    assert probe.offer(2)
    probe.request(3)
    assert probe.heard == [1, 2, 3]
    assert probe.backlog() == 0


def test_two_worlds_of_one_seed_are_alike() -> None:
    first, second = VirtualWorld(seed=7), VirtualWorld(seed=7)
    assert [first.random() for _ in range(3)] == [second.random() for _ in range(3)]
    assert first.new_id() == second.new_id()
    assert first.utc_now() == EPOCH


def test_ids_of_one_world_differ_and_rise() -> None:
    world = VirtualWorld()
    ids = [world.new_id() for _ in range(3)]
    assert ids == sorted(set(ids))


def test_turns_wait_for_the_test() -> None:
    turns, ran = ManualTurns(), []
    turns.submit(lambda: ran.append("turn"))
    assert ran == []
    turns.turns.pop()()
    assert ran == ["turn"]
