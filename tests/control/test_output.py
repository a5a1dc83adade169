"""What goes out to one client."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from control.output import Output


class Sink:
    """A channel, and the transport under it, whose reader reads when told."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.transport = self
        self.reading = asyncio.Event()
        self.reading.set()
        self.asked = asyncio.Event()
        self.awaited = asyncio.Event()

    def go_on(self) -> None:
        self.asked.set()

    def writelines(self, lines: list[bytes]) -> None:
        self.written.extend(lines)

    def write(self, line: bytes) -> None:
        self.written.append(line)

    def get_write_buffer_size(self) -> int:
        return 0 if self.reading.is_set() else 1

    async def taken(self) -> None:
        self.awaited.set()
        await self.reading.wait()


def played(scene: Callable[[Output, Sink], Coroutine[Any, Any, None]], **bounds: int) -> None:
    async def play() -> None:
        output, sink = Output(**bounds), Sink()
        pump = asyncio.create_task(output.pump(sink))  # type: ignore[arg-type] # a sink stands for the channel
        await asyncio.wait_for(scene(output, sink), 20)
        pump.cancel()

    asyncio.run(play())


def test_writes_answers_in_order() -> None:
    async def scene(output: Output, sink: Sink) -> None:
        for line in (b"a\n", b"b\n", b"c\n"):
            output.put(line)
        await output.all_written()
        assert sink.written == [b"a\n", b"b\n", b"c\n"]

    played(scene)


def test_a_client_that_does_not_read_is_not_asked_for_more() -> None:
    async def scene(output: Output, sink: Sink) -> None:
        sink.reading.clear()
        output.put(b"x")
        await sink.awaited.wait()  # the pump has taken it
        output.put(b"y" * 10)
        assert not output.has_room()
        sink.reading.set()
        sink.asked.clear()
        await sink.asked.wait()
        assert output.has_room()

    played(scene, enough_bytes=10)


def test_a_client_that_never_reads_overflows_at_the_bound() -> None:
    async def scene(output: Output, sink: Sink) -> None:
        sink.reading.clear()
        output.put(b"x" * 60)
        assert not output.overflowed.is_set()
        output.put(b"x" * 60)
        assert output.overflowed.is_set()

    played(scene, most_bytes=100)


def test_one_long_answer_is_let_through_when_nothing_waits() -> None:
    async def scene(output: Output, sink: Sink) -> None:
        output.put(b"x" * 1000)
        await output.all_written()
        assert not output.overflowed.is_set()
        assert len(sink.written[0]) == 1000

    played(scene, most_bytes=100)


def test_an_answer_behind_which_nothing_waits_leaves_at_once() -> None:
    async def scene(output: Output, sink: Sink) -> None:
        output.put(b"first\n")
        await output.all_written()
        output.put(b"now\n")
        assert sink.written == [b"first\n", b"now\n"]
        sink.reading.clear()
        sink.awaited.clear()
        output.put(b"later\n")
        assert sink.written == [b"first\n", b"now\n"]
        await sink.awaited.wait()
        sink.reading.set()
        output.put(b"last\n")
        await output.all_written()
        assert sink.written == [b"first\n", b"now\n", b"later\n", b"last\n"]

    played(scene)
