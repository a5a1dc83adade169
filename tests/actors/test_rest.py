"""The desk of the REST pool: its queue and bounds, its callers, and one answer to every call whatever happens."""

from dataclasses import replace

import pytest

from actors.base import ActorFailed
from messages.rest import CallAnswered, CallerReady, Dialled, HttpRequest, HttpResponse, Priority
from tests.actors.rest_scenes import API, CANARY, Scene
from tests.kit import Probe

# --- the plain way --------------------------------------------------------------------------------------------


def test_a_call_is_dialled_with_the_bearer_and_its_response_brought_back() -> None:
    scene = Scene()
    scene.call()
    assert scene.respond(200).request.headers["authorization"] == f"Bearer {CANARY}-1"
    answer = scene.answer()
    assert answer.response is not None
    assert (answer.response.status, answer.failure, answer.attempts, answer.maybe_sent) == (200, "", 1, False)


def test_refusals_of_genesys_are_responses_and_not_tried_again() -> None:
    scene = Scene()
    for status in (302, 400, 403, 404, 409, 501):
        scene.call(f"c{status}")
        scene.respond(status)
        answer = scene.answer()
        assert answer.response is not None
        assert (answer.response.status, answer.failure, answer.attempts) == (status, "", 1)


def test_an_attempt_is_given_no_more_time_than_the_deadline_leaves() -> None:
    scene = Scene()
    scene.call(deadline_s=3, timeout_s=10.0)
    assert scene.dialled().request.timeout_s == 3


def test_callers_work_at_the_same_time_and_the_rest_waits() -> None:
    scene = Scene(callers=2)
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id)
    assert scene.respond(200, number=0).call_id == "c1"
    assert scene.respond(200, number=1).call_id == "c2"
    assert scene.dialled(0).call_id == "c3"


def test_steering_goes_before_reading_and_reading_before_the_rest() -> None:
    scene = Scene()
    scene.call("first")
    waiting: tuple[Priority, ...] = ("spare", "background", "read", "steer")
    for priority in waiting:
        scene.call(priority, priority)
    scene.call("login", "login", bearer=False)
    order = ["first", "login", "steer", "read", "background", "spare"]
    assert [scene.respond(200).call_id for _ in order] == order


# --- bounds ---------------------------------------------------------------------------------------------------


def test_past_its_capacity_it_is_busy_at_once_and_still_takes_logins() -> None:
    scene = Scene(callers=0, capacity=2)
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id)
    answer = scene.answer()
    assert (answer.call_id, answer.failure, answer.attempts) == ("c3", "busy", 0)
    scene.call("login", "login", bearer=False)
    assert not scene.asker.heard
    assert scene.show()["queue"] == {"login": 1, "steer": 0, "read": 2, "background": 0, "spare": 0}


def test_a_call_whose_deadline_passes_in_the_queue_is_answered_then_and_never_sent() -> None:
    scene = Scene(callers=0)
    scene.call(deadline_s=5)
    scene.advance(4.9)
    assert not scene.asker.heard
    scene.advance(0.1)
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent) == ("deadline", False)
    assert "waited for a caller" in answer.detail
    late = Probe("late")
    scene.tell(CallerReady(caller=late))
    assert not late.heard


def test_a_call_that_comes_too_late_is_answered_at_once() -> None:
    scene = Scene()
    scene.call(deadline_s=0)
    assert scene.answer().failure == "deadline"
    assert scene.nobody_dials()


def test_a_deadline_in_the_middle_of_an_attempt_leaves_open_whether_it_arrived() -> None:
    scene = Scene()
    scene.call(deadline_s=5)
    dial = scene.dialled()
    scene.advance(5)
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent) == ("deadline", True)
    scene.tell(scene.word(dial, response=HttpResponse(status=200, headers={}, body=b"")))
    assert not scene.asker.heard
    scene.call("c2")
    assert scene.dialled().call_id == "c2"


def test_the_same_call_told_twice_is_one_call() -> None:
    scene = Scene()
    scene.call()
    scene.call()
    scene.respond(200)
    scene.answer()
    assert scene.nobody_dials()


# --- callers that fail, and desks that do ---------------------------------------------------------------------


