"""The service's front door: bytes to and from gRPC behind it, and what only the wire can do, done on it.

gRPC in Python cannot reset one stream or break one connection. So its server listens on a Unix socket, and this relay
in front of it cuts the bytes into HTTP/2 frames. An order to the wire travels as a message of the stream that it
concerns: `Orders` makes one, the relay finds it on its way out and carries it out instead of passing it on.
TLS ends here. Source: RFC 9113 sections 4.1 and 6.4, the gRPC wire format ("PROTOCOL-HTTP2").
"""

import asyncio
import secrets
import ssl
from collections.abc import Callable
from struct import Struct

from simulator.sessions import reset

PREFACE_BYTES = 24
HEAD_BYTES = 9
PREFIX_BYTES = 5  # of a gRPC message: a flag and its length
DATA, RST_STREAM = 0x0, 0x3
END_STREAM, PADDED = 0x1, 0x8
CANCEL = 0x8
BACKLOG = 4096
_HEAD = Struct("!HBBBI").unpack_from  # length in 16 and 8 bits, type, flags, stream
_CODE = Struct("!I")


class Orders:
    """What a handler may order of the wire, as messages that nobody can send by chance."""

    _SECRET = 24  # bytes

    def __init__(self) -> None:
        self._mark = secrets.token_bytes(self._SECRET)

    def reset(self, code: int) -> bytes:
        """RST_STREAM with this HTTP/2 error code, to both sides."""
        return self._mark + b"R" + _CODE.pack(code)

    def abort(self) -> bytes:
        """A TCP reset of the connection, with every stream on it."""
        return self._mark + b"A" + _CODE.pack(0)

    def find(self, data: bytes) -> int:
        """Where in `data` an order begins; -1: there is none."""
        return data.find(self._mark)

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """The order that begins there: `R` or `A`, and its code."""
        at += self._SECRET
        return chr(data[at]), _CODE.unpack_from(data, at + 1)[0]


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """One HTTP/2 frame."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def whole(data: bytes | bytearray, at: int = 0) -> int:
    """Where the last whole frame in `data` ends, the first one beginning at `at`."""
    size = len(data)
    while at + HEAD_BYTES <= size:
        high, low, _, _, _ = _HEAD(data, at)
        end = at + HEAD_BYTES + (high << 8 | low)
        if end > size:
            break
        at = end
    return at


class Half(asyncio.Protocol):
    """One side of a connection; what comes in goes out at the `other`. Reads only as fast as that one takes it."""

    def __init__(self, cut: Callable[[bytes], bytes], on_end: Callable[[], None]) -> None:
        self.other: Half | None = None
        self.transport: asyncio.Transport | None = None
        self._cut = cut
        self._on_end = on_end
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        for data in self._early:
            transport.write(data)
        self._early.clear()

    def data_received(self, data: bytes) -> None:
        if out := self._cut(data):
            self._pass_on(out)

    def write(self, data: bytes) -> None:
        if self.transport is None:
            self._early.append(data)
        else:
            self.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()
        self._on_end()

    def _pass_on(self, data: bytes) -> None:
        assert self.other is not None
        self.other.write(data)


class Link:
    """One client's connection and the one behind it that serves it."""

    def __init__(self, orders: Orders, on_end: Callable[["Link"], None]) -> None:
        self._orders = orders
        self._on_end = on_end
        self._up, self._down = bytearray(), bytearray()
        self._greeted = False
        self.client, self.service = Half(self._upward, self._ended), Half(self._downward, self._ended)
        self.client.other, self.service.other = self.service, self.client

    def abort(self) -> None:
        """Break both connections; the client's with a TCP reset."""
        if self.client.transport is not None:
            reset(self.client.transport)
        if self.service.transport is not None:
            self.service.transport.abort()

    def _ended(self) -> None:
        self._on_end(self)

    def _upward(self, data: bytes) -> bytes:
        """Only whole frames go up, so that one of ours may follow them."""
        kept = self._up
        kept += data
        begin = 0 if self._greeted else PREFACE_BYTES
        if len(kept) < begin:
            return b""
        self._greeted = True
        return _taken(kept, whole(kept, begin))

    def _downward(self, data: bytes) -> bytes:
        kept = self._down
        kept += data
        out = _taken(kept, whole(kept))
        return out if self._orders.find(out) < 0 else self._obeyed(out)

    def _obeyed(self, data: bytes) -> bytes:
        """`data` without the orders in it, which are carried out."""
        out, at = b"", 0
        while at < len(data):
            high, low, kind, flags, stream = _HEAD(data, at)
            end = at + HEAD_BYTES + (high << 8 | low)
            payload = data[at + HEAD_BYTES : end]
            found = self._orders.find(payload) if kind == DATA and not flags & PADDED else -1
            if found < 0:
                out += data[at:end]
            else:
                before = payload[: max(0, found - PREFIX_BYTES)]
                out += frame(DATA, flags & ~END_STREAM, stream, before) if before else b""
                out += self._carried_out(*self._orders.read(payload, found), stream)
            at = end
        return out

    def _carried_out(self, order: str, code: int, stream: int) -> bytes:
        if order == "A":
            self.abort()
            return b""
        self.service.write(frame(RST_STREAM, 0, stream, _CODE.pack(CANCEL)))
        return frame(RST_STREAM, 0, stream, _CODE.pack(code))


def _taken(kept: bytearray, end: int) -> bytes:
    out = bytes(kept[:end])
    del kept[:end]
    return out


class Relay:
    """Listens from `start` to `stop`; `path` is the Unix socket behind it, and may change while it listens."""

    def __init__(self, orders: Orders, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self.host, self.port = host, port
        self.path = ""
        self._orders = orders
        self._context = context
        self._server: asyncio.Server | None = None
        self._links: set[Link] = set()
        self._connecting: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._accept, self.host, self.port, ssl=self._context, backlog=BACKLOG, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections; those that there are go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def abort(self) -> int:
        """Break every connection; how many those were."""
        links = list(self._links)
        for link in links:
            link.abort()
        return len(links)

    def _accept(self) -> asyncio.Protocol:
        link = Link(self._orders, self._links.discard)
        self._links.add(link)
        task = asyncio.get_running_loop().create_task(self._connect(link))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return link.client

    async def _connect(self, link: Link) -> None:
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: link.service, self.path)
        except OSError:
            link.abort()
