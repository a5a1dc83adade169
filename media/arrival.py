"""A connection until it is upgraded: read one request, have it judged, then give the connection to picows.

picows decides on an upgrade without waiting, so what must be waited for (a verdict from the gateway) is done here; what
picows is given afterwards is the same bytes, and it has the last word on whether they ask for a WebSocket.
"""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol, _parse_http_request  # type: ignore[attr-defined]

from media.connection import Connection
from media.doorway import Admission, Refusal
from media.poll import feed

HANDSHAKE_S = 10.0  # for the whole request and its verdict
MOST_HEAD_BYTES = 16 * 1024  # picows' own limit
MOST_HALF_OPEN = 1_024  # beyond, who has waited longest is cut off: an honest caller takes milliseconds
READ_BUFFER_BYTES = 1024  # at first; grows with the frames it has to hold, where the poll does not read

_LOG = logging.LoggerAdapter(logging.getLogger("picows.server"))  # an adapter: picows keeps a child of a Logger a call
_END = b"\r\n\r\n"
_OPTIONS = re.compile(rb"(?i)(\r\nconnection:)[^\r\n]*?\bupgrade\b[^\r\n]*")  # a list; RFC 9110 section 7.6.1

Judge = Callable[[WSUpgradeRequest], Awaitable[Admission | Refusal]]


class HalfOpen:
    """The connections that have not been upgraded yet, in the order they came."""

    def __init__(self, most: int = MOST_HALF_OPEN) -> None:
        self._most = most
        self._waiting: OrderedDict[Arrival, None] = OrderedDict()

    def enter(self, arrival: "Arrival") -> None:
        """One more; the oldest goes when there are too many."""
        self._waiting[arrival] = None
        if len(self._waiting) > self._most:
            next(iter(self._waiting)).cut()

    def leave(self, arrival: "Arrival") -> None:
        """Upgraded, refused or gone."""
        self._waiting.pop(arrival, None)

    def cut_all(self) -> None:
        """The worker ends: nobody comes in any more, nor who is accepted just now."""
        self._most = 0
        for arrival in tuple(self._waiting):
            arrival.cut()


class Arrival(asyncio.Protocol):
    """One connection on its way in."""

    def __init__(
        self, judge: Judge, half_open: HalfOpen, max_frame_bytes: int, handshake_s: float = HANDSHAKE_S
    ) -> None:
        self._handshake_s = handshake_s
        self._judge = judge
        self._half_open = half_open
        self._max_frame_bytes = max_frame_bytes
        self._came = bytearray()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._verdict: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._deadline = asyncio.get_running_loop().call_later(self._handshake_s, self.cut)
        self._half_open.enter(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._came += data
        end = self._came.find(_END)
        if end < 0 and len(self._came) < MOST_HEAD_BYTES:
            return
        self._transport.pause_reading()
        if end < 0 or end >= MOST_HEAD_BYTES:
            self._refuse(Refusal(status=431, body="the request's head is too long\n"))
            return
        try:
            request = _parse_http_request(bytes(self._came[:end]))
            request.headers.get("Sec-WebSocket-Version", "").encode("ascii")  # picows repeats it where it refuses it
        except (RuntimeError, UnicodeEncodeError):
            self._refuse(Refusal(status=400, body="no HTTP/1.1 request that asks for a WebSocket\n"))
            return
        self._verdict = asyncio.get_running_loop().create_task(self._have_judged(request))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._settle()
        if self._verdict is not None:
            self._verdict.cancel()

    def cut(self) -> None:
        """End it without an answer: it took too long."""
        if self._transport is not None:
            self._transport.abort()
        self.connection_lost(None)

    async def _have_judged(self, request: WSUpgradeRequest) -> None:
        """Whatever goes wrong, nobody is left in the air."""
        answered = False
        try:
            verdict = await self._judge(request)
            if isinstance(verdict, Refusal):
                self._refuse(verdict)
            else:
                self._hand_over(verdict)
            answered = True
        finally:
            self._verdict = None
            if not answered:
                self.cut()

    def _refuse(self, refusal: Refusal) -> None:
        assert self._transport is not None
        self._settle()
        response = WSUpgradeResponse.create_ok_response(refusal.body.encode(), refusal.headers)
        response.status = HTTPStatus(refusal.status)
        response.headers["Connection"] = "close"
        self._transport.write(response.to_bytes())
        self._transport.close()

    def _hand_over(self, admission: Admission) -> None:
        transport = self._transport
        assert transport is not None
        self._settle()
        protocol = _websocket(admission, self._max_frame_bytes)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        feed(protocol, _OPTIONS.sub(rb"\1 Upgrade", bytes(self._came), count=1))  # picows takes no other option
        listener = admission.listener
        together = _is_plain(transport) and self._came.find(_END) + len(_END) == len(self._came)
        if together and isinstance(listener, Connection) and not listener.closing and not transport.is_closing():
            listener.read_together(protocol, transport)
        elif not transport.is_closing():
            transport.resume_reading()

    def _settle(self) -> None:
        self._half_open.leave(self)
        if self._deadline is not None:
            self._deadline.cancel()


def _websocket(admission: Admission, max_frame_bytes: int) -> WSProtocol:
    """picows for who was let in; it takes frames of `max_frame_bytes`, or of what the admission says."""
    upgrade = WSUpgradeResponse.create_101_response(admission.headers)
    return WSProtocol(
        None,  # host and port, of a client
        None,  # path, of a client
        False,  # is a client
        lambda _request: WSUpgradeResponseWithListener(upgrade, admission.listener),
        _LOG,
        True,  # disconnect on an exception: one call ends with 1011
        None,  # the handshake's deadline: the head is there
        False,  # no pings of its own, and what they would need
        0,
        0,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # pongs of its own: it would answer a ping with reserved bits, too
        max_frame_bytes if admission.max_frame_bytes is None else admission.max_frame_bytes,
        None,  # headers, of a client
        READ_BUFFER_BYTES,
    )


def _is_plain(transport: asyncio.Transport) -> bool:
    return transport.get_extra_info("sslcontext") is None
