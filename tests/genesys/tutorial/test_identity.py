"""A caller's token is shown to Genesys, and only a clear answer counts."""

import pytest

from genesys.tutorial.identity import bearer_request, read_bearer
from messages.rest import CallAnswered, HttpResponse


def test_the_question_carries_the_callers_token_and_not_ours() -> None:
    request = bearer_request("https://api.test", "abc.def-1")
    assert request is not None
    assert (request.method, request.url) == ("GET", "https://api.test/api/v2/tokens/me")
    assert request.headers["Authorization"] == "Bearer abc.def-1"
    assert not request.bearer
    assert "abc.def-1" not in repr(request)


@pytest.mark.parametrize("bearer", ["", "two words", "line\r\nbreak", "schlüssel", "x" * 8_193])
def test_what_can_be_no_token_is_not_asked_about(bearer: str) -> None:
    assert bearer_request("https://api.test", bearer) is None


@pytest.mark.parametrize(
    ("status", "known"), [(200, True), (401, False), (403, False), (404, None), (429, None), (500, None), (302, None)]
)
def test_only_a_clear_answer_counts(status: int, known: bool | None) -> None:
    answer = CallAnswered(call_id="c", response=HttpResponse(status=status, headers={}, body=b"{}"))
    assert read_bearer(answer) is known


@pytest.mark.parametrize("failure", ["timeout", "circuit_open", "unauthorized", "deadline", "busy"])
def test_no_answer_says_nothing(failure: str) -> None:
    assert read_bearer(CallAnswered(call_id="c", response=None, failure=failure)) is None  # type: ignore[arg-type]
