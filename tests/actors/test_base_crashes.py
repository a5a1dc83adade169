"""A crash in any phase of an actor's life is reported, and ends no other."""

import pytest

from actors.address import ask
from actors.base import ActorFailed, GatewayActor, Seat, incarnate
from messages.supervision import Crashed, Shutdown, Started
from tests.actors.echo import Crash, Echo
from tests.living import Gate, House


def test_a_crash_in_a_tell_is_reported_with_the_type_of_the_message() -> None:
    house = House()
    actor, address = house.live(Echo)
    address.tell(Crash(LookupError("no such thing")))
    house.watch.hear(Started)
    report = house.watch.hear(Crashed)
    assert report == Crashed(child="a", incarnation=1, error="LookupError: no such thing", message="Crash")
    assert "released" in actor.log  # type: ignore[attr-defined]
    assert "stopped" not in actor.log  # type: ignore[attr-defined]


def test_a_crash_in_an_ask_kills_too_and_the_asker_hears_of_it() -> None:
    house = House()
    _, address = house.live(Echo)
    with pytest.raises(ActorFailed, match="a failed: LookupError: no such thing") as caught:
        ask(address, Crash(LookupError("no such thing")))
    assert isinstance(caught.value.__cause__, LookupError)
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).error == "LookupError: no such thing"


def test_a_crash_in_started_is_reported() -> None:
    class Stillborn(Echo):
        def started(self) -> None:
            raise LookupError("no port")

    house = House()
    house.live(Stillborn)
    report = house.watch.hear(Crashed)
    assert (report.error, report.message) == ("LookupError: no port", "Begin")


def test_a_crash_in_the_constructor_is_reported() -> None:
    class Unborn(Echo):
        def __init__(self, seat: Seat) -> None:
            raise LookupError("no setting")

    house = House()
    assert incarnate(Unborn, house.seat("a")) is None
    assert house.watch.hear(Crashed).error == "LookupError: no setting"


def test_a_crash_in_stopped_is_reported() -> None:
    class Sulking(Echo):
        def stopped(self) -> None:
            raise LookupError("not yet")

    house = House()
    _, address = house.live(Sulking)
    address.urge(Shutdown())
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).message == "Shutdown"


def test_a_crash_in_release_does_not_hide_the_report() -> None:
    class Clinging(Echo):
        def release(self) -> None:
            raise OSError("will not close")

    house = House()
    _, address = house.live(Clinging)
    address.tell(Crash(LookupError("first")))
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).error == "LookupError: first"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_an_exit_in_one_actor_stops_that_actor_only(error: BaseException) -> None:
    house = House()
    _, doomed = house.live(Echo, "doomed")
    _, bystander = house.live(Echo, "bystander")
    with pytest.raises(ActorFailed):
        ask(doomed, Crash(error))
    assert ask(bystander, "hello") == ("hello", 1)
    house.watch.hear(Started)
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).child == "doomed"


def test_a_message_it_does_not_take_is_a_crash() -> None:
    house = House()
    _, address = house.live(GatewayActor)
    with pytest.raises(ActorFailed, match="GatewayActor does not take str"):
        ask(address, "hello")


def test_a_reply_completed_by_somebody_else_does_not_kill_the_actor() -> None:
    house, gate = House(), Gate()
    _, address = house.live(Echo)
    reply = address.request(gate)
    gate.await_arrival()
    reply.set("from outside")
    reply.fail(LookupError("from outside too"))
    gate.open()
    assert ask(address, "still there?") == ("still there?", 1)
    assert reply.get(timeout=0) == "from outside"


def test_the_message_it_crashed_on_is_a_dead_letter_and_its_own_tick_is_not() -> None:
    house = House()
    _, address = house.live(Echo)
    fatal = Crash(LookupError())
    address.tell(fatal)
    house.watch.hear(Started)
    house.watch.hear(Crashed)
    assert house.dead == [("a", fatal, "its receiver crashed on it")]