def test_a_caller_that_crashed_in_the_middle_is_noticed_and_the_call_made_again() -> None:
    scene = Scene()
    scene.call()
    scene.dialled()
    scene.tell(CallerReady(caller=scene.callers[0]))
    scene.advance(10)
    assert scene.respond(200).attempt == 2
    assert scene.answer().attempts == 2


def test_a_caller_that_crashed_in_the_middle_of_what_is_not_idempotent_ends_it_in_doubt() -> None:
    scene = Scene()
    scene.call(idempotent=False)
    scene.dialled()
    scene.tell(CallerReady(caller=scene.callers[0]))
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent) == ("transport", True)


def test_a_roll_call_that_crosses_a_dial_loses_nothing() -> None:
    scene = Scene()
    scene.call(idempotent=False)
    scene.tell(CallerReady(caller=scene.callers[0], started=False))
    assert not scene.asker.heard
    scene.respond(200)
    assert scene.answer().attempts == 1


def test_a_caller_that_never_comes_back_is_given_up_and_another_one_makes_the_call() -> None:
    scene = Scene()
    scene.call(timeout_s=5.0, deadline_s=60)
    scene.dialled()
    other = Probe("caller.9")
    scene.callers.append(other)
    scene.tell(CallerReady(caller=other))
    scene.advance(6.9)
    assert not other.heard
    scene.advance(5)
    scene.respond(200, number=1)
    assert scene.answer().attempts == 2


def test_the_late_word_of_a_caller_that_was_given_up_is_only_a_sign_of_life() -> None:
    scene = Scene()
    scene.call(timeout_s=5.0, deadline_s=60, idempotent=False)
    dial = scene.dialled()
    scene.advance(7)
    assert scene.answer().failure == "transport"
    scene.tell(scene.word(dial, response=HttpResponse(status=200, headers={}, body=b"")))
    scene.call("c2")
    assert scene.dialled().call_id == "c2"


def test_a_desk_that_is_told_to_stop_leaves_what_may_be_repeated_to_the_next_one() -> None:
    scene = Scene()
    scene.call("c1")
    scene.call("c2")
    scene.actor.stopped()
    assert not scene.asker.take_all(CallAnswered)
    assert scene.actor.address.backlog() == 2


def test_a_desk_that_is_told_to_stop_answers_what_may_have_been_done() -> None:
    scene = Scene()
    scene.call("c1", idempotent=False)
    scene.actor.stopped()
    assert scene.answer().maybe_sent
    assert not scene.actor.address.backlog()


def test_a_desk_that_crashes_answers_what_was_open() -> None:
    scene = Scene()
    scene.call("c1")
    with pytest.raises(ActorFailed):
        scene.tell(Dialled(call_id="x", caller=None, response=None))  # type: ignore[arg-type]
    scene.actor.release()
    assert scene.answer().failure == "transport"


def test_every_call_of_a_wild_afternoon_is_answered_exactly_once() -> None:
    scene = Scene(callers=4, per_minute=40)
    chance = scene.stage.world.random
    for number in range(300):
        scene.call(f"c{number}", "read", deadline_s=1 + 40 * chance(), idempotent=chance() < 0.5)
        for at, caller in enumerate(scene.callers):
            if not caller.heard or chance() < 0.3:
                continue
            dice = chance()
            if dice < 0.6:
                scene.respond(200 if dice < 0.3 else 503, number=at)
            elif dice < 0.7:
                scene.respond(401, number=at)
                scene.grant(generation=number)
            elif dice < 0.8:
                scene.respond(429, {"retry-after": "2"}, number=at)
            elif dice < 0.9:
                scene.fail("timeout", maybe_sent=True, number=at)
            else:
                scene.dialled(at)
                scene.tell(CallerReady(caller=caller))
        scene.advance(chance())
    scene.advance(60)
    answered = [answer.call_id for answer in scene.asker.take_all(CallAnswered)]
    assert sorted(answered) == sorted(f"c{number}" for number in range(300))
    assert scene.show()["open"] == 0


def test_dial_keeps_everything_else_of_the_request() -> None:
    scene = Scene()
    scene.call(headers={"x-y": "z"}, body=b"b", method="PATCH")
    sent = scene.dialled().request
    assert replace(sent, headers={}) == HttpRequest(
        route="GET /x", method="PATCH", url=f"{API}/x", body=b"b", timeout_s=10.0
    )
    assert sent.headers["x-y"] == "z"
