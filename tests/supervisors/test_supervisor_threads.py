"""A tree with real threads: nested supervisors, hanging children, the way of a failure up to the root."""

from collections.abc import Iterator
from typing import Any

import pytest

from actors.address import Address, ask
from actors.base import ActorFailed, GatewayActor
from messages.journal import PublishEvent
from messages.supervision import (
    ChildRefused,
    ChildStarted,
    Crashed,
    DescribeTree,
    RestartChild,
    Shutdown,
    StartChild,
    Started,
    StopChild,
    Stopped,
)
from supervisors.specs import REST_FOR_ONE, Backoff, ChildSpec, PerChild, Spec, SupervisorSpec
from supervisors.supervisor import SupervisorActor
from tests.kit import Probe
from tests.living import DEADLINE_S, Gate, House, ringing

AT_ONCE = Backoff(min_s=0.0, max_s=0.0)


class Worker(GatewayActor[Any]):
    def handle(self, message: Any) -> Any:
        if isinstance(message, Exception):
            raise message
        if isinstance(message, Gate):
            message.wait()
        return (message, self.seat.incarnation)


class Estate(House):
    """A House with a tree in it."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = Probe("journal")

    def plant(self, *children: Spec, **spec: Any) -> Address:
        """The address of a running root above `children`."""
        tree = SupervisorSpec(name="root", children=children, **spec)
        _, address = self.live(
            lambda seat: SupervisorActor(seat, spec=tree, directory=self.directory, journal=self.journal), "root"
        )
        return address

    def crash(self, name: str) -> None:
        with pytest.raises(ActorFailed):
            ask(self.directory.address(name), LookupError("as told"), timeout_s=DEADLINE_S)

    def ask(self, name: str, message: object) -> Any:
        return ask(self.directory.address(name), message, timeout_s=DEADLINE_S)


@pytest.fixture
def estate() -> Iterator[Estate]:
    estate = Estate()
    with ringing(estate.timers):
        yield estate


def worker(name: str, **spec: Any) -> ChildSpec:
    return ChildSpec(name=name, start=Worker, **spec)


def rows(tree: Any) -> dict[str, Any]:
    """Every row of a tree by its name."""
    found = {tree["name"]: tree}
    for row in tree.get("children", ()):
        found |= rows(row)
    return found


def test_a_tree_starts_before_its_root_says_so(estate: Estate) -> None:
    estate.plant(worker("a"), SupervisorSpec(name="inner", children=(worker("b"), worker("c"))), worker("d"))
    assert estate.watch.hear(Started).child == "root"
    tree = rows(estate.ask("root", DescribeTree()))
    assert {name: row["state"] for name, row in tree.items()} == dict.fromkeys(
        ("root", "a", "inner", "b", "c", "d"), "running"
    )


def test_a_tree_stops_as_a_whole(estate: Estate) -> None:
    root = estate.plant(worker("a"), SupervisorSpec(name="inner", children=(worker("b"),)))
    estate.watch.hear(Started)
    root.urge(Shutdown())
    estate.watch.hear(Stopped)
    assert estate.watch.heard_nothing_more()


def test_what_the_inner_supervisor_cannot_mend_its_superior_mends(estate: Estate) -> None:
    inner = SupervisorSpec(name="inner", children=(worker("b"), worker("c")), intensity=0)
    estate.plant(worker("a"), inner)
    estate.watch.hear(Started)
    estate.crash("b")
    assert estate.ask("b", "hello") == ("hello", 2)
    tree = rows(estate.ask("root", DescribeTree()))
    assert "Escalated: inner: more than 0 restarts" in tree["inner"]["last_error"]
    assert estate.ask("c", "hello") == ("hello", 2)
    assert estate.ask("a", "hello") == ("hello", 1)


def test_a_failure_nobody_can_mend_ends_the_root(estate: Estate) -> None:
    inner = SupervisorSpec(name="inner", children=(worker("b"),), intensity=0)
    estate.plant(worker("a"), inner, intensity=0)
    estate.watch.hear(Started)
    estate.crash("b")
    assert "Escalated: root: more than 0 restarts" in estate.watch.hear(Crashed).error
    kinds = [(event.kind, event.data["name"]) for event in estate.journal.take_all(PublishEvent)]
    assert kinds == [
        ("actor.crashed", "b"),
        ("actor.escalated", "inner"),
        ("actor.crashed", "inner"),
        ("actor.escalated", "root"),
    ]


def test_rest_for_one_restarts_an_inner_supervisor_with_all_its_children(estate: Estate) -> None:
    estate.plant(worker("a"), SupervisorSpec(name="inner", children=(worker("b"),)), strategy=REST_FOR_ONE)
    estate.watch.hear(Started)
    estate.crash("a")
    assert estate.ask("a", "hello") == ("hello", 2)
    assert estate.ask("b", "hello") == ("hello", 2)


def test_a_child_that_hangs_is_abandoned_and_its_successor_answers_what_waits(estate: Estate) -> None:
    gate = Gate()
    root = estate.plant(worker("a", shutdown_s=0.05))
    estate.watch.hear(Started)
    address = estate.directory.address("a")
    address.tell(gate)
    gate.await_arrival()
    replies = [address.request(number) for number in range(50)]
    assert ask(root, RestartChild(name="a"), DEADLINE_S) == ChildStarted(name="a", incarnation=2)
    gate.open()
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [(number, 2) for number in range(50)]
    assert rows(ask(root, DescribeTree()))["a"]["abandoned"] == 1


def test_the_supervisor_answers_while_a_child_hangs(estate: Estate) -> None:
    gate = Gate()
    root = estate.plant(worker("a", shutdown_s=1_000.0), worker("b"))
    estate.watch.hear(Started)
    estate.directory.address("a").tell(gate)
    gate.await_arrival()
    stopping = root.request(StopChild(name="a"))
    assert rows(ask(root, DescribeTree()))["a"]["state"] == "stopping"
    estate.crash("b")
    assert estate.ask("b", "hello") == ("hello", 2)
    gate.open()
    stopping.get(timeout=DEADLINE_S)


def test_requests_find_their_child_further_down(estate: Estate) -> None:
    root = estate.plant(SupervisorSpec(name="outer", children=(SupervisorSpec(name="inner", children=(worker("a"),)),)))
    estate.watch.hear(Started)
    assert ask(root, RestartChild(name="a", reason="looks odd")) == ChildStarted(name="a", incarnation=2)
    assert isinstance(ask(root, StopChild(name="ghost")), ChildRefused)


def test_a_whole_branch_restarts_by_request(estate: Estate) -> None:
    root = estate.plant(SupervisorSpec(name="inner", children=(worker("a"),)))
    estate.watch.hear(Started)
    assert ask(root, RestartChild(name="inner")) == ChildStarted(name="inner", incarnation=2)
    assert estate.ask("a", "hello") == ("hello", 2)


def test_a_supervisor_that_fails_itself_takes_its_children_with_it(estate: Estate) -> None:
    root = estate.plant(SupervisorSpec(name="inner", children=(worker("a"),)))
    estate.watch.hear(Started)
    guest = ChildSpec(name="guest", start=Worker)
    assert estate.ask("inner", StartChild(spec=guest)) == ChildStarted(name="guest", incarnation=1)
    with pytest.raises(ActorFailed):
        estate.ask("inner", "not a word it knows")
    again = estate.ask("inner", StartChild(spec=guest))
    assert again == ChildStarted(name="guest", incarnation=1), "dynamic children end with their supervisor"
    assert estate.ask("a", "hello") == ("hello", 2)
    assert rows(ask(root, DescribeTree()))["inner"]["restarts"] == 1


def test_hundreds_of_sessions_that_crash_at_once_are_all_back(estate: Estate) -> None:
    sessions = SupervisorSpec(name="sessions", per_child=PerChild(), backoff=AT_ONCE)
    estate.plant(sessions)
    estate.watch.hear(Started)
    names = [f"session.{number}" for number in range(300)]
    for name in names:
        estate.ask("sessions", StartChild(spec=worker(name, backoff=AT_ONCE)))
    for name in names:
        estate.directory.address(name).tell(LookupError("one blip"))
    replies = [estate.directory.address(name).request("back?") for name in names]
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [("back?", 2)] * 300
    estate.directory.address("root").urge(Shutdown())
    estate.watch.hear(Stopped)


def test_the_name_of_anybody_in_the_tree_is_taken(estate: Estate) -> None:
    root = estate.plant(SupervisorSpec(name="inner", children=(worker("a"),)))
    estate.watch.hear(Started)
    for name in ("root", "inner", "a"):
        assert isinstance(ask(root, StartChild(spec=worker(name))), ChildRefused)
