"""A supervisor at the request of others: children that come and go, restarts by hand, and what it tells."""

import pytest

from messages.journal import PublishEvent
from messages.supervision import (
    ChildRefused,
    ChildStarted,
    ChildStopped,
    Describe,
    RestartChild,
    Shutdown,
    StartChild,
    StopChild,
)
from supervisors.specs import (
    ONE_FOR_ALL,
    Backoff,
)
from tests.supervisors.puppets import Theatre, theatre


def kinds(house: Theatre) -> list[str]:
    return [event.kind for event in house.journal.take_all(PublishEvent)]


# --- on request -----------------------------------------------------------------------------------------------


def test_a_dynamic_child_is_started_stopped_and_forgotten() -> None:
    house = theatre().open()
    assert house.ask(StartChild(spec=house.puppet("guest"))) == ChildStarted(name="guest", incarnation=1)
    address = house.directory.address("guest")
    assert house.ask(StopChild(name="guest")) == ChildStopped(name="guest")
    assert house.directory.find("guest") is None
    address.tell("too late")
    assert house.dead == [("guest", "too late", "its receiver is gone")]


def test_a_dynamic_child_that_cannot_start_is_refused_and_leaves_nothing_behind() -> None:
    house = theatre().open()
    house.failing["guest"] = 1
    answer = house.ask(StartChild(spec=house.puppet("guest")))
    assert isinstance(answer, ChildRefused)
    assert house.directory.find("guest") is None
    assert house.ask(StartChild(spec=house.puppet("guest"))) == ChildStarted(name="guest", incarnation=1)


def test_a_name_is_given_only_once() -> None:
    house = theatre("a").open()
    assert isinstance(house.ask(StartChild(spec=house.puppet("a"))), ChildRefused)


def test_dynamic_children_stop_all_at_once_before_the_fixed_ones() -> None:
    house = theatre("a").open()
    for name in ("x", "y"):
        house.ask(StartChild(spec=house.puppet(name, shutdown_s=3.0)))
    house.stuck |= {"x", "y"}
    house.take_log()
    house.boss.address.urge(Shutdown())
    house.advance(3.1)
    assert house.take_log() == ["stop a"], "two that hang cost one patience, not two"
    assert sorted(house.released) == ["x", "y"]


def test_a_restart_by_request_is_no_crash() -> None:
    house = theatre("a", intensity=0).open()
    assert house.ask(RestartChild(name="a", reason="looks odd")) == ChildStarted(name="a", incarnation=2)
    assert house.log == ["start a", "stop a", "start a"]
    assert kinds(house) == ["actor.restarted"]


def test_a_restart_by_request_cuts_the_backoff_short() -> None:
    house = theatre(("a", {"backoff": Backoff(min_s=100.0, max_s=100.0)})).open()
    house.crash("a")
    house.crash("a")
    assert house.ask(RestartChild(name="a")) == ChildStarted(name="a", incarnation=3)


def test_requests_during_a_group_restart_are_refused_at_once() -> None:
    house = theatre("a", "b", strategy=ONE_FOR_ALL).open()
    house.stuck.add("b")
    house.crash("a")
    assert isinstance(house.ask(RestartChild(name="b")), ChildRefused)
    assert isinstance(house.ask(StopChild(name="a")), ChildRefused)


def test_a_stopped_fixed_child_comes_back_when_asked_for() -> None:
    house = theatre("a").open()
    assert house.ask(StopChild(name="a")) == ChildStopped(name="a")
    assert house.child("a").state == "stopped"
    assert house.ask(RestartChild(name="a")) == ChildStarted(name="a", incarnation=2)


@pytest.mark.parametrize("request_", [StopChild(name="ghost"), RestartChild(name="ghost")])
def test_nobody_of_that_name_is_a_refusal(request_: object) -> None:
    assert isinstance(theatre("a").open().ask(request_), ChildRefused)


def test_what_is_no_specification_is_a_refusal() -> None:
    assert isinstance(theatre().open().ask(StartChild(spec="transfer")), ChildRefused)


def test_a_stopping_supervisor_starts_nobody_and_tells_those_who_wait() -> None:
    house = theatre("a").open()
    house.stuck |= {"a", "guest"}
    waiting = house.boss.address.request(StartChild(spec=house.puppet("guest")))
    house.boss.address.urge(Shutdown())
    refused = house.boss.address.request(StartChild(spec=house.puppet("other")))
    house.run()
    assert isinstance(waiting.get(timeout=0), ChildRefused)
    assert isinstance(refused.get(timeout=0), ChildRefused)


# --- what it tells --------------------------------------------------------------------------------------------


def test_the_tree_tells_state_restarts_and_mailboxes() -> None:
    house = theatre(("a", {"capacity": 7}), "b").open()
    house.crash("a")
    for _ in range(3):
        house.directory.address("a").tell("hello")
    row = house.boss.tree()["children"][0]  # type: ignore[index]
    assert row == {
        "name": "a",
        "kind": "Puppet",
        "state": "running",
        "incarnation": 2,
        "restarts": 1,
        "abandoned": 0,
        "last_error": "Die: as told",
        "mailbox": {"depth": 3, "high_water": 3, "capacity": 7},
    }


def test_crashes_and_restarts_are_told_to_the_journal_by_type_not_content() -> None:
    house = theatre("a").open()
    house.crash("a")
    crashed, restarted = house.journal.take_all(PublishEvent)
    assert (crashed.kind, crashed.data["name"], crashed.data["message"]) == ("actor.crashed", "a", "Die")
    assert (restarted.kind, restarted.data["incarnation"], restarted.data["restarts"]) == ("actor.restarted", 2, 1)


def test_the_journals_own_crash_is_not_told_to_the_journal() -> None:
    house = theatre("journal").open()
    house.crash("journal")
    assert house.running() == {"journal"}
    assert house.journal.heard == []


def test_a_supervisor_describes_itself_like_any_actor() -> None:
    house = theatre("a", "b").open()
    assert house.ask(Describe()).facts == {"strategy": "one_for_one", "children": 2}
