"""The order to play audio into a call, as it is read at the door."""

from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from messages.barges import InjectBarge, RegisteredWebhook, StreamMatrix

READER = TypeAdapter(InjectBarge)
WHOLE: dict[str, Any] = {
    "conversation_id": "conv-1",
    "participant_id": "part-1",
    "audio_url": "https://media.example/notice.wav?sig=hunter2",
    "stream_matrix": {"agent_mute": True, "caller_mute": False, "normalize_level": True},
    "max_duration_ms": 15_000,
}


def wrong_fields(given: bytes) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        READER.validate_json(given)
    return sorted(".".join(str(part) for part in error["loc"]) for error in refused.value.errors())


def test_a_whole_order_is_read() -> None:
    order = READER.validate_json(orjson.dumps(WHOLE))
    assert order.stream_matrix == StreamMatrix(agent_mute=True, caller_mute=False, normalize_level=True)
    assert (order.kind, order.subject, order.deadline_s) == ("barge", "conv-1", 30.0)


def test_nothing_of_it_has_a_default() -> None:
    assert wrong_fields(b"{}") == sorted(WHOLE)
    matrix = orjson.dumps({**WHOLE, "stream_matrix": {}})
    assert wrong_fields(matrix) == [
        f"stream_matrix.{name}" for name in ("agent_mute", "caller_mute", "normalize_level")
    ]


@pytest.mark.parametrize("number", ["true", "1e3", '"1"', "30000.0", "null", "[1]"])
def test_a_duration_is_a_whole_number_written_as_one(number: str) -> None:
    given = orjson.dumps({**WHOLE, "max_duration_ms": "HERE"}).replace(b'"HERE"', number.encode())
    assert wrong_fields(given) == ["max_duration_ms"]


@pytest.mark.parametrize("flag", [1, 0, "true", None])
def test_a_flag_is_true_or_false(flag: object) -> None:
    matrix = {**WHOLE["stream_matrix"], "caller_mute": flag}
    assert wrong_fields(orjson.dumps({**WHOLE, "stream_matrix": matrix})) == ["stream_matrix.caller_mute"]


def test_what_may_be_secret_in_a_url_is_not_shown() -> None:
    order = READER.validate_json(orjson.dumps(WHOLE))
    webhook = RegisteredWebhook(name="qa", address="https://qa.example/?key=hunter2", event="e", enabled=True)
    assert "hunter2" not in repr(order) + repr(webhook)
