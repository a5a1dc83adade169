"""Kept HTTP connections: a request leaves in one write, and no more of its answer is waited for than is wanted.

What requests and urllib3 do for the same exchange takes four to ten times the CPU, and gives the interpreter away
eight times instead of four; among many threads each of these is a wait.
"""

import errno
import select
import socket
import ssl
import time
from contextlib import suppress

from clients.addresses import Resolve, resolve
from clients.answers import AnswerReader
from clients.endpoints import Destination
from clients.faults import words_for
from genesys.errors import Malformed, TimedOut, Transport
from messages.rest import HttpResponse

CONNECT_S = 5.0
CHUNK = 1 << 16
MOST_KEPT = 8  # connections
REST_BYTES = 4_096  # of an answer that nobody wants: read to keep its connection, unless it is longer
REST_S = 0.25  # or late
FULL = (BlockingIOError, ssl.SSLWantWriteError)
EMPTY = (BlockingIOError, ssl.SSLWantReadError)  # of TLS also half a record


class Wires:
    """For one thread: keeps its connections to the last few destinations."""

    def __init__(self, context: ssl.SSLContext, resolver: Resolve = resolve) -> None:
        self._context = context
        self._resolve = resolver
        self._kept: dict[Destination, _Wire] = {}

    def exchange(
        self, to: Destination, request: bytes, timeout_s: float, most_bytes: int | None = None
    ) -> HttpResponse:
        """The answer, all within `timeout_s`: its head, and with `most_bytes` its body, cut off once it is longer.

        Raises Transport, TimedOut or Malformed.
        """
        ends_at_s = time.monotonic() + timeout_s
        wire = self._wire(to, ends_at_s)
        try:
            return wire.exchange(request, ends_at_s, most_bytes)
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
            return _Wire(self._connected(to, ends_at_s))
        except TimeoutError:
            raise TimedOut(f"{to.host}: no connection in time", maybe_sent=False) from None
        except OSError as error:
            raise Transport(f"{to.host}: {words_for(error)}", maybe_sent=False) from None

    def _connected(self, to: Destination, ends_at_s: float) -> socket.socket:
        sock = self._reached(to, ends_at_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(min(CONNECT_S, _left_s(ends_at_s)))
        return self._context.wrap_socket(sock, server_hostname=to.host) if to.tls else sock

    def _reached(self, to: Destination, ends_at_s: float) -> socket.socket:
        """At the first address that takes a connection; each has its share of the time, lest a dead one takes all."""
        addresses, wrong = self._resolve(to.address), OSError(errno.EHOSTUNREACH, "it has no address")
        for tried, address in enumerate(addresses):
            try:
                share_s = _left_s(ends_at_s) / (len(addresses) - tried)
                return socket.create_connection((address, to.port), min(CONNECT_S, share_s))
            except OSError as error:
                wrong = error
        raise wrong

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
        sock.setblocking(False)  # a time-out would cost a call to the system before each read and write
        self._sock = sock
        self._reader = AnswerReader()
        self._arrivals, self._room = _poll(sock, select.POLLIN), _poll(sock, select.POLLOUT)
        self.keeps = False

    def quiet(self) -> bool:
        """Whether nothing has come since the last answer: neither an end nor what nobody asked for."""
        return not self._arrivals.poll(0)

    def exchange(self, request: bytes, ends_at_s: float, most_bytes: int | None) -> HttpResponse:
        """Raises OSError, TimeoutError among them, or Malformed."""
        self.keeps = False
        reader = self._reader
        head_only = request.startswith(b"HEAD ")
        reader.begin(None if head_only else most_bytes)
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
            self._send(memoryview(request), ends_at_s)
        while not reader.done:
            self._hear(ends_at_s)
        self.keeps = not head_only and self._hears_out()  # there are servers that send a body after a HEAD
        assert reader.status is not None
        return HttpResponse(status=reader.status, headers=reader.headers, body=reader.body)

    def close(self) -> None:
        """For good."""
        self._sock.close()

    def _hears_out(self) -> bool:
        """Whether the answer is over and the connection good for another one, having read up to a short rest."""
        reader, heard = self._reader, 0
        ends_at_s = time.monotonic() + REST_S
        if reader.over or int(reader.headers.get("content-length", 0)) > REST_BYTES:
            return reader.over and reader.keeps
        with suppress(OSError, Malformed):
            while reader.keeps and not reader.over and heard <= REST_BYTES:
                heard += self._hear(ends_at_s)
        return reader.over and reader.keeps

    def _send(self, rest: memoryview, ends_at_s: float) -> None:
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
            except FULL:
                _wait(self._room, ends_at_s)

    def _hear(self, ends_at_s: float) -> int:
        while True:
            _wait(self._arrivals, ends_at_s)
            with suppress(*EMPTY):
                data = self._sock.recv(CHUNK)
                self._reader.take(data) if data else self._reader.end()
                return len(data)


def _poll(sock: socket.socket, events: int) -> select.poll:
    poll = select.poll()
    poll.register(sock, events)
    return poll


def _wait(poll: select.poll, ends_at_s: float) -> None:
    if not poll.poll(_left_s(ends_at_s) * 1000):
        raise TimeoutError


def _left_s(ends_at_s: float) -> float:
    left_s = ends_at_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
