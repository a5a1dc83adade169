"""The desk of the REST pool: what is tried again, and when."""

import pytest

from messages.rest import Failure
from tests.actors.rest_scenes import Scene


def test_what_is_idempotent_is_tried_three_times_more() -> None:
    scene = Scene()
    scene.call(deadline_s=300)
    for _ in range(4):
        scene.respond(503)
        scene.advance(10)
    answer = scene.answer()
    assert answer.response is not None
    assert (answer.response.status, answer.failure, answer.attempts, answer.maybe_sent) == (503, "", 4, True)
    assert scene.nobody_dials()


def test_a_retry_waits_by_a_timer_while_others_go() -> None:
    scene = Scene()
    scene.call("c1")
    scene.respond(503)
    scene.call("c2")
    assert scene.respond(200).call_id == "c2"
    scene.advance(10)
    assert scene.respond(200).call_id == "c1"


@pytest.mark.parametrize(("failure", "maybe_sent"), [("transport", True), ("timeout", True)])
def test_what_is_not_idempotent_is_not_sent_again_on_doubt(failure: Failure, maybe_sent: bool) -> None:
    scene = Scene()
    scene.call(method="POST", idempotent=False)
    scene.fail(failure, maybe_sent=maybe_sent)
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent, answer.detail) == (failure, True, "the words")


def test_what_is_not_idempotent_is_not_sent_again_after_a_5xx() -> None:
    scene = Scene()
    scene.call(method="POST", idempotent=False)
    scene.respond(500)
    answer = scene.answer()
    assert answer.response is not None
    assert answer.maybe_sent


def test_what_certainly_did_not_arrive_is_sent_again_whatever_it_is() -> None:
    scene = Scene()
    scene.call(method="POST", idempotent=False)
    scene.fail("transport", maybe_sent=False)
    scene.advance(10)
    scene.respond(200)
    assert not scene.answer().maybe_sent


def test_one_doubtful_attempt_makes_the_whole_call_doubtful() -> None:
    scene = Scene()
    scene.call(deadline_s=300)
    scene.fail("timeout", maybe_sent=True)
    for _ in range(3):
        scene.advance(10)
        scene.fail("transport", maybe_sent=False)
    assert scene.answer().maybe_sent


@pytest.mark.parametrize("failure", ["refused", "malformed"])
def test_what_trying_cannot_mend_is_not_tried(failure: Failure) -> None:
    scene = Scene()
    scene.call()
    scene.fail(failure, maybe_sent=False)
    assert scene.answer().failure == failure


def test_a_request_may_ask_for_no_retries() -> None:
    scene = Scene()
    scene.call(retries=0)
    scene.respond(503)
    assert scene.answer().attempts == 1


def test_a_retry_after_is_waited_for() -> None:
    scene = Scene()
    scene.call(deadline_s=60, idempotent=False)
    scene.respond(429, {"retry-after": "7"})
    scene.advance(6.99)
    assert scene.nobody_dials()
    scene.advance(1)
    scene.respond(200)
    assert scene.answer().attempts == 2


@pytest.mark.parametrize(("asked", "deadline_s"), [("31", 30), ("3600", 7_200), ("Thu, 01 Jan 2026 00:01:00 GMT", 30)])
def test_a_retry_after_that_is_too_long_ends_the_call_at_once(asked: str, deadline_s: float) -> None:
    scene = Scene()
    scene.call(deadline_s=deadline_s)
    scene.respond(429, {"retry-after": asked})
    answer = scene.answer()
    assert answer.failure == "rate_limited"
    assert answer.retry_after_s is not None
    assert answer.retry_after_s > 30


@pytest.mark.parametrize("junk", ["-5", "soon", "", "1e3"])
def test_a_retry_after_that_makes_no_sense_is_backed_off_from(junk: str) -> None:
    scene = Scene()
    scene.call()
    scene.respond(429, {"retry-after": junk})
    scene.advance(1)
    scene.respond(200)
    assert scene.answer().attempts == 2
