"""What the answer to any call means for its order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.tutorial.rest_answers import dispatched, looked_up, words
from genesys.verdicts import Verdict
from messages.rest import Failure
from tests.genesys.tutorial.answers import answer, silence, told

NO_WORDS: tuple[object, ...] = (None, 7, True, [], {}, {"message": 7})


def test_a_look_up_gives_the_object_that_was_found() -> None:
    assert looked_up(answer(200, {"state": "active"}), "conversation conv-1", "SB-219") == {"state": "active"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, ("refused", "SB-219")),
        (401, ("failed", "SB-208")),
        (403, ("failed", "SB-208")),
        (429, ("failed", "SB-206")),
        (500, ("failed", "SB-209")),
        (503, ("failed", "SB-209")),
        (204, ("failed", "SB-213")),
        (302, ("failed", "SB-213")),
        (400, ("failed", "SB-213")),
    ],
)
def test_a_look_up_that_found_nothing_says_why(status: int, expected: tuple[str, str]) -> None:
    verdict = looked_up(answer(status), "conversation conv-1", "SB-219")
    assert told(verdict) == expected
    assert isinstance(verdict, Verdict)
    assert "conversation conv-1" in verdict.reasons[0].message


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"a": 1, "a": 2}', b"[" * 40, b"\xff"])
def test_what_cannot_be_read_is_a_failure_and_no_guess(body: bytes) -> None:
    assert told(looked_up(answer(200, body), "interaction conv-1", "SB-201")) == ("failed", "SB-211")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("rate_limited", "SB-206"),
        ("circuit_open", "SB-207"),
        ("unauthorized", "SB-208"),
        ("malformed", "SB-211"),
        *((failure, "SB-209") for failure in ("timeout", "transport", "deadline", "busy", "refused")),
    ],
)
def test_a_look_up_without_an_answer_fails_in_their_words(failure: Failure, code: str) -> None:
    verdict = looked_up(silence(failure), "interaction conv-1", "SB-201")
    assert told(verdict) == ("failed", code)
    assert isinstance(verdict, Verdict)
    assert verdict.reasons[0].message.endswith("in their words")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_an_effect_that_was_taken_has_its_answer(status: int) -> None:
    answered = answer(status)
    assert dispatched(answered, "the barge", {404: "SB-219", 409: "SB-214"}) is answered.response


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, ("refused", "SB-219")),
        (401, ("failed", "SB-208")),
        (403, ("failed", "SB-208")),
        (429, ("failed", "SB-206")),
        (302, ("failed", "SB-213")),
        (400, ("failed", "SB-213")),
        (409, ("refused", "SB-214")),
        (422, ("failed", "SB-213")),
        (500, ("failed", "SB-220")),
        (503, ("failed", "SB-220")),
        (504, ("failed", "SB-220")),
    ],
)
def test_an_effect_that_was_not_taken_says_why(status: int, expected: tuple[str, str]) -> None:
    assert told(dispatched(answer(status), "the barge", {404: "SB-219", 409: "SB-214"})) == expected


@pytest.mark.parametrize("failure", ["transport", "timeout", "deadline", "rate_limited", "circuit_open"])
def test_what_may_have_arrived_is_in_doubt_however_it_ended(failure: Failure) -> None:
    verdict = dispatched(silence(failure, maybe_sent=True), "the barge", {404: "SB-219", 409: "SB-214"})
    assert told(verdict) == ("failed", "SB-220")
    assert isinstance(verdict, Verdict)
    assert "before you repeat it" in verdict.reasons[0].remedy


def test_an_earlier_try_that_may_have_arrived_keeps_the_doubt() -> None:
    assert told(dispatched(answer(429, maybe_sent=True), "the barge", {404: "SB-219", 409: "SB-214"})) == (
        "failed",
        "SB-220",
    )


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("rate_limited", "SB-206"),
        ("circuit_open", "SB-207"),
        ("unauthorized", "SB-208"),
        ("malformed", "SB-220"),
        *((failure, "SB-223") for failure in ("timeout", "transport", "deadline", "busy", "refused")),
    ],
)
def test_what_never_left_says_that_nothing_was_sent(failure: Failure, code: str) -> None:
    assert told(dispatched(silence(failure), "the barge", {404: "SB-219", 409: "SB-214"})) == ("failed", code)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("no such file", "no such file"),
        ("a\nb\x1b[31m\u2028c", "a b [31m c"),
        ("x" * 300, "x" * 200),
        ({"code": 404, "message": "gone"}, "gone"),
        ({"code": "gone"}, "gone"),
        *((odd, "") for odd in NO_WORDS),
    ],
)
def test_their_words_stay_on_one_line(value: object, shown: str) -> None:
    assert words(value) == shown


@given(st.integers(100, 599), st.binary(max_size=50), st.booleans())
def test_no_answer_is_too_odd_to_judge(status: int, body: bytes, maybe_sent: bool) -> None:
    answered = answer(status, body, maybe_sent=maybe_sent)
    for found in (looked_up(answered, "it", "SB-201"), dispatched(answered, "it", {})):
        assert not isinstance(found, Verdict) or found.reasons
