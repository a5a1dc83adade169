"""The body of /inject."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.barges import InjectBarge, StreamMatrix
from tests.web.house import INJECT
from web.bodies import read_inject, read_json
from web.problems import Refusal


def refusal(body: bytes) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read_inject(body)
    assert refused.value.problem.status == 400
    return refused.value


def fields(**changes: Any) -> set[str]:
    """The bad fields of INJECT with `changes`; None takes a field away."""
    body = {name: value for name, value in {**INJECT, **changes}.items() if value is not None}
    return {wrong["field"] for wrong in refusal(orjson.dumps(body)).problem.fields}


def test_the_seeds_body_is_an_order() -> None:
    assert read_inject(orjson.dumps(INJECT)).as_order("r-1") == InjectBarge(
        request_id="r-1",
        conversation_id="c-1",
        participant_id="p-1",
        audio_url="https://cdn.example.com/notice.wav?signature=s3cret",
        stream_matrix=StreamMatrix(agent_mute=True, caller_mute=False, normalize_level=True),
        max_duration_ms=15_000,
    )


def test_every_bad_field_is_named_at_once() -> None:
    matrix = {"agentMute": "yes", "callerMute": 0}
    assert fields(conversationId=None, participantId=7, streamMatrix=matrix, maxDurationMs="15000", dryRun=True) == {
        "conversationId",
        "participantId",
        "streamMatrix.agentMute",
        "streamMatrix.callerMute",
        "streamMatrix.normalizeLevel",
        "maxDurationMs",
        "dryRun",
    }


def test_names_in_snake_case_are_other_names() -> None:
    assert fields(conversationId=None, conversation_id="c-1") == {"conversationId", "conversation_id"}


@pytest.mark.parametrize("number", [1500.5, True, "1500", 1e300, 2.0**60])
def test_a_duration_is_a_whole_number(number: object) -> None:
    assert fields(maxDurationMs=number) == {"maxDurationMs"}


def test_a_whole_number_may_be_written_as_a_fraction() -> None:
    assert read_inject(orjson.dumps({**INJECT, "maxDurationMs": 1500.0})).max_duration_ms == 1500


def test_values_that_break_a_rule_are_the_rules_business() -> None:
    assert read_inject(orjson.dumps({**INJECT, "maxDurationMs": 0, "audioUrl": "ftp://x"})).max_duration_ms == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a":NaN}', b'"\\ud800"', b"[" * 9000])
def test_what_is_no_object_of_json_is_refused(body: bytes) -> None:
    assert refusal(body)


@pytest.mark.parametrize("body", [b'{"a":1,"a":1}', b'{"b":{"c":1,"c":2}}', b'[{"a":1,"\\u0061":2}]'])
def test_a_name_that_is_there_twice_is_refused(body: bytes) -> None:
    assert "twice" in refusal(body).problem.message


def test_nesting_is_bounded() -> None:
    assert read_json(b"[" * 32 + b"]" * 32)
    assert "deeper" in refusal(b"[" * 33 + b"]" * 33).problem.message


def test_a_refusal_does_not_repeat_values() -> None:
    problem = refusal(orjson.dumps({**INJECT, "audioUrl": {"url": "s3cret"}})).problem
    assert b"s3cret" not in problem.body()


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(-9, 9), nested, max_leaves=8))
def test_any_other_json_is_refused_in_words_that_can_be_sent(value: Any) -> None:
    assert orjson.loads(refusal(orjson.dumps(value)).problem.body())["status"] == 400
