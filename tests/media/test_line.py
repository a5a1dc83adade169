"""The worker's end of the line."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media import line as module
from media.line import Line
from messages.media import (
    AudioStreamClosed,
    AudioStreamCounts,
    AudioStreamOpened,
    AudioStreamTranscript,
    WorkerEvent,
    WorkerReport,
)
from rules.media_line import LineSplitter, read_event
from tests.media.workers import PATIENCE_S

REPORT = WorkerReport(calls=1, frames=2, refused=0, lost_events=0, busy=0.5)


class End:
    """What the line tells."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.ends: list[str] = []
        self.ended = asyncio.Event()

    def hang_up(self, why: str) -> None:
        self.ends.append(why)
        self.ended.set()


class WatchedLine(Line):
    """Tells when something has come, and when it may be written to again."""

    def __init__(self, end: End) -> None:
        super().__init__(end.lines.append, end.hang_up)
        self.came, self.eased = asyncio.Event(), asyncio.Event()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.came.set()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.eased.set()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[WatchedLine, End, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    end = End()
    line = WatchedLine(end)
    await asyncio.get_running_loop().connect_accepted_socket(lambda: line, ours)
    with theirs:
        yield line, end, theirs
        await line.flush(0.0)


async def read_all(theirs: socket.socket) -> list[WorkerEvent]:
    splitter, told = LineSplitter(), []
    while data := await asyncio.wait_for(asyncio.get_running_loop().sock_recv(theirs, 1 << 16), PATIENCE_S):
        told += [read_event(line) for line in splitter.feed(data)]
    return told


def opened(number: int) -> AudioStreamOpened:
    return AudioStreamOpened(
        stream_id=f"stream-{number}",
        conversation_id="conversation-1",
        participant_id="participant-1",
        protocol="media-api",
        codec="PCMU",
        sample_rate_hz=8000,
        opened_at="2026-01-01T00:00:00.000Z",
    )


def closed(number: int) -> AudioStreamClosed:
    counts = AudioStreamCounts(
        stream_id=f"stream-{number}",
        frames=1,
        gaps=0,
        repeats=0,
        malformed=0,
        dropped=0,
        buffered=0,
        lag_ms=0.0,
        unacknowledged_ms=0.0,
        jitter_ms=0.0,
        position_s=0.02,
    )
    return AudioStreamClosed(stream_id=f"stream-{number}", reason="the caller has closed", code=1000, counts=counts)


def transcript(number: int) -> AudioStreamTranscript:
    return AudioStreamTranscript(stream_id=f"stream-{number}", sequence=number, text="words " * 20)


def test_what_comes_in_pieces_is_heard_as_lines() -> None:
    async def story() -> None:
        async with connected() as (line, end, theirs):
            for piece in (b'{"type"', b':"a"}\n{"ty', b'pe":"b"}\n'):
                line.came.clear()
                await asyncio.get_running_loop().sock_sendall(theirs, piece)
                await asyncio.wait_for(line.came.wait(), PATIENCE_S)
            assert end.lines == [b'{"type":"a"}', b'{"type":"b"}']

    asyncio.run(story())


def test_a_gateway_that_does_not_read_loses_transcripts_and_never_a_beginning_or_an_end() -> None:
    async def story() -> None:
        async with connected() as (line, _end, theirs):
            for number in range(4_000):
                line.tell(opened(number))
                line.tell(transcript(number))
                line.turn()
            assert line.congested
            lost = line.lost_events
            assert 0 < lost < 4_000
            for number in range(4_000):
                line.tell(closed(number))
            assert line.lost_events == lost
            reading = asyncio.create_task(read_all(theirs))
            await line.flush(PATIENCE_S)
            told = await reading
            assert [event for event in told if isinstance(event, AudioStreamOpened)] == list(map(opened, range(4_000)))
            assert [event for event in told if isinstance(event, AudioStreamClosed)] == list(map(closed, range(4_000)))
            assert len(told) == 12_000 - lost

    asyncio.run(story())


def test_no_more_calls_are_taken_when_much_waits_and_again_when_it_was_read() -> None:
    async def story() -> None:
        async with connected() as (line, _end, theirs):
            number = 0
            while not line.full:
                line.tell(opened(number))
                number += 1
            reading = asyncio.create_task(read_all(theirs))
            await asyncio.wait_for(line.eased.wait(), PATIENCE_S)
            assert not line.full
            assert not line.congested
            await line.flush(PATIENCE_S)
            assert len(await reading) == number

    asyncio.run(story())


def test_a_flood_of_transcripts_is_thinned_between_two_turns_and_takes_no_room_from_reports() -> None:
    async def story() -> None:
        async with connected() as (line, _end, theirs):
            reading = asyncio.create_task(read_all(theirs))
            for number in range(module.EVENTS_A_TURN + 5):
                line.tell(transcript(number))
                await asyncio.sleep(0)
            assert line.lost_events == 5
            line.tell(REPORT)
            assert line.lost_events == 5
            line.turn()
            line.tell(transcript(0))
            await line.flush(PATIENCE_S)
            assert len(await reading) == module.EVENTS_A_TURN + 2

    asyncio.run(story())


def test_the_gateway_that_hangs_up_is_heard_of_once() -> None:
    async def story() -> None:
        async with connected() as (line, end, theirs):
            theirs.close()
            await asyncio.wait_for(end.ended.wait(), PATIENCE_S)
            line.tell(opened(1))
            await line.flush(PATIENCE_S)
            assert len(end.ends) == 1
            assert line.lost_events == 1

    asyncio.run(story())


def test_a_line_without_an_end_is_the_end() -> None:
    async def story() -> None:
        async with connected() as (_line, end, theirs):
            sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(theirs, b"x" * (9 * 1024 * 1024)))
            await asyncio.wait_for(end.ended.wait(), PATIENCE_S)
            assert "broken" in end.ends[0]
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    asyncio.run(story())
