"""The audio plane from libraries alone: `websockets` on asyncio, `grpc.aio`, protobuf's classes, a coroutine a call.

`python -m benchmarks.media.baseline --key K --service HOST:PORT` tells its port, `{"port": n}`, and serves till killed.
"""

import argparse
import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import AsyncIterable
from dataclasses import dataclass
from http import HTTPStatus

import grpc
import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from media.transcription.transcription_pb2 import AudioChunk, TranscriptResult

MOST_FRAME_BYTES = 64 * 1024
MOST_MALFORMED = 25  # in a row
STREAM_AUDIO = "/transcription.TranscriptionService/StreamAudio"


@dataclass(slots=True)
class Counts:
    """Of one call."""

    frames: int = 0
    gaps: int = 0
    repeats: int = 0
    malformed: int = 0
    malformed_in_a_row: int = 0
    acknowledged: int = 0
    expected: int | None = None


class Baseline:
    """One stream to the service for each call; nothing is buffered, replayed or reported."""

    def __init__(self, service: str, key: str) -> None:
        self._bearer = f"Bearer {key}"
        self._channel = grpc.aio.insecure_channel(service)
        self._stream_audio = self._channel.stream_stream(
            STREAM_AUDIO,
            request_serializer=AudioChunk.SerializeToString,
            response_deserializer=TranscriptResult.FromString,
        )

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Who may come in, before the upgrade."""
        bearer = request.headers.get("Authorization", "")
        if request.path != "/media-api":
            return connection.respond(HTTPStatus.NOT_FOUND, "not here\n")
        if not bearer:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no bearer\n")
        if not hmac.compare_digest(bearer.encode(), self._bearer.encode()):
            return connection.respond(HTTPStatus.FORBIDDEN, "unknown bearer\n")
        return None

    async def call(self, socket: ServerConnection) -> None:
        """One call, from its first frame to the service's last result."""
        counts, stream = Counts(), self._stream_audio()
        results = asyncio.create_task(self._hear(stream, counts))
        try:
            async for frame in socket:
                chunk = read(frame, counts)
                if chunk is not None:
                    await stream.write(chunk)
                elif counts.malformed_in_a_row > MOST_MALFORMED:
                    await socket.close(1007, "malformed frames")
            await stream.done_writing()
            await asyncio.wait_for(results, 5)
        except ConnectionClosedError:
            return  # in overload; the rig counts what is lost
        finally:
            results.cancel()
            stream.cancel()

    async def _hear(self, results: AsyncIterable[TranscriptResult], counts: Counts) -> None:
        async for result in results:
            counts.acknowledged = result.sequence_number


def read(frame: str | bytes, counts: Counts) -> AudioChunk | None:
    """The chunk that a frame carries; None where it is malformed, which is counted. Source: contracts 4."""
    try:
        told = orjson.loads(frame)
        chunk = AudioChunk(
            conversation_id=told["conversationId"],
            participant_id=told["participantId"],
            audio_data=base64.b64decode(told["audio"], validate=True),
            language_code="und",
            sequence_number=told["sequenceNumber"],
            sample_rate=told["sampleRate"],
            audio_format=told["format"],
        )
    except (ValueError, KeyError, TypeError, binascii.Error):
        counts.malformed += 1
        counts.malformed_in_a_row += 1
        return None
    follow(chunk.sequence_number, counts)
    return chunk


def follow(sequence: int, counts: Counts) -> None:
    """`sequence` rises by one; what does not is counted."""
    counts.frames += 1
    counts.malformed_in_a_row = 0
    if counts.expected is not None and sequence != counts.expected:
        if sequence > counts.expected:
            counts.gaps += 1
        else:
            counts.repeats += 1
    counts.expected = sequence + 1


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", required=True)
    parser.add_argument("--key", required=True)
    options = parser.parse_args()
    gateway = Baseline(options.service, options.key)
    async with serve(
        gateway.call,
        "127.0.0.1",
        0,
        subprotocols=[Subprotocol("media-api")],
        process_request=gateway.check,
        max_size=MOST_FRAME_BYTES,
        compression=None,
        ping_interval=15,
        backlog=4096,
    ) as server:
        print(json.dumps({"port": next(iter(server.sockets)).getsockname()[1]}), flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
