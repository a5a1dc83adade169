"""One supervisor on a stage of its own: what starts, what is restarted, and when it gives up."""

from typing import Any

import pytest

from actors.base import ActorFailed
from messages.journal import PublishEvent
from messages.supervision import (
    ChildRefused,
    ChildStarted,
    Crashed,
    DescribeTree,
    RestartChild,
    StartChild,
    Started,
    Stopped,
)
from supervisors.specs import (
    ONE_FOR_ALL,
    REST_FOR_ONE,
    TEMPORARY,
    TRANSIENT,
    Backoff,
    ChildSpec,
    PerChild,
)
from tests.supervisors.puppets import Die, Theatre, theatre


def kinds(house: Theatre) -> list[str]:
    return [event.kind for event in house.journal.take_all(PublishEvent)]


# --- starting -------------------------------------------------------------------------------------------------


def test_children_start_one_after_the_other_in_order() -> None:
    house = theatre("a", "b", "c").open()
    assert house.log == ["start a", "start b", "start c"]
    assert house.running() == {"a", "b", "c"}


def test_the_next_child_starts_only_when_the_one_before_is_up() -> None:
    house = theatre("a", "b")
    house.stuck.add("a")
    house.open()
    assert house.log == []
    assert house.stage.superior.heard == []
    house.stuck.clear()
    house.run()
    assert house.log == ["start a", "start b"]


def test_a_supervisor_is_up_when_all_its_children_are() -> None:
    house = theatre("a", "b").open()
    assert house.stage.superior.take(Started).child == "boss"


def test_a_supervisor_without_children_is_up_at_once() -> None:
    assert theatre().open().stage.superior.take(Started).child == "boss"


def test_a_fixed_child_that_cannot_start_fails_the_supervisor_after_stopping_those_before_it() -> None:
    house = theatre("a", "b", "c")
    house.failing["b"] = 1
    with pytest.raises(ActorFailed, match="b could not be started"):
        house.open()
    assert house.log == ["start a", "start b", "stop a"]


def test_a_constructor_that_raises_is_a_failed_start() -> None:
    def broken(seat: object) -> Any:
        raise LookupError("no such thing")

    house = theatre("a").open()
    answer = house.ask(StartChild(spec=ChildSpec(name="b", start=broken)))
    assert isinstance(answer, ChildRefused)
    assert "LookupError: no such thing" in answer.why


def test_a_child_that_does_not_start_in_time_is_abandoned_and_fails_the_supervisor() -> None:
    house = theatre("a", ("b", {"start_s": 2.0}))
    house.stuck.add("b")
    house.open()
    house.advance(1.9)
    assert house.released == []
    with pytest.raises(ActorFailed, match="b could not be started"):
        house.advance(0.2)
    assert house.released == ["b"]
    house.stuck.clear()
    house.run()
    assert "start b" not in house.log, "an abandoned incarnation must not even begin"


# --- restarting -----------------------------------------------------------------------------------------------


def test_a_crashed_child_is_restarted_at_once_as_the_next_incarnation() -> None:
    house = theatre("a", "b").open()
    house.take_log()
    house.crash("a")
    assert house.take_log() == ["start a"]
    assert house.child("a").incarnation == 2
    assert house.child("a").restarts == 1


def test_what_was_queued_behind_the_crashing_message_is_answered_by_the_next_incarnation() -> None:
    house = theatre("a").open()
    address = house.directory.address("a")
    address.tell(Die("first"))
    replies = [address.request(number) for number in range(5)]
    house.run()
    assert [reply.get(timeout=0) for reply in replies] == [(number, 2) for number in range(5)]


def test_rest_for_one_restarts_it_and_those_after_it() -> None:
    house = theatre("a", "b", "c", strategy=REST_FOR_ONE).open()
    house.take_log()
    house.crash("b")
    assert house.take_log() == ["stop c", "start b", "start c"]


def test_one_for_all_restarts_everybody() -> None:
    house = theatre("a", "b", "c", strategy=ONE_FOR_ALL).open()
    house.take_log()
    house.crash("b")
    assert house.take_log() == ["stop c", "stop a", "start a", "start b", "start c"]


def test_a_temporary_child_does_not_come_back_with_its_group() -> None:
    house = theatre("a", ("b", {"restart": TEMPORARY}), strategy=ONE_FOR_ALL).open()
    house.take_log()
    house.crash("a")
    assert house.take_log() == ["stop b", "start a"]
    assert house.boss.children.find("b") is None


