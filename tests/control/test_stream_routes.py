"""The methods of audio streams: the right question to who keeps them, and refusals with their code."""

from base64 import b64encode
from typing import Any

import pytest

from control.route import Ask, Asking, read_params
from control.routes import find_route
from control.stream_routes import answered
from control.wire import INVALID_PARAMS, RpcError
from messages.orders import Peer
from messages.transcription import (
    EndStream,
    InterruptStream,
    ListStreams,
    MeasureStreams,
    PlayStream,
    ShowStream,
    StreamRefused,
)
from tests.control.house import FakeHouse, fields_of

ASKING = Asking(peer=Peer(role="admin"), export_path="")
WAV = b64encode(b"RIFF").decode()


def question(method: str, **params: Any) -> object:
    route = find_route(method)
    assert isinstance(route, Ask)
    read = read_params(route, params)
    assert route.actors(read) == ("transcription",)
    return route.message(read, ASKING)


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("stream.list", {}, ListStreams(limit=1000)),
        ("stream.list", {"limit": 5}, ListStreams(limit=5)),
        ("stream.show", {"stream_id": "s"}, ShowStream(stream_id="s")),
        ("stream.show", {"conversation_id": "c"}, ShowStream(conversation_id="c")),
        ("stream.metrics", {}, MeasureStreams()),
        ("stream.play", {"stream_id": "s", "audio": WAV}, PlayStream(stream_id="s", audio=b"RIFF")),
        (
            "stream.play",
            {"stream_id": "s", "audio": WAV, "format": "pcmu", "reason": "greeting"},
            PlayStream(stream_id="s", audio=b"RIFF", format="pcmu"),
        ),
        ("stream.interrupt", {"stream_id": "s"}, InterruptStream(stream_id="s")),
        ("stream.disconnect", {"stream_id": "s"}, EndStream(stream_id="s")),
        (
            "stream.disconnect",
            {"stream_id": "s", "disconnect_reason": "error", "output_variables": {"a": "b"}},
            EndStream(stream_id="s", reason="error", output_variables={"a": "b"}),
        ),
    ],
)
def test_each_method_asks_its_question(method: str, params: dict[str, Any], message: object) -> None:
    assert question(method, **params) == message


@pytest.mark.parametrize(
    ("method", "params", "field"),
    [
        ("stream.show", {}, "stream_id"),
        ("stream.show", {"stream_id": "s", "conversation_id": "c"}, "stream_id"),
        ("stream.play", {"stream_id": "s"}, "audio"),
        ("stream.play", {"stream_id": "s", "audio": "not base64"}, "audio"),
        ("stream.play", {"stream_id": "s", "audio": "AAAAA"}, "audio"),
        ("stream.play", {"stream_id": "s", "audio": WAV, "format": "mp3"}, "format"),
        ("stream.disconnect", {"stream_id": "s", "output_variables": {"a": 1}}, "output_variables.a"),
        ("stream.disconnect", {"stream_id": "s", "disconnect_reason": "bored"}, "disconnect_reason"),
    ],
)
def test_what_does_not_fit_is_told(method: str, params: dict[str, Any], field: str) -> None:
    with pytest.raises(RpcError) as refused:
        question(method, **params)
    assert field in fields_of({"data": refused.value.data})


def test_a_refusal_is_told_with_its_code(house: FakeHouse) -> None:
    with pytest.raises(RpcError) as refused:
        answered(StreamRefused(code="SB-141", message="it has ended", remedy="see stream list"), house.journal)
    assert refused.value.code == INVALID_PARAMS
    assert refused.value.data == {"code": "SB-141", "remedy": "see stream list"}
