"""The Agent Assist socket of the tutorial dialect, frame by frame."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.dialect import AssistDialect
from genesys.tutorial.dialect import TutorialDialect
from messages.assists import AssistAnswer, AssistConnected, AssistRefused, FromEngine, TriggerAssist

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UUID4 = "550e8400-e29b-41d4-a716-446655440000"
DIALECT: AssistDialect = TutorialDialect(api_url="https://api.example", streaming_url="wss://api.example")


def read(frame: Any) -> FromEngine | None:
    return DIALECT.read_assist(frame if isinstance(frame, str | bytes) else orjson.dumps(frame), NOON)


def failed(frame: dict[str, Any]) -> AssistAnswer:
    answer = read({"type": "error", "correlationId": UUID4, **frame})
    assert isinstance(answer, AssistAnswer)
    assert answer.meaning == "failed"
    return answer


# --- out -----------------------------------------------------------------------------------------------------


def test_the_session_connects_to_the_stream() -> None:
    assert DIALECT.assist_socket_url == "wss://api.example/api/v2/agentassist/stream"


def test_the_connect_frame_carries_the_token() -> None:
    assert orjson.loads(DIALECT.connect_frame("t0ken")) == {"type": "connect", "token": "t0ken"}


def test_the_send_frame_is_the_contracts() -> None:
    matrix = {"query": "refunds", "limit": 3, "deep": {"list": [1, {"a": None}]}}
    context = {"agentId": "a-1", "sessionId": "s-1", "interactionType": "voice", "queue": "vip"}
    order = TriggerAssist(
        action_type="knowledge_search", parameter_matrix=matrix, execution_context=context, max_retries=1
    )
    assert orjson.loads(DIALECT.action_frame(order, UUID4)) == {
        "type": "send",
        "payload": {
            "actionType": "knowledge_search",
            "parameterMatrix": matrix,
            "executionContext": context,
            "correlationId": UUID4,
            "maxRetries": 1,
        },
    }


# --- in ------------------------------------------------------------------------------------------------------


def test_connected_is_read() -> None:
    assert read({"type": "connected"}) == AssistConnected()


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "result", "correlationId": UUID4, "payload": {"articles": []}},
        {"type": "result", "correlationId": UUID4.upper()},
        {"type": "result", "payload": {"correlationId": UUID4}},
    ],
)
def test_a_result_names_its_action_in_the_frame_or_in_its_payload(frame: dict[str, Any]) -> None:
    assert read(frame) == AssistAnswer(correlation_id=UUID4, meaning="done", status="result")


def test_whatever_else_names_an_action_acknowledges_it() -> None:
    frame = {"type": "accepted", "payload": {"correlationId": UUID4}}
    assert read(frame) == AssistAnswer(correlation_id=UUID4, meaning="acknowledged", status="accepted")


def test_an_error_carries_its_code_words_and_wait() -> None:
    answer = failed({"error": {"code": 429, "message": "slow\ndown", "retry_after": 1.5}})
    assert (answer.code, answer.message, answer.retry_after_s) == (429, "slow down", 1.5)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "503"}, (503, "", None)),
        ({"code": True}, (None, "", None)),
        ({"code": "x" * 99, "retry_after": "5"}, (None, "", 5.0)),
        ({"code": 400, "message": ["no"]}, (400, "", None)),
        ("no such thing", (None, "no such thing", None)),
        (None, (None, "", None)),
    ],
)
def test_an_error_may_be_told_badly(error: Any, expected: tuple[int | None, str, float | None]) -> None:
    answer = failed({"error": error})
    assert (answer.code, answer.message, answer.retry_after_s) == expected


@pytest.mark.parametrize("kind", ["error", "rejected"])
def test_an_error_about_no_action_is_about_the_session(kind: str) -> None:
    frame = {"type": kind, "error": {"code": 403, "message": "scope agentassist:trigger is missing"}}
    assert read(frame) == AssistRefused(code=403, message="scope agentassist:trigger is missing")


@pytest.mark.parametrize(
    "frame", ["", "junk", b"\xff", "[]", "7", "null", {}, {"type": 7}, {"type": "result"}, {"type": "hello"}]
)
def test_nothing_is_read_into_a_frame_that_says_nothing(frame: Any) -> None:
    assert read(frame) is None


ids = st.one_of(st.text(max_size=5), st.none(), st.just(UUID4))
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | (st.dictionaries(st.text(max_size=3), inner)),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional={"type": json, "correlationId": ids, "payload": json, "error": json}))
def test_no_frame_is_too_odd_to_be_read(frame: dict[str, Any]) -> None:
    try:
        raw = orjson.dumps(frame)
    except TypeError:  # whole numbers that no JSON of theirs can hold
        return
    read(raw)
