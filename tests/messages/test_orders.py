"""Orders: frozen, and read strictly at the door."""

from dataclasses import FrozenInstanceError
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from messages.orders import DEADLINE_S, Order, Outcome
from messages.transfers import AudioMatrix, MediaMatrix, StartTransfer, VideoMatrix

READER = TypeAdapter(StartTransfer)
LEAST: dict[str, Any] = {"interaction_id": "conv-1", "destination_uri": "sip:ada@h"}


def read(**fields: Any) -> StartTransfer:
    return READER.validate_json(orjson.dumps({**LEAST, **fields}))


def wrong_fields(given: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        READER.validate_json(orjson.dumps(given))
    return sorted(".".join(str(part) for part in error["loc"]) for error in refused.value.errors())


def test_everything_but_the_interaction_and_its_destination_has_a_default() -> None:
    order = read()
    assert order == StartTransfer(interaction_id="conv-1", destination_uri="sip:ada@h")
    assert (order.request_id, order.deadline_s, order.dry_run, order.reason) == ("", DEADLINE_S, False, "")
    assert (order.media_matrix, order.participant_id) == (MediaMatrix(audio=AudioMatrix(), video=None), None)


def test_a_whole_order_is_read() -> None:
    given = {
        "request_id": "monday-7",
        "participant_id": "p-1",
        "deadline_s": 12,
        "dry_run": True,
        "reason": "asked for by the customer",
        "media_matrix": {
            "audio": {"codec": "pcmu", "bandwidth_kbps": 32, "bit_depth": 8},
            "video": {"codec": "vp8", "resolution": "640x480", "fps": 15, "bandwidth_kbps": 64},
        },
    }
    order = read(**given)
    assert (order.request_id, order.participant_id, order.deadline_s, order.dry_run) == ("monday-7", "p-1", 12.0, True)
    assert order.media_matrix == MediaMatrix(
        audio=AudioMatrix(codec="pcmu", bandwidth_kbps=32, bit_depth=8),
        video=VideoMatrix(codec="vp8", resolution="640x480", fps=15, bandwidth_kbps=64),
    )


def test_every_bad_field_is_named_at_once() -> None:
    given = {
        "destination_uri": 7,
        "deadline_s": "soon",
        "dry_run": 1,
        "participant_id": False,
        "media_matrix": {"audio": {"codec": None, "bandwidth_kbps": 64.5}, "video": {"fps": True}},
        "colour": "blue",
    }
    assert wrong_fields(given) == [
        "colour",
        "deadline_s",
        "destination_uri",
        "dry_run",
        "interaction_id",
        "media_matrix.audio.bandwidth_kbps",
        "media_matrix.audio.codec",
        "media_matrix.video.fps",
        "participant_id",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deadline_s", True),
        ("dry_run", "true"),
        ("dry_run", 0),
        ("interaction_id", 7),
        ("interaction_id", None),
        ("request_id", None),
        ("media_matrix", []),
        ("media_matrix", None),
        ("kind", "playback"),
    ],
)
def test_nothing_is_turned_into_what_it_is_not(field: str, value: object) -> None:
    assert wrong_fields({**LEAST, field: value}) == [field]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"audio": {"bandwidth_kbps": True}}, "audio.bandwidth_kbps"),
        ({"audio": {"bit_depth": "16"}}, "audio.bit_depth"),
        ({"audio": {"sample_rate": 8000}}, "audio.sample_rate"),
        ({"video": {"fps": 29.97}}, "video.fps"),
        ({"video": {"codec": ["h264"]}}, "video.codec"),
        ({"subtitles": {}}, "subtitles"),
    ],
)
def test_the_media_matrix_is_read_as_strictly(given: dict[str, Any], field: str) -> None:
    assert wrong_fields({**LEAST, "media_matrix": given}) == [f"media_matrix.{field}"]


def test_no_video_may_be_said_or_left_out() -> None:
    assert read(media_matrix={"video": None}) == read(media_matrix={}) == read()


def test_an_order_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        read().deadline_s = 1.0  # type: ignore[misc] # what is being tested


def test_an_order_is_searched_for_by_what_it_is_about() -> None:
    assert read().subject == "conv-1"
    with pytest.raises(TypeError, match="Order has no subject"):
        _ = Order().subject


def test_two_outcomes_share_no_extra() -> None:
    first, second = (Outcome(request_id="r", kind="transfer", status="accepted", detail="") for _ in range(2))
    assert first == second
    assert first.extra is not second.extra
