"""One call's book: attempts, doubt, and the words of its end."""

from messages.rest import Call, HttpRequest, HttpResponse, Priority
from rules.calls import OpenCall
from rules.retries import Ended
from tests.kit import Probe

RESPONSE = HttpResponse(status=200, headers={}, body=b"")


def opened(*, bearer: bool = True, idempotent: bool = True, priority: Priority = "read") -> OpenCall:
    request = HttpRequest(
        route="GET /x", method="GET", url="https://x.example/", headers={"a": "b"}, bearer=bearer, idempotent=idempotent
    )
    return OpenCall(
        call=Call(call_id="c1", request=request, priority=priority, deadline_s=30.0, reply_to=Probe("asker"))
    )


def test_what_needs_no_bearer_queues_where_nothing_waits_for_one() -> None:
    assert opened(priority="steer").lane == "steer"
    assert opened(priority="steer", bearer=False).lane == "login"


def test_each_dial_counts_and_carries_the_bearer_beside_the_calls_own_headers() -> None:
    call = opened()
    first, second = call.dial("T", 0.0), call.dial("U", 25.0)
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.request.headers == {"a": "b", "authorization": "Bearer T"}
    assert second.request.headers["authorization"] == "Bearer U"
    assert (first.request.timeout_s, second.request.timeout_s) == (10.0, 5.0)


def test_without_a_bearer_the_headers_are_the_calls_own() -> None:
    assert opened(bearer=False).dial(None, 0.0).request.headers == {"a": "b"}


def test_doubt_stays_once_it_is_there() -> None:
    call = opened()
    call.note(Ended(failure="transport", maybe_sent=False))
    assert not call.maybe_sent
    call.note(Ended(status=503))
    call.note(Ended(failure="transport", maybe_sent=False))
    assert call.maybe_sent


def test_after_its_retries_there_is_no_other() -> None:
    call = opened()
    assert call.delay_s(Ended(status=503), 0.0, 0.5) == 0.25
    call.retries = 3
    assert call.delay_s(Ended(status=503), 0.0, 0.5) is None


def test_a_429_ends_as_rate_limited_with_what_was_asked_for() -> None:
    answer = opened().answer(Ended(status=429, retry_after_s=600.0), RESPONSE, "")
    assert (answer.failure, answer.retry_after_s) == ("rate_limited", 600.0)
    assert answer.detail == "Genesys answered 429 and asks to wait 600 s"
    assert answer.response is RESPONSE


def test_a_401_is_unauthorized_only_for_who_sent_a_bearer() -> None:
    assert opened().answer(Ended(status=401), RESPONSE, "").failure == "unauthorized"
    assert opened(bearer=False).answer(Ended(status=401), RESPONSE, "").failure == ""


def test_a_failure_keeps_its_words() -> None:
    answer = opened().answer(Ended(failure="timeout", maybe_sent=True), None, "no answer within 10 s")
    assert (answer.failure, answer.detail, answer.response) == ("timeout", "no answer within 10 s", None)
