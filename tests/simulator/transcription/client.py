"""A client of the transcription service that knows the contract and nothing else."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import grpc

from simulator.server import Simulator
from simulator.transcription_pb2 import AudioChunk, TranscriptResult

WAIT_S = 20.0
METHOD = "/transcription.TranscriptionService/StreamAudio"


def chunk(sequence: int, conversation: str = "call-1", **changes: Any) -> AudioChunk:
    """20 ms of silence as contracts 4 has it."""
    fields: dict[str, Any] = {
        "conversation_id": conversation,
        "participant_id": "customer",
        "audio_data": b"\xff" * 160,
        "language_code": "und",
        "sequence_number": sequence,
        "sample_rate": 8000,
        "audio_format": "PCMU",
    }
    return AudioChunk(**(fields | changes))


def chunks(first: int, last: int, conversation: str = "call-1") -> list[AudioChunk]:
    return [chunk(number, conversation) for number in range(first, last + 1)]


class Call:
    """One stream; `hear` waits for a result, `ended` for its status."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._said: SimpleQueue[AudioChunk | None] = SimpleQueue()
        method = channel.stream_stream(
            METHOD,
            request_serializer=AudioChunk.SerializeToString,
            response_deserializer=TranscriptResult.FromString,
        )
        self._stream: Any = method(iter(self._said.get, None), timeout=WAIT_S)

    def say(self, spoken: Iterable[AudioChunk]) -> None:
        for one in spoken:
            self._said.put(one)

    def finish(self) -> None:
        self._said.put(None)

    def hear(self) -> TranscriptResult:
        heard: TranscriptResult = next(self._stream)
        return heard

    def rest(self) -> list[TranscriptResult]:
        """Every result until the stream ends well."""
        return list(self._stream)

    def ended(self) -> grpc.RpcError:
        """What ended it; results that come before are passed over."""
        try:
            self.rest()
        except grpc.RpcError as error:
            self._said.put(None)
            return error
        raise AssertionError("the stream ended well")

    def cancel(self) -> None:
        self._stream.cancel()
        self._said.put(None)


@contextmanager
def channel(box: Simulator) -> Iterator[grpc.Channel]:
    """A channel of its own, so that a broken connection concerns nobody else."""
    files = box.transcription_files
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]
    options += [("grpc.http2.bdp_probe", 0)]  # a window that does not grow: what is not read cannot all be written
    if files is None:
        made = grpc.insecure_channel(box.transcription_addr, options)
    else:
        key, certificate = (None if path is None else path.read_bytes() for path in (files.key_file, files.cert_file))
        credentials = grpc.ssl_channel_credentials(files.ca_file.read_bytes(), key, certificate)
        made = grpc.secure_channel(box.transcription_addr, credentials, options)
    with made:
        yield made


@contextmanager
def call(box: Simulator) -> Iterator[Call]:
    with channel(box) as made:
        one = Call(made)
        try:
            yield one
        finally:
            one.cancel()


def numbers(results: Iterable[TranscriptResult]) -> list[int]:
    return [result.sequence_number for result in results]
