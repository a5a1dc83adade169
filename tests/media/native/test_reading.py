"""That it is the kernel which reads, what it makes of a socket, and what it refuses to work on."""

import select
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import chain, count, islice
from typing import Any, cast

import pytest

from media.native.load import CLASSES, fitted
from media.poll import Read
from media.transcription.lean.session import MAX_PIECES
from media.tutorial import TutorialCall
from tests.audiohook import EXTERNAL, Scribe
from tests.media.callers import BINARY, CONTINUATION, TEXT, audio_json, ws_frame
from tests.media.native.odd_frames import text
from tests.media.native.twins import Kind, Twin, audiohook_call, tutorial_call, twin
from tests.media.polled_calls import on_a_loop
from tests.media.workers import PATIENCE_S

# --- that it is the kernel which reads ---


def passed_on(call: Twin) -> list[bytes]:
    """What comes to the Python path from now on."""
    heard: list[bytes] = []
    assert call.call.reading is not None
    message = call.call.reading.message

    def hear(payload: bytes, is_text: bool) -> None:
        heard.append(payload)
        message(payload, is_text)

    call.call.reading.message = hear
    return heard


@on_a_loop
async def test_of_the_frames_of_a_turn_only_the_first_goes_through_python(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        call.turn(text(audio_json(100)))
        heard = passed_on(call)
        call.turn(b"".join(text(audio_json(number)) for number in range(101, 121)))
        assert heard == [audio_json(101)]
        assert call.lanes[0].frames == 21


@on_a_loop
async def test_of_audiohooks_too(native: Read) -> None:
    async with twin(audiohook_call, native) as call:
        scribe = Scribe()
        call.turn(text(scribe.open(EXTERNAL).encode()) + ws_frame(BINARY, scribe.audio(160)))
        heard = passed_on(call)
        call.turn(b"".join(ws_frame(BINARY, scribe.audio(160)) for _ in range(20)))
        assert len(heard) == 1
        assert call.lanes[0].frames == 21


@on_a_loop
async def test_what_it_reads_moves_the_clocks_of_the_lane(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        call.turn(text(audio_json(100)) + text(audio_json(101)))
        lane = call.lanes[0]
        before, was = lane._transit, lane.jitter_s
        call.turn(text(audio_json(102)) + text(audio_json(103)))
        assert before is not None
        assert lane._transit is not None
        assert lane._transit < before  # two frames of 20 ms came at once
        assert lane.jitter_s != was


@on_a_loop
async def test_a_turn_within_a_message_of_another_leaves_that_others_bytes_alone(native: Read) -> None:
    async with twin(tutorial_call, native) as call, twin(tutorial_call, native) as other:
        call.turn(text(audio_json(100)))
        assert call.call.reading is not None
        message = call.call.reading.message

        def hear(payload: bytes, is_text: bool) -> None:
            other.turn(text(audio_json(7, b"other's")) * 9)
            message(payload, is_text)

        call.call.reading.message = hear
        call.turn(text(audio_json(101)) + text(audio_json(102)))
        assert call.lanes[0].frames == 3


@on_a_loop
async def test_what_is_gathered_in_a_turn_is_written_before_it_is_too_much(native: Read) -> None:
    async with twin(tutorial_call, native, busy=True) as call:
        call.turn(text(audio_json(100)))
        for _ in range(MAX_PIECES - 10):
            call.service.session.ping(b"other's.")
        before = len(call.service.sent)
        call.turn(b"".join(text(audio_json(number)) for number in range(101, 121)))
        assert len(call.service.sent) == before + 2


# --- what it leaves behind ---


async def kept_after(native: Read, kind: Kind, frames: Iterator[bytes], odd: bytes) -> int:
    """How many more blocks of memory are in use after a hundred turns of frames, and of frames that it leaves."""
    async with twin(kind, native, busy=True) as call:
        before = 0
        for turn in range(150):
            if turn == 50:
                before = sys.getallocatedblocks()
            call.turn(b"".join(islice(frames, 20)) + odd)
            call.service.sent.clear()
            call.line.told.queue.clear()
            call.service.allow(1, 20_000)
            call.service.acknowledge(1, 2**31 - 1)
            call.answers()
        return sys.getallocatedblocks() - before


@on_a_loop
async def test_a_tutorial_frame_leaves_no_memory_behind(native: Read) -> None:
    frames = (text(audio_json(number)) for number in count(1_000))
    assert await kept_after(native, tutorial_call, frames, text(b"{" * len(audio_json(1_000)))) < 1_000


@on_a_loop
async def test_nor_does_one_of_audiohook(native: Read) -> None:
    scribe = Scribe()
    opening = [text(scribe.open(EXTERNAL).encode())]
    frames = chain(opening, (ws_frame(BINARY, scribe.audio(160)) for _ in count()))
    assert await kept_after(native, audiohook_call, frames, b"") < 1_000


@on_a_loop
async def test_what_it_works_on_is_not_held(native: Read) -> None:
    async with twin(tutorial_call, native, busy=True) as call:
        call.turn(text(audio_json(100)) + text(audio_json(101)))
        uplink: Any = call.lanes[0].uplink
        used = [call.call, call.call.reading, call.lanes[0], uplink, uplink._stream, uplink._replay, uplink._encoder]
        held = [sys.getrefcount(one) for one in used]
        call.turn(b"".join(text(audio_json(number)) for number in range(102, 112)))
        assert [sys.getrefcount(one) for one in used] == held
        assert call.lanes[0].frames == 12


@on_a_loop
async def test_of_many_calls_in_a_turn_all_are_read_but_who_leaves_meanwhile(native: Read) -> None:
    async with AsyncExitStack() as stack:
        calls = [await stack.enter_async_context(twin(tutorial_call, native)) for _ in range(20)]
        for call in calls:
            call.turn(text(audio_json(100)))
        every = [reading for call in calls if (reading := call.call.reading) is not None]
        readings = {reading.fd: reading for reading in every}
        leaving = {1, 5, 19}  # the next, one that is asked for already, and the last

        def leave(_payload: bytes, _is_text: bool) -> None:
            for at in leaving:
                del readings[every[at].fd]

        every[0].message = leave  # type: ignore[assignment]
        for call in calls:
            call.send(text(audio_json(101)))
        held = [sys.getrefcount(every[at]) for at in range(20)]
        native(readings, [(fd, 1) for fd in readings])
        assert [call.lanes[0].frames for call in calls] == [1 if at in {0, *leaving} else 2 for at in range(20)]
        assert [sys.getrefcount(every[at]) + (at in leaving) for at in range(20)] == held


# --- what is not borne ---


@on_a_loop
async def test_a_fault_of_ours_ends_the_call_and_is_told(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        call.turn(text(audio_json(100)))
        assert call.call.reading is not None

        def message(payload: bytes, is_text: bool) -> None:
            raise ValueError("a fault of ours")

        call.call.reading.message = message
        call.turn(text(audio_json(101)) + text(audio_json(102)))
        assert call.faults == ["a fault of ours"]
        assert call.call.closing
        assert call.call.reading is None


def read(native: Read, call: Twin) -> None:
    reading = call.call.reading
    assert reading is not None
    native({reading.fd: reading}, [(reading.fd, 1)])


def hang_up(call: Twin) -> None:
    """Close the far end, and wait until that has come."""
    call.far.close()
    assert select.select([call.wire.get_extra_info("socket")], [], [], PATIENCE_S)[0]


@on_a_loop
async def test_a_socket_that_broke_is_left(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        read(native, call)  # nothing has come
        assert not call.wire.ended
        call.wire.write(b"not read")
        assert select.select([call.far], [], [], PATIENCE_S)[0]
        hang_up(call)  # is a reset, for that
        read(native, call)
        assert (call.call.reading, call.wire.ended) == (None, True)


@on_a_loop
async def test_the_end_of_what_is_sent_is_left_to_the_loop(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        call.send(text(audio_json(100)))
        read(native, call)
        hang_up(call)
        read(native, call)
        assert (call.call.reading, call.wire.reads) == (None, True)


@on_a_loop
async def test_who_has_left_in_a_turn_is_not_read(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        call.send(text(audio_json(100)))
        native({}, [(call.call.reading.fd, 1)])  # type: ignore[union-attr]
        assert not call.lanes


@pytest.mark.parametrize("arguments", [(), ({},), ([], []), ({}, {}), ({}, [], [])])
def test_it_is_called_with_readings_and_events(native: Any, arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match="readings by descriptor"):
        native(*arguments)


def test_what_is_no_reading_is_refused(native: Any) -> None:
    with pytest.raises(TypeError, match="only a Reading"):
        native({3: object()}, [(3, 1)])


class Shifted(TutorialCall):
    """Without the slots of its own that the kernel looks for."""


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ({}, "no class is given as Reading"),
        ({**CLASSES, "Lane": "Lane"}, "no class is given as Lane"),
        ({**CLASSES, "TutorialCall": Shifted}, "Shifted has no slot _expected"),
    ],
)
def test_classes_that_it_was_not_made_for_are_refused(native: Read, classes: dict[str, type], told: str) -> None:
    module = cast(Any, native).__self__
    try:
        with pytest.raises(TypeError, match=told):
            module.fit(classes, None)
        with pytest.raises(TypeError, match="after fit"):
            native({}, [])
    finally:
        fitted(module)


@on_a_loop
async def test_fragments_are_left_to_python(native: Read) -> None:
    async with twin(tutorial_call, native) as call:
        call.turn(text(audio_json(100)) + text(audio_json(101)))
        half = len(audio_json(102)) // 2
        whole = audio_json(102)
        call.turn(ws_frame(TEXT, whole[:half], fin=False) + ws_frame(CONTINUATION, whole[half:]))
        assert call.lanes[0].frames == 3
