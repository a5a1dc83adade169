"""A session on a socket: asyncio's protocol around it, keepalive, one write a turn of the loop."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Literal, Protocol, cast

from media.transcription.lean.frames import ErrorCode, PeerError
from media.transcription.lean.session import Session

KEEPALIVE_S = 10.0  # of silence while there are streams, then we ask for a sign of life
KEEPALIVE_DEADLINE_S = 5.0  # for the sign
WRITE_HIGH_WATER_BYTES = 256 * 1024
LINGER_S = 1.0  # for a goodbye to leave the socket
HAPPY_EYEBALLS_S = 0.25  # RFC 8305, section 5
ARE_YOU_THERE = b"switchbd"


class RefusedPeerError(OSError):
    """What answers at the address does not speak HTTP/2, or said goodbye before it was ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect to, and how."""

    host: str
    port: int
    context: ssl.SSLContext | None
    connect_s: float
    keepalive_s: float = KEEPALIVE_S
    keepalive_deadline_s: float = KEEPALIVE_DEADLINE_S

    @property
    def authority(self) -> str:
        """As it stands in `:authority`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Owner(Protocol):
    """Who has connections."""

    def changed(self) -> None:
        """A connection has other room than before."""

    def spare(self, connection: "Connection") -> None:
        """`connection` has had no stream for `keepalive_s`."""

    def lost(self, connection: "Connection") -> None:
        """`connection` is over; told once."""


class Connection(asyncio.Protocol):
    """One connection; its owner is called in turns of the loop of their own."""

    def __init__(self, target: Target, owner: Owner) -> None:
        self._target = target
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = False
        self._awake = False
        self._telling = False
        self.settled: asyncio.Future[None] = self._loop.create_future()  # ready, or not to be had
        self._over = False
        scheme: Literal["http", "https"] = "http" if target.context is None else "https"
        self.session = Session(self, scheme=scheme, authority=target.authority)

    # --- asyncio's side --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuse a TLS peer that has not chosen h2, greet every other."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER_BYTES)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._end("the service speaks TLS but not HTTP/2: it has not chosen h2 by ALPN")
            return
        self.flush()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Feed the session; a peer that breaks the protocol is told so and left."""
        self._heard = True
        try:
            self.session.receive(data)
        except PeerError as error:
            self._leave(error.code, f"the service broke HTTP/2: {error}")

    def eof_received(self) -> None:
        """The peer sends nothing more; asyncio closes."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._end(f"the connection was lost: {exc}" if exc else "the service closed the connection")

    def pause_writing(self) -> None:
        """The socket is full."""
        self.session.paused = True

    def resume_writing(self) -> None:
        """The socket takes more."""
        self.session.resume()
        self.flush()

    # --- the session's side ----------------------------------------------------------------------------------

    def wake(self) -> None:
        """Write at the end of this turn of the loop."""
        if not self._awake and self._transport is not None:
            self._awake = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._awake = False
        if not self.session.paused:
            self.flush()

    def flush(self) -> None:
        """Write everything that was gathered, at once."""
        data = self.session.written()
        if data and self._transport is not None:
            self._transport.write(data)

    def changed(self) -> None:
        """Tell it in a turn of its own, so that nobody is called from within what he called."""
        if not self._telling:
            self._telling = True
            self._loop.call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        if self.session.leaving and self.session.idle:
            self._leave(ErrorCode.NO_ERROR, self.session.leaving)
        elif self.session.ready and not self.settled.done():
            self.settled.set_result(None)
        self._owner.changed()

    # --- keepalive -------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._heard = False
        self._timer = self._loop.call_later(self._target.keepalive_s, self._ask)

    def _ask(self) -> None:
        if self.session.idle:
            self._owner.spare(self)
        if self._over:
            return
        if self._heard or self.session.idle:
            self._watch()
            return
        self.session.ping(ARE_YOU_THERE)
        self._timer = self._loop.call_later(self._target.keepalive_deadline_s, self._judge)

    def _judge(self) -> None:
        if self._heard:
            self._watch()
        else:
            self._end(f"the service was silent for {self._target.keepalive_s + self._target.keepalive_deadline_s:g} s")

    # --- the end ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Leave in peace; streams that are open end with UNAVAILABLE."""
        self._leave(ErrorCode.NO_ERROR, "the transport was closed")

    def _leave(self, code: ErrorCode, why: str) -> None:
        if self._transport is not None and not self._over:
            self.session.leave(code, why)
            self.flush()
            self._transport.close()
            self._loop.call_later(LINGER_S, self._transport.abort)
            self._finish(why)

    def _end(self, why: str) -> None:
        if self._transport is not None:
            self._transport.abort()
        if not self._over:
            self.session.lose(why)
            self._finish(why)

    def _finish(self, why: str) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        if not self.settled.done():
            self.settled.set_exception(RefusedPeerError(why))
            self.settled.exception()  # seen: nobody may be waiting any more
        self._owner.lost(self)


async def connect(target: Target, owner: Owner) -> Connection:
    """A connection whose peer has sent its settings; raises OSError, TimeoutError among them."""
    loop = asyncio.get_running_loop()
    connection: Connection | None = None
    made = False
    try:
        async with asyncio.timeout(target.connect_s):
            _, connection = await loop.create_connection(
                lambda: Connection(target, owner),
                target.host,
                target.port,
                ssl=target.context,
                happy_eyeballs_delay=HAPPY_EYEBALLS_S,
            )
            await connection.settled
        if connection.session.leaving:
            raise RefusedPeerError(connection.session.leaving)
        made = True
    except TimeoutError:
        raise TimeoutError(f"no HTTP/2 connection within {target.connect_s:g} s") from None
    finally:
        if connection is not None and not made:
            connection.close()
    return connection
