"""The methods of live audio streams: which there are, what befell one, and what is played into it. Pure."""

from typing import Any

from control.params import (
    EndStreamParams,
    Nothing,
    PlayParams,
    ShowStreamParams,
    StreamParams,
    StreamsParams,
)
from control.route import Ask, Asking, Backlog, Route, as_it_is
from control.wire import INVALID_PARAMS, RpcError
from messages.base import Json
from messages.transcription import (
    EndStream,
    InterruptStream,
    ListStreams,
    MeasureStreams,
    PlayStream,
    ShowStream,
    StreamRefused,
)


def keeper(_params: object) -> tuple[str, ...]:
    """Who knows every stream."""
    return ("transcription",)


def show(params: ShowStreamParams, _asking: Asking) -> ShowStream:
    """stream.show."""
    if (params.stream_id is None) == (params.conversation_id is None):
        fields: list[Json] = [{"field": "stream_id", "problem": "give either stream_id or conversation_id"}]
        raise RpcError(INVALID_PARAMS, "stream.show: bad parameters: stream_id", {"fields": fields})
    return ShowStream(stream_id=params.stream_id, conversation_id=params.conversation_id)


def play(params: PlayParams, _asking: Asking) -> PlayStream:
    """stream.play."""
    return PlayStream(stream_id=params.stream_id, audio=params.audio, format=params.format)


def end(params: EndStreamParams, _asking: Asking) -> EndStream:
    """stream.disconnect."""
    return EndStream(
        stream_id=params.stream_id, reason=params.disconnect_reason, output_variables=params.output_variables
    )


def answered(answer: Any, address: Backlog) -> Json:
    """What the keeper answered; what it refused is told with its code."""
    if isinstance(answer, StreamRefused):
        raise RpcError(INVALID_PARAMS, answer.message, {"code": answer.code, "remedy": answer.remedy})
    return as_it_is(answer, address)


STREAMS: tuple[Route, ...] = (
    Ask(
        method="stream.list",
        role="viewer",
        params=StreamsParams,
        summary="Live audio streams: codec, language, gaps, how long audio waits for the service (lag_ms)",
        actors=keeper,
        message=lambda params, _asking: ListStreams(limit=params.limit),
    ),
    Ask(
        method="stream.show",
        role="viewer",
        params=ShowStreamParams,
        summary="One stream, live or ended not long ago, with its time line and the tail of its transcript",
        actors=keeper,
        message=show,
        answer=answered,
    ),
    Ask(
        method="stream.metrics",
        role="viewer",
        params=Nothing,
        summary="Audio streams since the start: frames, gaps, drops, lag; and the workers that carry them",
        actors=keeper,
        message=lambda _params, _asking: MeasureStreams(),
    ),
    Ask(
        method="stream.play",
        role="operator",
        params=PlayParams,
        summary="Play a file into a call (AudioHook with the Audio Connector): WAV or PCMU, 8000 Hz, one channel",
        actors=keeper,
        message=play,
        answer=answered,
    ),
    Ask(
        method="stream.interrupt",
        role="operator",
        params=StreamParams,
        summary="Drop what was to be played into a call and has not been",
        actors=keeper,
        message=lambda params, _asking: InterruptStream(stream_id=params.stream_id),
        answer=answered,
    ),
    Ask(
        method="stream.disconnect",
        role="operator",
        params=EndStreamParams,
        summary="End a call's audio session, with output variables for the flow that it came from",
        actors=keeper,
        message=end,
        answer=answered,
    ),
)
