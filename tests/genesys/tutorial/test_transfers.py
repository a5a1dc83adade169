"""The frames of the transfer socket, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesys.tutorial.dialect import TutorialDialect
from genesys.tutorial.transfers import read_answer, transfer_frame, transfer_objections
from messages.transfers import AudioMatrix, MediaMatrix, StartTransfer, TransferAnswer, VideoMatrix

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)
ID = "0190a5a0-0000-7000-8000-000000000001"


def order(**matrix: Any) -> StartTransfer:
    return StartTransfer(
        request_id="monday-7",
        interaction_id="conv-1",
        destination_uri="genesys://user/ada",
        media_matrix=MediaMatrix(**matrix),
    )


def frame(transfer: StartTransfer, codec: str = "opus", attempt: int = 1) -> dict[str, Any]:
    built: dict[str, Any] = orjson.loads(transfer_frame(transfer, ID, codec, attempt, NOW))
    return built


def answer(**fields: Any) -> TransferAnswer | None:
    return read_answer(orjson.dumps({"id": ID, **fields}), NOW)


def test_the_request_frame_is_as_the_contract_has_it() -> None:
    assert frame(order(video=VideoMatrix())) == {
        "type": "interaction.transfer",
        "id": ID,
        "interaction_id": "conv-1",
        "destination_uri": "genesys://user/ada",
        "media_matrix": {
            "audio": {"codec": "opus", "bandwidth_kbps": 64, "bit_depth": 16},
            "video": {"codec": "h264", "resolution": "1280x720", "fps": 30},
        },
        "timestamp": "2026-01-02T03:04:05.678Z",
        "triggers": {"codec_negotiation": True, "format_verification": True},
    }


def test_there_is_no_video_where_there_is_none() -> None:
    assert "video" not in frame(order())["media_matrix"]


def test_a_videos_bandwidth_is_named_where_it_has_one() -> None:
    video = frame(order(video=VideoMatrix(bandwidth_kbps=40)))["media_matrix"]["video"]
    assert video["bandwidth_kbps"] == 40


def test_another_codec_changes_nothing_but_itself_and_the_attempt() -> None:
    first, second = (
        frame(order(audio=AudioMatrix(codec="opus")), codec, attempt) for codec, attempt in (("opus", 1), ("g722", 2))
    )
    assert second.pop("attempt") == 2
    assert second["media_matrix"]["audio"].pop("codec") == "g722"
    assert first["media_matrix"]["audio"].pop("codec") == "opus"
    assert first == second


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("codec_negotiated", "done"),
        ("transfer_initiated", "done"),
        ("codec_unsupported", "other_codec"),
        ("rate_limited", "slow_down"),
        ("interaction_not_active", "refused"),
        ("", "refused"),
    ],
)
def test_the_status_says_what_it_means_for_us(status: str, meaning: str) -> None:
    told = answer(status=status)
    assert told is not None
    assert (told.transfer_id, told.status, told.meaning) == (ID, status, meaning)
    assert (told.codec, told.attempt, told.retry_after_s) == (None, None, None)


def test_takes_codec_and_attempt_where_they_are_told() -> None:
    told = answer(status="codec_negotiated", codec="g722", attempt=2)
    assert told is not None
    assert (told.codec, told.attempt) == ("g722", 2)


@pytest.mark.parametrize(("codec", "attempt"), [(7, "2"), ({}, True), ([], 2.0)])
def test_leaves_codec_and_attempt_of_a_wrong_type_alone(codec: object, attempt: object) -> None:
    told = answer(status="codec_negotiated", codec=codec, attempt=attempt)
    assert told is not None
    assert (told.codec, told.attempt) == (None, None)


@pytest.mark.parametrize(
    ("given_as", "seconds"),
    [
        (7, 7.0),
        (1.5, 1.5),
        (-3, 0.0),
        ("12", 12.0),
        ((NOW + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 29.3211),
        (True, None),
        (None, None),
        ("soon", None),
        ([7], None),
    ],
)
def test_reads_how_long_to_wait_in_whatever_form(given_as: object, seconds: float | None) -> None:
    told = answer(status="rate_limited", retry_after=given_as)
    assert told is not None
    assert told.retry_after_s == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "{",
        "null",
        "7",
        '"codec_negotiated"',
        "[]",
        "{}",
        '{"id": "x"}',
        '{"status": "codec_negotiated"}',
        '{"id": null, "status": "codec_negotiated"}',
        '{"id": "x", "status": 200}',
        "[" * 2000,
        "\ud800",
        b"\xff\xfe",
        b'{"id": "x", "status": "\xff"}',
    ],
)
def test_what_is_no_answer_is_none(junk: str | bytes) -> None:
    assert read_answer(junk, NOW) is None


numbers = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("id", "status", "codec", "attempt", "retry_after"), json_values | st.text())
    )
)
def test_no_object_is_too_odd_to_read(told: dict[str, Any]) -> None:
    read = read_answer(orjson.dumps(told), NOW)
    assert (read is not None) == (isinstance(told.get("id"), str) and isinstance(told.get("status"), str))
    assert read is None or read.retry_after_s is None or read.retry_after_s >= 0


@settings(deadline=None)
@given(st.binary() | st.text())
def test_no_frame_is_too_odd_to_read(raw: str | bytes) -> None:
    assert read_answer(raw, NOW) is None or raw


def test_a_transfer_of_one_participant_is_objected_to_since_the_frame_could_not_say_whose() -> None:
    (objection,) = transfer_objections(replace(order(), participant_id="p-1"))
    assert (objection.code, "whole interaction" in objection.message) == ("SB-123", True)
    assert "--participant" in objection.remedy
    assert transfer_objections(order()) == ()


def test_the_dialect_speaks_with_one_voice() -> None:
    dialect = TutorialDialect(api_url="https://api.example", streaming_url="wss://streaming.example")
    assert dialect.transfer_socket_url == "wss://streaming.example/api/v2/websocket"
    assert dialect.interaction_request("conv-1").url == "https://api.example/api/v2/interactions/conv-1"
    assert dialect.transfer_frame(order(), ID, "opus", 1, NOW) == transfer_frame(order(), ID, "opus", 1, NOW)
    assert dialect.transfer_objections(replace(order(), participant_id="p-1"))
    assert dialect.read_answer('{"id": "x", "status": "y"}', NOW) == read_answer('{"id": "x", "status": "y"}', NOW)
