"""Sessions that come and go, under a real supervisor with real threads."""

from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any, cast

import pytest

from actors.address import Address, ask
from actors.base import ActorFailed, GatewayActor, Seat
from actors.session import SessionActor
from messages.sessions import SessionPlan
from messages.supervision import DescribeTree, Shutdown, Started, StopChild, Stopped
from supervisors.doors import DynamicSessions
from supervisors.specs import Backoff, ChildSpec, PerChild, SupervisorSpec
from supervisors.supervisor import SupervisorActor
from tests.kit import Probe
from tests.living import DEADLINE_S, House, ringing


class FakeSession(GatewayActor[Any]):
    """Tells the test what it hears, and when it stops; raises what is an exception."""

    def __init__(self, seat: Seat, plan: SessionPlan, heard: "SimpleQueue[tuple[str, object]]") -> None:
        super().__init__(seat)
        self._plan, self._heard = plan, heard

    def handle(self, message: Any) -> Any:
        if isinstance(message, Exception):
            raise message
        self._heard.put((self._plan.name, message))
        return self.seat.incarnation

    def stopped(self) -> None:
        self._heard.put((self._plan.name, "stopped"))


class Estate(House):
    """A supervisor of sessions with one fixed child, and the door to it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: SimpleQueue[tuple[str, object]] = SimpleQueue()
        fixed = ChildSpec(name="session.transfer", start=lambda seat: self.make(seat, plan("transfer")))
        spec = SupervisorSpec(
            name="sessions", per_child=PerChild(), children=(fixed,), backoff=Backoff(min_s=0.0, max_s=0.0)
        )
        self.door = DynamicSessions(self.directory, self.make)
        journal = Probe("audit")
        self.live(lambda seat: SupervisorActor(seat, spec=spec, directory=self.directory, journal=journal), "sessions")
        self.watch.hear(Started)

    def make(self, seat: Seat, made: SessionPlan) -> SessionActor:
        return cast(SessionActor, FakeSession(seat, made, self.heard))

    def hears(self) -> tuple[str, object]:
        return self.heard.get(timeout=DEADLINE_S)

    def sessions(self) -> dict[str, str]:
        """Names and states, once the supervisor has done what it was told."""
        tree = ask(self.directory.address("sessions"), DescribeTree(), timeout_s=DEADLINE_S)
        return {child["name"]: child["state"] for child in tree["children"]}

    def await_end(self, *names: str) -> None:
        """Until these are no more: asked to stop again, their supervisor answers when they have, or knows them not."""
        for name in names:
            ask(self.directory.address("sessions"), StopChild(name=f"session.{name}"), timeout_s=DEADLINE_S)

    def address(self, name: str) -> Address:
        found = self.directory.find(f"session.{name}")
        assert found is not None
        return found


def plan(name: str) -> SessionPlan:
    return SessionPlan(name=name, kind="events", url="wss://api.example/events", owner=Probe("owner"))


@pytest.fixture
def estate() -> Iterator[Estate]:
    made = Estate()
    with ringing(made.timers):
        yield made
        made.directory.address("sessions").urge(Shutdown())
        made.watch.hear(Stopped)


def test_a_session_hears_what_it_was_told_before_it_was_up(estate: Estate) -> None:
    session = estate.door.open(plan("events.a"))
    session.tell("early")
    assert estate.hears() == ("events.a", "early")
    assert estate.sessions() == {"session.transfer": "running", "session.events.a": "running"}


def test_one_that_is_closed_stops_and_is_forgotten(estate: Estate) -> None:
    estate.door.open(plan("events.a"))
    estate.door.close("events.a")
    assert estate.hears() == ("events.a", "stopped")
    estate.await_end("events.a")
    assert set(estate.sessions()) == {"session.transfer"}
    assert estate.directory.find("session.events.a") is None


def test_one_that_crashes_is_started_anew_and_reads_on(estate: Estate) -> None:
    session = estate.door.open(plan("events.a"))
    address = estate.address("events.a")
    with pytest.raises(ActorFailed):
        ask(address, LookupError("as told"), timeout_s=DEADLINE_S)
    session.tell("after")
    assert estate.hears() == ("events.a", "after")
    assert ask(address, "which?", timeout_s=DEADLINE_S) == 2


def test_all_of_a_prefix_are_closed_and_no_other(estate: Estate) -> None:
    for name in ("events.a", "events.b", "eventful"):
        estate.door.open(plan(name))
    estate.door.close_all("events.")
    assert {estate.hears(), estate.hears()} == {("events.a", "stopped"), ("events.b", "stopped")}
    estate.await_end("events.a", "events.b")
    assert set(estate.sessions()) == {"session.transfer", "session.eventful"}


def test_one_closed_in_the_same_breath_is_not_left_behind(estate: Estate) -> None:
    for number in range(20):
        estate.door.open(plan(f"events.{number}"))
        estate.door.close_all("events.")
    estate.await_end(*(f"events.{number}" for number in range(20)))
    assert set(estate.sessions()) == {"session.transfer"}


def test_what_is_not_there_may_be_closed(estate: Estate) -> None:
    estate.door.close("events.nobody")
    estate.door.close_all("events.")
    assert estate.sessions() == {"session.transfer": "running"}


def test_what_is_told_to_one_that_is_closed_is_a_dead_letter(estate: Estate) -> None:
    session = estate.door.open(plan("events.a"))
    estate.door.close("events.a")
    estate.await_end("events.a")
    session.tell("late")
    assert ("session.events.a", "late", "its receiver is gone") in estate.dead


def test_a_closed_sessions_name_is_free_again(estate: Estate) -> None:
    estate.door.open(plan("events.a"))
    estate.door.close("events.a")
    estate.await_end("events.a")
    estate.door.open(plan("events.a")).tell("again")
    assert estate.hears() == ("events.a", "stopped")
    assert estate.hears() == ("events.a", "again")
