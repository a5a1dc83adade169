"""The lean transport: streams spread over as many connections to one address as the service's limit asks for."""

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import replace

from media.transcription.door import STREAM_AUDIO, StreamEnd, StreamListener
from media.transcription.lean.connection import (
    KEEPALIVE_DEADLINE_S,
    KEEPALIVE_S,
    Connection,
    Target,
    connect,
)
from media.transcription.lean.stream import Stream
from media.transcription.status import Status
from messages.media import ServicePlan
from rules.retries import full_jitter

MAX_CONNECTIONS = 64  # to one address
MAX_KEEPALIVE_S = 600.0  # doubled up to here


class LeanTransport:
    """One worker's connections to one address."""

    def __init__(
        self,
        address: str,
        plan: ServicePlan,
        context: ssl.SSLContext | None,
        *,
        keepalive_s: float = KEEPALIVE_S,
        keepalive_deadline_s: float = KEEPALIVE_DEADLINE_S,
        chance: Callable[[], float] = random.random,
    ) -> None:
        host, port = split_address(address)
        self._target = Target(
            host=host,
            port=port,
            context=context,
            connect_s=plan.connect_s,
            keepalive_s=keepalive_s,
            keepalive_deadline_s=keepalive_deadline_s,
        )
        self._plan = plan
        self._chance = chance
        self._loop = asyncio.get_running_loop()
        self._connections: list[Connection] = []
        self._waiting: dict[Stream, asyncio.TimerHandle] = {}  # for a connection, with what gives them up
        self._deadlines: dict[Stream, asyncio.TimerHandle] = {}
        self._connecting: asyncio.Task[Connection] | None = None
        self._failures = 0  # to connect, in a row
        self._not_before = 0.0  # of the loop's clock: the next try
        self._why = ""
        self._closed = False

    # --- the door --------------------------------------------------------------------------------------------

    def open(self, listener: StreamListener, *, path: str = STREAM_AUDIO, deadline_s: float | None = None) -> Stream:
        """A stream on a connection with room, or one that waits for it, `connect_s` at most."""
        stream = Stream(listener, path=path, deadline_s=deadline_s, over=self._forget)
        if deadline_s is not None:
            self._deadlines[stream] = self._loop.call_later(deadline_s, stream.expire)
        session = next((each.session for each in self._connections if each.session.room), None)
        if session is not None:
            session.open(stream)
        elif self._closed or self._loop.time() < self._not_before:
            self._loop.call_soon(stream.end, StreamEnd(code=Status.UNAVAILABLE, message=self._why, unprocessed=True))
        else:
            self._waiting[stream] = self._loop.call_later(self._plan.connect_s, self._give_up, stream)
            self._connect()
        return stream

    @property
    def ready(self) -> bool:
        """Whether a connection is there; it may be full."""
        return any(each.session.ready and not each.session.leaving for each in self._connections)

    async def close(self) -> None:
        """Leave every connection."""
        self._closed = True
        self._why = "the transport was closed"
        if self._connecting is not None:
            self._connecting.cancel()
        for connection in list(self._connections):
            connection.close()
        self._fail_waiting(self._why)

    # --- streams ---------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Whoever waits gets the room there is."""
        for connection in self._connections:
            while self._waiting and connection.session.room:
                stream = next(iter(self._waiting))
                self._waiting.pop(stream).cancel()
                connection.session.open(stream)
        if self._waiting:
            self._connect()

    def _forget(self, stream: Stream) -> None:
        for timers in (self._waiting, self._deadlines):
            timer = timers.pop(stream, None)
            if timer is not None:
                timer.cancel()

    def _give_up(self, stream: Stream) -> None:
        message = self._why or f"no room for a stream within {self._plan.connect_s:g} s"
        stream.end(StreamEnd(code=Status.UNAVAILABLE, message=message, unprocessed=True))

    def _fail_waiting(self, why: str) -> None:
        for stream in list(self._waiting):
            stream.end(StreamEnd(code=Status.UNAVAILABLE, message=why, unprocessed=True))

    # --- connections -----------------------------------------------------------------------------------------

    def _connect(self) -> None:
        """One more, one at a time; none beside one that idles without room: the service takes no streams for now."""
        stubborn = any(each.session.idle and not each.session.leaving for each in self._connections)
        if self._connecting is None and not self._closed and not stubborn and len(self._connections) < MAX_CONNECTIONS:
            self._connecting = self._loop.create_task(connect(self._target, self))
            self._connecting.add_done_callback(self._tried)

    def _tried(self, attempt: "asyncio.Task[Connection]") -> None:
        """The next one may be made, whatever came of this one; what nobody expected goes to the loop's log as well."""
        self._connecting = None
        if attempt.cancelled():
            return
        error = attempt.exception()
        if error is not None:
            self._back_off(str(error) or type(error).__name__)
            if not isinstance(error, OSError):
                raise error
        elif attempt.result().session.leaving:  # since it was made; it was lost, or will be, without being known
            self._back_off(attempt.result().session.leaving)
        else:
            self._failures = 0
            self._why = ""
            self._connections.append(attempt.result())
            self._serve()

    def _back_off(self, why: str) -> None:
        delay_s = full_jitter(self._failures, self._plan.retry_min_s, self._plan.retry_max_s, self._chance())
        self._failures += 1
        self._not_before = self._loop.time() + delay_s
        self._why = why
        self._fail_waiting(why)

    # --- what connections tell -------------------------------------------------------------------------------

    def changed(self) -> None:
        """Somebody may be served now."""
        self._serve()

    def spare(self, connection: Connection) -> None:
        """One that idles is kept, more are not."""
        if any(other is not connection and other.session.room for other in self._connections):
            connection.close()

    def lost(self, connection: Connection) -> None:
        """Who complained about pings is asked half as often from now on. Source: grpc/proposal A8."""
        if connection.session.calm:
            keepalive_s = min(2 * self._target.keepalive_s, MAX_KEEPALIVE_S)
            self._target = replace(self._target, keepalive_s=keepalive_s)
        if connection in self._connections:
            self._connections.remove(connection)
            self._loop.call_soon(self._serve)


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[v6]:port`; raises ValueError that says what is wrong."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError(f"{address!r} is no address of a service: give host:port, such as 127.0.0.1:50051")
    host = host.removeprefix("[").removesuffix("]")
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise ValueError(f"{address!r} is no address of a service: {error}") from None
    return host, int(port)
