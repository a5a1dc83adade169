"""An incarnation that was given up on does nothing any more."""

import threading

from actors.address import ask
from messages.supervision import Started
from tests.actors.echo import Echo
from tests.living import DEADLINE_S, Gate, House


def test_an_abandoned_incarnation_that_wakes_up_takes_no_message_and_reports_nothing() -> None:
    house, gate = House(), Gate()
    old, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    replies = [address.request(number) for number in range(100)]
    old.abandon()
    house.live(Echo)
    gate.open()
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [(number, 2) for number in range(100)]
    house.watch.hear(Started)
    house.watch.hear(Started)
    ask(address, "has all been said?")
    assert house.watch.heard_nothing_more()
    assert old.log == ["started", gate, "released", *old.log[3:]]  # type: ignore[attr-defined]


def test_an_abandoned_incarnation_that_waits_for_messages_ends() -> None:
    released = threading.Event()

    class Idle(Echo):
        def release(self) -> None:
            if threading.current_thread().name == "a#1":
                released.set()

    house = House()
    actor, _ = house.live(Idle)
    house.watch.hear(Started)
    actor.abandon()
    assert released.wait(DEADLINE_S), "its own thread lets go once more of what it may have opened since"


def test_one_abandoned_before_it_began_never_begins() -> None:
    house = House()
    actor = Echo(house.seat("a"))
    actor.abandon()
    actor.on_start()
    assert actor.log == ["released"]


def test_a_thread_that_hangs_can_be_shown() -> None:
    house, gate = House(), Gate()
    actor, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    assert "message.wait()" in actor.stack()
    gate.open()


def test_one_without_a_thread_shows_nothing() -> None:
    assert Echo(House().seat("a")).stack() == ""
