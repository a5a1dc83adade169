"""The look-up before a transfer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesys.tutorial.dialect import TutorialDialect
from genesys.tutorial.interactions import interaction_request, may_be_transferred
from genesys.verdicts import Verdict
from messages.rest import CallAnswered, Failure, HttpResponse

ACTIVE = b'{"state": "active", "participants": [{"attributes": {"language": "en"}}]}'


def verdict(status: int = 200, body: bytes = ACTIVE) -> Verdict:
    response = HttpResponse(status=status, headers={}, body=body)
    return may_be_transferred("conv-1", CallAnswered(call_id="c", response=response))


def told(verdict: Verdict) -> tuple[str, list[str]]:
    return verdict.status, [why.code for why in verdict.reasons]


def test_the_request_is_a_get_that_may_be_repeated() -> None:
    request = interaction_request("https://api.example", "conv-1")
    assert (request.method, request.url) == ("GET", "https://api.example/api/v2/interactions/conv-1")
    assert (request.idempotent, request.bearer, request.body) == (True, True, None)
    assert request.route == "GET /api/v2/interactions/{id}"


def test_no_id_climbs_out_of_its_place_in_the_path() -> None:
    assert interaction_request("https://h", "../a?b#c d").url == "https://h/api/v2/interactions/..%2Fa%3Fb%23c%20d"


@pytest.mark.parametrize("state", ["active", "queued"])
def test_lets_pass_what_is_active_or_queued(state: str) -> None:
    assert told(verdict(body=b'{"state": "%s"}' % state.encode())) == ("passed", [])


@pytest.mark.parametrize("state", ["completed", "abandoned", "ACTIVE", ""])
def test_refuses_any_other_state(state: str) -> None:
    refusal = verdict(body=b'{"state": "%s"}' % state.encode())
    assert told(refusal) == ("refused", ["SB-202"])
    assert repr(state) in refusal.reasons[0].message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"state": null}',
        b'{"state": ["active"]}',
        b'{"state": "active", "state": "completed"}',
        b'{"state": "active", "x": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"\xff",
    ],
)
def test_what_cannot_be_read_is_a_failure_and_no_guess(body: bytes) -> None:
    assert told(verdict(body=body)) == ("failed", ["SB-211"])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, ("refused", ["SB-201"])),
        (401, ("failed", ["SB-208"])),
        (403, ("failed", ["SB-208"])),
        (429, ("failed", ["SB-206"])),
        (500, ("failed", ["SB-209"])),
        (503, ("failed", ["SB-209"])),
        (400, ("failed", ["SB-213"])),
        (302, ("failed", ["SB-213"])),
        (204, ("failed", ["SB-213"])),
    ],
)
def test_every_status_has_its_meaning(status: int, expected: tuple[str, list[str]]) -> None:
    assert told(verdict(status)) == expected


def test_a_look_up_that_is_forbidden_names_the_scope_it_needs() -> None:
    forbidden = verdict(403)
    assert "interaction:view" in forbidden.reasons[0].message


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("rate_limited", "SB-206"),
        ("circuit_open", "SB-207"),
        ("unauthorized", "SB-208"),
        ("timeout", "SB-209"),
        ("transport", "SB-209"),
        ("deadline", "SB-209"),
        ("busy", "SB-209"),
        ("refused", "SB-209"),
        ("malformed", "SB-209"),
    ],
)
def test_no_answer_is_a_failure_with_its_words(failure: Failure, code: str) -> None:
    unanswered = CallAnswered(call_id="c", response=None, failure=failure, detail="in their words")
    failed = may_be_transferred("conv-1", unanswered)
    assert told(failed) == ("failed", [code])
    assert failed.reasons[0].message.endswith("in their words")


@settings(deadline=None)
@given(st.integers(100, 599), st.binary())
def test_no_answer_is_too_odd_to_judge(status: int, body: bytes) -> None:
    judged = verdict(status, body)
    assert (judged.status == "passed") == (not judged.reasons)


def test_the_dialect_asks_and_judges_the_same_way() -> None:
    dialect = TutorialDialect(api_url="https://api.example", streaming_url="wss://streaming.example")
    answered = CallAnswered(call_id="c", response=HttpResponse(status=404, headers={}, body=b""))
    assert dialect.may_be_transferred("conv-1", answered) == may_be_transferred("conv-1", answered)
