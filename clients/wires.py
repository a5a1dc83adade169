"""Kept connections for webhooks: a request leaves in one write, and only the head of the answer is waited for.

What requests and urllib3 can do beyond that costs ten times as much as the exchange itself.
"""

import errno
import select
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass

from clients.answers import AnswerReader
from clients.faults import words_for
from genesys.errors import Malformed, TimedOut, Transport
from messages.rest import HttpResponse

CONNECT_S = 5.0
CHUNK = 1 << 16
MOST_KEPT = 8  # connections
REST_BYTES = 4_096  # of an answer that nobody wants: read to keep its connection, unless it is longer
REST_S = 0.25  # or late


@dataclass(frozen=True, slots=True)
class Destination:
    """A connection's other end: an `address` that was judged, which has to be `host` by its certificate if `tls`."""

    address: str
    port: int
    host: str
    tls: bool


class Wires:
    """For one thread: keeps its connections to the last few destinations."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._kept: dict[Destination, _Wire] = {}

    def exchange(self, to: Destination, request: bytes, timeout_s: float) -> HttpResponse:
        """Status and headers of the answer, all within `timeout_s`; raises Transport, TimedOut or Malformed."""
        ends_at_s = time.monotonic() + timeout_s
        wire = self._wire(to, ends_at_s)
        try:
            return wire.exchange(request, ends_at_s)
        except TimeoutError:
            raise TimedOut(f"{to.host}: no complete answer within {timeout_s:g} s", maybe_sent=True) from None
        except OSError as error:
            raise Transport(f"{to.host}: {words_for(error)}", maybe_sent=True) from None
        finally:
            self._put_away(to, wire)

    def close(self) -> None:
        """Close every idle connection."""
        with suppress(KeyError):  # until there is none
            while True:
                self._kept.popitem()[1].close()

    def _wire(self, to: Destination, ends_at_s: float) -> "_Wire":
        kept = self._kept.pop(to, None)
        if kept is not None and kept.quiet():
            return kept
        if kept is not None:
            kept.close()
        try:
            return _Wire(self._connected(to, min(CONNECT_S, _left_s(ends_at_s))))
        except TimeoutError:
            raise TimedOut(f"{to.host}: no connection in time", maybe_sent=False) from None
        except OSError as error:
            raise Transport(f"{to.host}: {words_for(error)}", maybe_sent=False) from None

    def _connected(self, to: Destination, wait_s: float) -> socket.socket:
        sock = socket.create_connection((to.address, to.port), wait_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._context.wrap_socket(sock, server_hostname=to.host) if to.tls else sock

    def _put_away(self, to: Destination, wire: "_Wire") -> None:
        if not wire.keeps:
            wire.close()
            return
        self._kept[to] = wire
        if len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept))).close()


class _Wire:
    """One connection, one exchange after the other; whether another may follow is told by `keeps`."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._reader = AnswerReader()
        self._arrivals = select.poll()
        self._arrivals.register(sock, select.POLLIN)
        self.keeps = False

    def quiet(self) -> bool:
        """Whether nothing has come since the last answer: neither an end nor what nobody asked for."""
        return not self._arrivals.poll(0)

    def exchange(self, request: bytes, ends_at_s: float) -> HttpResponse:
        """Raises OSError, TimeoutError among them, or Malformed."""
        self.keeps = False
        reader = self._reader
        reader.begin()
        self._sock.settimeout(_left_s(ends_at_s))
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
            self._sock.sendall(request)
        while reader.status is None:
            self._hear(ends_at_s)
        self.keeps = self._hears_out()
        return HttpResponse(status=reader.status, headers=reader.headers, body=b"")

    def close(self) -> None:
        """For good."""
        self._sock.close()

    def _hears_out(self) -> bool:
        """Whether the answer is over and the connection good for another one, having read up to a short rest."""
        reader, heard = self._reader, 0
        ends_at_s = time.monotonic() + REST_S
        if int(reader.headers.get("content-length", 0)) > REST_BYTES:
            return reader.over and reader.keeps
        with suppress(OSError, Malformed):
            while reader.keeps and not reader.over and heard <= REST_BYTES:
                heard += self._hear(ends_at_s)
        return reader.over and reader.keeps

    def _hear(self, ends_at_s: float) -> int:
        self._sock.settimeout(_left_s(ends_at_s))
        data = self._sock.recv(CHUNK)
        if not data:
            raise ConnectionAbortedError(errno.ECONNABORTED, "it hung up without an answer")
        self._reader.take(data)
        return len(data)


def _left_s(ends_at_s: float) -> float:
    left_s = ends_at_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
