"""The kernel does what the Python path does, or leaves it to it: whatever comes, nobody can tell who has read."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media.poll import Read, read_each
from rules.replay import LEAST_BYTES
from tests.audiohook import EXTERNAL, LINEAR, STEREO, Scribe
from tests.media.callers import BINARY, PING, audio_json, ws_frame
from tests.media.native.odd_frames import ODD, as_long_as, plain, text
from tests.media.native.twins import Kind, Twin, audiohook_call, tutorial_call, twin

Turn = bytes | Callable[[Twin], None]


def outcome(kind: Kind, read: Read, turns: Sequence[Turn], **limits: Any) -> dict[str, object]:
    """What comes of a call whose socket `read` reads."""

    async def run() -> dict[str, object]:
        async with twin(kind, read, **limits) as call:
            for turn in turns:
                if isinstance(turn, bytes):
                    call.turn(turn)
                else:
                    turn(call)
            return call.outcome()

    return asyncio.run(run())


def others(call: Twin) -> None:
    for lane in call.lanes:
        lane.taps = (call.tapped.append,)


def more_room(call: Twin) -> None:
    if call.lanes:
        call.service.allow(1, 700)
        call.service.turn()


def full(call: Twin) -> None:
    call.service.session.paused = True


def writable(call: Twin) -> None:
    call.service.session.resume()
    call.service.turn()


def acknowledged(call: Twin) -> None:
    if call.lanes:
        call.service.acknowledge(1, call.lanes[0].frames + 98)


def spoken(call: Twin) -> None:
    for lane in call.lanes:
        lane.declared("de-DE")


def ended(call: Twin) -> None:
    for lane in call.lanes:
        lane.end("over")


BETWEEN: list[Turn] = [
    others,
    more_room,
    full,
    writable,
    acknowledged,
    acknowledged,
    spoken,
    ended,
    ws_frame(PING, b"?"),
]


def swing(number: int, odd: bytes | None = None, then: int = 1) -> tuple[bytes, bytes]:
    """A frame to learn from, and a turn of its like with `odd` among them: that is where the kernel reads.

    `then` is how far the numbers go on behind it: 0 is as if it had not been there.
    """
    odd = plain(number + 2) if odd is None else odd
    learnt, first, *last = (text(as_long_as(odd, number + shift)) for shift in (0, 1, 2 + then, 3 + then, 4 + then))
    return learnt, b"".join((first, text(odd), *last))


@dataclass(frozen=True)
class Step:
    """A swing with an odd frame in it (by its place in ODD), cut in two somewhere, and what happens behind it."""

    odd: int | None = None
    cut: float = 0.0
    between: int | None = None

    def turns(self, number: int) -> Iterator[Turn]:
        learnt, like = swing(number, None if self.odd is None else ODD[self.odd](number + 2))
        cut = int(self.cut * len(like))
        yield from (part for part in (learnt, like[:cut], like[cut:]) if part)
        if self.between is not None:
            yield BETWEEN[self.between]


def at(place: Turn) -> Step:
    """A swing, and then that."""
    return Step(between=BETWEEN.index(place))


def tutorial_turns(steps: Sequence[Step], number: int = 100) -> list[Turn]:
    """Turns of the poll, the frames numbered from `number` on."""
    return [turn for place, step in enumerate(steps) for turn in step.turns(number + 6 * place)]


STEPS = st.builds(
    Step,
    odd=st.one_of(st.none(), st.none(), st.integers(0, len(ODD) - 1)),
    cut=st.one_of(st.just(0.0), st.floats(0, 1)),
    between=st.one_of(st.none(), st.integers(0, len(BETWEEN) - 1)),
)


def alike(kind: Kind, native: Read, turns: Sequence[Turn], **limits: Any) -> bool:
    """Whether the outcome is the same; a difference is shown."""
    read, here = outcome(kind, native, turns, **limits), outcome(kind, read_each, turns, **limits)
    assert read == here
    return True


@given(
    steps=st.lists(STEPS, min_size=1, max_size=8),
    busy=st.booleans(),
    credit=st.sampled_from([700, 1_500, 5_000, 1 << 20]),
    replay_bytes=st.sampled_from([400, 100_000]),
)
@example(steps=[at(others), at(ended), Step()], busy=True, credit=1 << 20, replay_bytes=100_000)
@example(steps=[Step()] * 3, busy=True, credit=1 << 20, replay_bytes=400)
@example(steps=[Step()] * 3, busy=True, credit=1_500, replay_bytes=100_000)
@example(steps=[at(full), at(writable), Step()], busy=True, credit=1 << 20, replay_bytes=100_000)
@settings(max_examples=200, deadline=None)
def test_a_tutorial_call_is_the_same_whoever_reads(
    native: Read, steps: list[Step], busy: bool, credit: int, replay_bytes: int
) -> None:
    turns = tutorial_turns(steps)
    assert alike(tutorial_call, native, turns, busy=busy, credit=credit, replay_bytes=replay_bytes)


def test_numbers_end_where_the_services_do(native: Read) -> None:
    assert alike(tutorial_call, native, tutorial_turns([Step(), Step()], 2**31 - 8), busy=True)


@pytest.mark.parametrize("number", [2**7, 2**14, 2**21])
def test_a_number_that_takes_a_byte_more_makes_another_message(native: Read, number: int) -> None:
    assert alike(tutorial_call, native, swing(number - 2), busy=True)


def test_a_chunk_that_is_shorter_by_what_its_number_is_longer_is_another_than_the_one_before(native: Read) -> None:
    """128 is the first sequence number that takes two bytes of the message. Source: protobuf.dev, "Encoding"."""
    assert alike(tutorial_call, native, swing(126, plain(128, audio=b"\x11" * 159)), busy=True)


@pytest.mark.parametrize("size", [1, LEAST_BYTES - 1, LEAST_BYTES, LEAST_BYTES + 1])
def test_a_small_chunk_takes_the_room_of_a_greater_one(native: Read, size: int) -> None:
    turns = [text(plain(number, audio=b"\x11" * size)) for number in range(100, 120)]
    turns = [turns[0], b"".join(turns[1:])]
    assert alike(tutorial_call, native, turns, busy=True, replay_bytes=10 * LEAST_BYTES)


def test_what_is_too_old_to_be_sent_again_is_not_kept(native: Read) -> None:
    assert alike(tutorial_call, native, swing(100), busy=True, replay_s=0.0)


def test_what_the_connection_to_the_service_has_no_room_for_waits(native: Read) -> None:
    """65,535 bytes of all its streams, until it allows more. RFC 9113 section 6.9.2."""
    numbers = iter(range(100, 500))
    turns = [b"".join(text(audio_json(number)) for number in islice(numbers, 20)) for _ in range(20)]
    assert alike(tutorial_call, native, turns, busy=True)


@pytest.mark.parametrize("then", [0, 1])
@pytest.mark.parametrize("odd", range(len(ODD)))
def test_one_odd_frame_among_others_makes_no_difference(native: Read, odd: int, then: int) -> None:
    assert alike(tutorial_call, native, swing(100, ODD[odd](102), then), busy=True)


def test_what_follows_a_close_in_the_same_turn_is_heard_by_nobody(native: Read) -> None:
    malformed = b"{" * len(plain(100))
    turn = text(plain(101)) + text(malformed) * 26 + text(plain(102)) * 3
    assert alike(tutorial_call, native, [text(plain(100)), turn], busy=True)


def test_base64_of_any_bytes_is_what_was_meant(native: Read) -> None:
    """All values of a byte at all places of a group of three."""
    audios = [bytes((shift + index) % 256 for index in range(258)) for shift in (0, 1, 2, 85, 171)]
    first, *frames = (text(audio_json(number, audio)) for number, audio in enumerate([audios[0], *audios], start=100))
    sent = outcome(tutorial_call, native, [first, b"".join(frames)], busy=True)["sent"]
    assert isinstance(sent, bytes)
    assert all(audio in sent for audio in audios)


# --- AudioHook ---


def audiohook_turns(media: dict[str, Any], kinds: str) -> list[Turn]:
    """A session of that media; each letter is a turn of the poll."""
    scribe = Scribe()
    scribe.frame_bytes = (2 if media is LINEAR else 1) * len(media["channels"])
    return [text(scribe.open(media).encode()), *(_audiohook_turn(kind, scribe) for kind in kinds)]


def _audiohook_turn(kind: str, scribe: Scribe) -> Turn:
    match kind:
        case "a":
            return b"".join(ws_frame(BINARY, scribe.audio(160), mask=b"\x91\2\3\4") for _ in range(9))
        case "b":
            return ws_frame(BINARY, scribe.audio(240)) + ws_frame(BINARY, scribe.audio(160))
        case "o":
            return ws_frame(BINARY, b"x" * 161)
        case "c":
            frame = ws_frame(BINARY, scribe.audio(160))
            return frame + frame[:100]
        case "p":
            return text(scribe.say("ping").encode()) + ws_frame(BINARY, scribe.audio(160)) * 2
        case "d":
            return text(scribe.lost("discarded", 160).encode()) + ws_frame(BINARY, scribe.audio(160)) * 3
        case "z":
            return text(scribe.say("paused").encode())
        case "r":
            return text(scribe.lost("resumed", 0).encode())
        case _:
            return others


@given(
    media=st.sampled_from([EXTERNAL, EXTERNAL, LINEAR, STEREO]),
    kinds=st.text("aaaaaaabocpdtzr", max_size=25),
    busy=st.booleans(),
)
@example(media=EXTERNAL, kinds="aazaaaraa", busy=True)  # audio that comes while there should be none
@settings(max_examples=150, deadline=None)
def test_an_audiohook_session_is_the_same_whoever_reads(
    native: Read, media: dict[str, Any], kinds: str, busy: bool
) -> None:
    assert alike(audiohook_call, native, audiohook_turns(media, kinds), busy=busy)
