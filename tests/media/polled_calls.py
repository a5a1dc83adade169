"""A call without a network, read by the poll or by picows alone."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, cast

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from media.connection import Connection
from media.house import House
from media.language.desk import LanguageDesk
from media.poll import feed
from tests.media.callers import request
from tests.media.houses import RecordedLine
from tests.media.workers import PATIENCE_S, plan

MOST_BYTES = 300
P = ParamSpec("P")


class Wire(asyncio.Transport):
    """A connection as asyncio has it, of which the test sees whether it is read and what was written."""

    def __init__(self, sock: socket.socket, changed: Callable[[], None] = lambda: None) -> None:
        super().__init__({"socket": sock, "peername": "", "sockname": ""})
        self._changed = changed
        self.reads = False
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.get_extra_info("socket").sendall(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True
        self._changed()

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.ended = True


class Hearer(Connection):
    """Keeps its messages; some of them make it do something."""

    def __init__(self, house: House, changed: Callable[[], None]) -> None:
        super().__init__(house)
        self.heard: list[tuple[bytes, bool]] = []
        self._changed = changed
        self.most_bytes = MOST_BYTES

    def message(self, payload: bytes, is_text: bool) -> None:
        self.heard.append((payload, is_text))
        self._changed()
        if payload == b"close":
            self.close(1003, "asked to")
        elif payload == b"pause":
            self.pause()
        elif payload == b"break":
            raise ValueError("a fault of ours")


@dataclass
class Call:
    """One upgraded connection without a network: what it was sent goes in by `protocol`, or by the other `end`."""

    end: socket.socket
    wire: Wire
    protocol: WSProtocol
    hearer: Hearer
    changed: asyncio.Event
    faults: list[object] = field(default_factory=list)

    def outcome(self) -> tuple[list[tuple[bytes, bool]], bytes, bool, bool]:
        """Messages, what was answered, whether the close is settled, and whether the socket is closed."""
        return self.hearer.heard, self.answers(), self.hearer.closing, self.wire.ended

    def answers(self) -> bytes:
        """What has been written since this was last asked."""
        with suppress(BlockingIOError):
            return self.end.recv(65536)
        return b""

    def fault(self, _loop: object, context: dict[str, object]) -> None:
        self.faults.append(context["exception"])
        self.changed.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Until what was heard of this call, its faults or its socket is as it should be."""
        async with asyncio.timeout(PATIENCE_S):
            while not done():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def upgraded(*, together: bool) -> AsyncIterator[Call]:
    """A call, read by the house's poll or by nobody."""
    told = plan()
    loop = asyncio.get_running_loop()
    languages = LanguageDesk(told.language)
    house = House(told, RecordedLine(), cast(Callable[..., object], None), languages)  # type: ignore[arg-type]
    near, far = connected()
    near.setblocking(False)
    far.setblocking(False)
    with near, far:
        changed = asyncio.Event()
        wire, hearer = Wire(near, changed.set), Hearer(house, changed.set)
        call = Call(far, wire, protocol_for(hearer), hearer, changed)
        loop.set_exception_handler(call.fault)
        call.protocol.connection_made(wire)
        feed(call.protocol, request())
        assert call.answers().startswith(b"HTTP/1.1 101")
        if together:
            hearer.read_together(call.protocol, wire)
        yield call
        if hearer.reading is not None:
            hearer.reading.leave()
        house.poll.close()


def connected() -> tuple[socket.socket, socket.socket]:
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        far = socket.create_connection(server.getsockname())
        return server.accept()[0], far


def on_a_loop(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """`test` to its end, on a loop of its own."""

    @wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def protocol_for(hearer: Connection) -> WSProtocol:
    def admit(_request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(), hearer)

    log = logging.LoggerAdapter(logging.getLogger("tests.media.polled_calls"))
    idle = WSAutoPingStrategy.PING_WHEN_IDLE
    return WSProtocol(
        None, None, False, admit, log, True, None, False, 0, 0, idle, False, hearer.most_bytes, None, 4096
    )
