"""The worker's end of the line to its gateway: never blocks, bounded, and it says what it had to let go."""

import asyncio
from collections.abc import Callable
from typing import cast

from messages.media import (
    AskBearer,
    AudioStreamClosed,
    AudioStreamLanguage,
    AudioStreamOpened,
    AudioStreamsCounted,
    WorkerDrained,
    WorkerEvent,
    WorkerReady,
    WorkerReport,
)
from rules.media_line import BadLine, LineSplitter, encode

CONGESTED_BYTES = 256 * 1024  # waiting for the gateway: transcripts, gaps, notes and counts are let go
FULL_BYTES = 2 * 1024 * 1024  # no more calls are taken, so that the ends of those there are still fit
MOST_BYTES = 16 * 1024 * 1024  # nothing is kept beyond: 4,000 calls that begin and end take 4 MB
WRITE_BYTES = 64 * 1024  # that are not gathered any longer
EVENTS_A_TURN = 1_000  # of those that may be let go, between two calls of `turn`

ESSENTIAL = (WorkerReady, AudioStreamOpened, AudioStreamClosed, AudioStreamLanguage, AskBearer, WorkerDrained)
PERIODIC = (WorkerReport, AudioStreamsCounted)  # their number does not depend on what befalls


class Line(asyncio.Protocol):
    """Whole lines go to `on_line`; `on_end` hears, once, why there is no gateway any more.

    What is told in one turn of the loop is written in one: a write costs more than most events.
    """

    def __init__(self, on_line: Callable[[bytes], None], on_end: Callable[[str], None]) -> None:
        self.lost_events = 0
        self.congested = False
        self._on_line = on_line
        self._on_end = on_end
        self._splitter = LineSplitter()
        self._transport: asyncio.Transport | None = None
        self._turn = EVENTS_A_TURN
        self._told: list[bytes] = []  # in this turn of the loop
        self._told_bytes = 0

    @property
    def full(self) -> bool:
        """Whether the gateway has not read for so long that no new call may be taken."""
        return self._waiting > FULL_BYTES

    def tell(self, event: WorkerEvent) -> None:
        """Leave `event` for the gateway; what is not essential is let go and counted when there is no room."""
        if self._transport is None or self._transport.is_closing() or not self._has_room_for(event):
            self.lost_events += 1
            return
        line = encode(event)
        if not self._told:
            asyncio.get_running_loop().call_soon(self._write)
        self._told.append(line)
        self._told_bytes += len(line)
        if self._told_bytes >= WRITE_BYTES:
            self._write()

    def turn(self) -> None:
        """Begin a new allowance of events that may be let go: called with every report."""
        self._turn = EVENTS_A_TURN

    async def flush(self, within_s: float) -> None:
        """Hang up after the gateway has read what waits, or has not `within_s`."""
        self._on_end = _nobody
        if self._transport is None:
            return
        self._write()
        deadline = asyncio.get_running_loop().time() + within_s
        while self._waiting and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.005)
        self._transport.abort()
        await asyncio.sleep(0)  # in which the transport lets its socket go

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=CONGESTED_BYTES)

    def data_received(self, data: bytes) -> None:
        try:
            for line in self._splitter.feed(data):
                self._on_line(line)
        except BadLine as wrong:
            self._end(f"the gateway's line is broken: {wrong}")
            if self._transport is not None:
                self._transport.abort()

    def eof_received(self) -> bool:
        self._end("the gateway has hung up")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._end("the gateway is gone")

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False

    @property
    def _waiting(self) -> int:
        return 0 if self._transport is None else self._told_bytes + self._transport.get_write_buffer_size()

    def _write(self) -> None:
        told, self._told, self._told_bytes = self._told, [], 0
        if told and self._transport is not None:
            self._transport.write(b"".join(told))

    def _has_room_for(self, event: WorkerEvent) -> bool:
        if isinstance(event, ESSENTIAL):
            return self._waiting < MOST_BYTES
        if isinstance(event, PERIODIC):
            return not self.congested
        self._turn -= 1
        return self._turn >= 0 and not self.congested

    def _end(self, why: str) -> None:
        end, self._on_end = self._on_end, _nobody
        end(why)


def _nobody(why: str) -> None:
    """Who hears of an end that was told before."""