def test_a_transient_child_that_finished_stays_down_and_its_mail_is_dead() -> None:
    house = theatre(("a", {"restart": TRANSIENT})).open()
    house.quit("a")
    assert house.child("a").state == "stopped"
    house.tell("a", "hello")
    assert house.dead == [("a", "hello", "its receiver is gone")]


def test_a_finished_transient_child_is_started_again_with_its_group_as_in_otp() -> None:
    house = theatre("a", ("b", {"restart": TRANSIENT}), strategy=ONE_FOR_ALL).open()
    house.quit("b")
    house.crash("a")
    assert house.running() == {"a", "b"}
    assert house.directory.address("b").offer("hello")


def test_news_of_an_earlier_incarnation_is_ignored() -> None:
    house = theatre("a").open()
    house.crash("a")
    house.take_log()
    house.boss.address.urge(Crashed(child="a", incarnation=1, error="late", message="late"))
    house.boss.address.urge(Stopped(child="a", incarnation=1))
    house.boss.address.urge(Started(child="stranger", incarnation=1))
    house.run()
    assert house.take_log() == []
    assert house.running() == {"a"}


def test_a_restart_that_fails_counts_again_and_is_tried_again() -> None:
    house = theatre("a", backoff=Backoff()).open()
    house.failing["a"] = 1
    house.crash("a")
    house.advance(1.0)
    assert house.running() == {"a"}
    assert house.child("a").incarnation == 3


def test_later_restarts_within_the_period_wait_and_the_supervisor_answers_meanwhile() -> None:
    house = theatre(("a", {"backoff": Backoff(min_s=2.0, max_s=2.0)}), "b").open()
    house.crash("a")
    house.crash("a")
    assert house.child("a").state == "waiting"
    assert house.ask(DescribeTree())["children"][0]["state"] == "waiting"
    house.crash("b")
    assert house.child("b").restarts == 1, "nobody waits for another's backoff"
    house.advance(2.0)
    assert house.running() == {"a", "b"}


def test_a_crash_during_a_groups_backoff_restarts_the_larger_group_once() -> None:
    patient = {"backoff": Backoff(min_s=2.0, max_s=2.0)}
    house = theatre("a", ("b", patient), "c", strategy=REST_FOR_ONE).open()
    house.crash("b")
    house.take_log()
    house.crash("b")
    assert house.take_log() == ["stop c"]
    house.crash("a")
    house.advance(5.0)
    assert house.take_log() == ["start a", "start b", "start c"]


def test_a_child_that_crashes_while_its_group_is_being_stopped_counts_no_restart() -> None:
    house = theatre("a", "b", "c", strategy=ONE_FOR_ALL, intensity=1).open()
    house.take_log()
    house.stuck.add("c")
    house.crash("a")
    house.crash("b")
    house.stuck.clear()
    house.run()
    assert house.take_log() == ["stop c", "start a", "start b", "start c"]
    assert [event.data["name"] for event in house.journal.take_all(PublishEvent)][:2] == ["a", "b"]


# --- giving up ------------------------------------------------------------------------------------------------


def test_too_many_restarts_stop_everybody_in_reverse_order_and_fail_the_supervisor() -> None:
    house = theatre("a", "b", "c", intensity=1).open()
    house.crash("a")
    house.take_log()
    with pytest.raises(ActorFailed, match="more than 1 restarts in 5 s"):
        house.crash("b")
    assert house.take_log() == ["stop c", "stop a"]


def test_escalation_is_told_to_the_journal() -> None:
    house = theatre("a", intensity=0).open()
    with pytest.raises(ActorFailed):
        house.crash("a")
    assert kinds(house) == ["actor.crashed", "actor.escalated"]


def test_sessions_are_given_up_one_by_one() -> None:
    quick = {"backoff": Backoff(min_s=0.0, max_s=0.0)}
    house = theatre(("a", quick), ("b", quick), per_child=PerChild(intensity=2, period_s=60.0)).open()
    for _ in range(3):
        house.crash("a")
    house.crash("b")
    assert house.child("a").state == "given up"
    assert house.running() == {"b"}
    assert kinds(house).count("actor.escalated") == 1


def test_a_given_up_child_answers_nobody_until_it_is_asked_for() -> None:
    house = theatre("a", per_child=PerChild(intensity=0)).open()
    house.crash("a")
    house.tell("a", "hello")
    assert house.dead == [("a", "hello", "its receiver is gone")]
    assert house.ask(RestartChild(name="a", reason="mended")) == ChildStarted(name="a", incarnation=2)
    assert house.directory.address("a").offer("hello")
    house.crash("a")
    assert house.child("a").state == "given up", "it starts anew with its count"
