"""The reference transport: grpcio's own asyncio client."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

import grpc
import grpc.aio

from media.transcription.door import (
    MAX_MESSAGE_BYTES,
    MAX_METADATA_BYTES,
    STREAM_AUDIO,
    StreamEnd,
    StreamListener,
)
from media.transcription.status import Status, pushback_s
from messages.media import ServicePlan

MAX_WAITING_BYTES = 64 * 1024  # of a stream, on the way into grpcio; HTTP/2's own first window
KEEPALIVE_S = 10.0
KEEPALIVE_DEADLINE_S = 5.0
PUSHBACK = "grpc-retry-pushback-ms"

Call = grpc.aio.StreamStreamCall[bytes, bytes]


class ReferenceTransport:
    """One channel of grpcio to one address."""

    def __init__(
        self,
        address: str,
        plan: ServicePlan,
        credentials: grpc.ChannelCredentials | None,
        *,
        keepalive_s: float = KEEPALIVE_S,
        keepalive_deadline_s: float = KEEPALIVE_DEADLINE_S,
    ) -> None:
        options = _options(plan, keepalive_s, keepalive_deadline_s)
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(address, options=options)
        else:
            self._channel = grpc.aio.secure_channel(address, credentials, options=options)
        self._streams: set[ReferenceStream] = set()
        self._channel.get_state(try_to_connect=True)

    def open(
        self, listener: StreamListener, *, path: str = STREAM_AUDIO, deadline_s: float | None = None
    ) -> "ReferenceStream":
        """A stream of the channel; grpcio connects, again if need be."""
        call: Call = self._channel.stream_stream(path)(timeout=deadline_s)
        stream = ReferenceStream(call, listener, self._streams.discard)
        self._streams.add(stream)
        return stream

    @property
    def ready(self) -> bool:
        """Whether the channel is connected."""
        return self._channel.get_state() is grpc.ChannelConnectivity.READY

    async def close(self) -> None:
        """End the streams, then the channel."""
        for stream in list(self._streams):
            stream.lose("the transport was closed")
        await self._channel.close()


class ReferenceStream:
    """One call, with a task that writes and a task that reads."""

    def __init__(self, call: Call, listener: StreamListener, over: Callable[["ReferenceStream"], None]) -> None:
        self._call = call
        self._listener = listener
        self._over = over
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._refused = False
        self._finished = False
        self._done = False
        self._news = asyncio.Event()
        self._tasks = (asyncio.ensure_future(self._write()), asyncio.ensure_future(self._read()))

    def send(self, message: bytes) -> bool:
        """Queue one message for the writer, as long as MAX_WAITING_BYTES are not exceeded."""
        if self._done or self._finished:
            return False
        if self._waiting and self._waiting_bytes + len(message) > MAX_WAITING_BYTES:
            self._refused = True
            return False
        self._waiting.append(message)
        self._waiting_bytes += len(message)
        self._news.set()
        return True

    def finish(self) -> None:
        """Half-close once the queue is empty."""
        self._finished = True
        self._news.set()

    def abort(self) -> None:
        """Cancel the call."""
        self._stop()
        self._call.cancel()

    def lose(self, why: str) -> None:
        """End with UNAVAILABLE: the transport goes."""
        if not self._done:
            self.abort()
            self._listener.on_end(StreamEnd(code=Status.UNAVAILABLE, message=why))

    def _stop(self) -> None:
        self._done = True
        self._over(self)
        for task in self._tasks:
            task.cancel()

    async def _write(self) -> None:
        try:
            while await self._something():
                message = self._waiting.popleft()
                self._waiting_bytes -= len(message)
                await self._call.write(message)
                self._tell_room()
            await self._call.done_writing()
        except (grpc.RpcError, asyncio.InvalidStateError):
            return  # the call has ended; the reader tells how

    async def _something(self) -> bool:
        while not self._waiting:
            if self._finished:
                return False
            self._news.clear()
            await self._news.wait()
        return True

    def _tell_room(self) -> None:
        if self._refused and self._waiting_bytes <= MAX_WAITING_BYTES // 2 and not self._done:
            self._refused = False
            self._listener.on_room()

    async def _read(self) -> None:
        try:
            async for message in self._call:
                self._listener.on_result(message)
        except grpc.RpcError:
            pass  # its code is the call's
        end = await self._end()
        if not self._done:
            self._done = True
            self._over(self)
            self._tasks[0].cancel()
            self._listener.on_end(end)

    async def _end(self) -> StreamEnd:
        code, _ = (await self._call.code()).value
        pushback = next((value for key, value in await self._call.trailing_metadata() if key == PUSHBACK), None)
        return StreamEnd(
            code=Status(code),
            message=await self._call.details() or "",
            retry_after_s=None if pushback is None else pushback_s(_text(pushback)),
        )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("ascii", "replace")


def _options(plan: ServicePlan, keepalive_s: float, keepalive_deadline_s: float) -> list[tuple[str, int]]:
    connect_ms = round(plan.connect_s * 1000)
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.keepalive_time_ms", round(keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", round(keepalive_deadline_s * 1000)),
        ("grpc.http2.ping_timeout_ms", round(keepalive_deadline_s * 1000)),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.min_reconnect_backoff_ms", connect_ms),
        ("grpc.initial_reconnect_backoff_ms", round(plan.retry_min_s * 1000)),
        ("grpc.max_reconnect_backoff_ms", round(plan.retry_max_s * 1000)),
        ("grpc.enable_retries", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]


def channel_credentials(plan: ServicePlan) -> grpc.ChannelCredentials | None:
    """What the reference transport connects with; None for plain text. Raises OSError."""
    if plan.plaintext:
        return None
    return grpc.ssl_channel_credentials(
        root_certificates=_read(plan.ca_file), private_key=_read(plan.key_file), certificate_chain=_read(plan.cert_file)
    )


def _read(file: str | None) -> bytes | None:
    return None if file is None else Path(file).read_bytes()
