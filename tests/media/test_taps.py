"""Who listens in on a stream's audio."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.g711 import decoded
from media.language.book import LanguageBook
from media.recording.desk import RecordingDesk
from media.taps import FirstVoice, Swapped, Tape, interleaved, taps
from messages.base import Json
from tests.media.recording.reading import samples


def ignore(_what: str, _data: Mapping[str, Json]) -> None:
    """Nobody looks at this time line."""


def taped(directory: Path, told: Callable[[Tape], None], *, codec: str = "PCMU", voices: int = 1) -> bytes:
    """The samples of the recording of what the tape was told."""
    desk = RecordingDesk(str(directory), "wav", deliver=lambda call: call())
    recording = desk.open("call", "2026-11-28T11:09:23Z", ignore, codec=codec, rate_hz=8000, channels=voices)
    tape = Tape(recording, codec=codec, voices=voices)
    told(tape)
    tape.close()
    desk.close()
    (path,) = directory.iterdir()
    return samples(path)


def test_frames_that_are_missing_are_as_long_as_the_last_one(tmp_path: Path) -> None:
    def told(tape: Tape) -> None:
        tape.audio(b"\x10" * 160)
        tape.gap("gap", 18, 21, 3)
        tape.audio(b"\x20" * 160)

    assert taped(tmp_path, told) == decoded(b"\x10" * 160 + b"\xff" * 480 + b"\x20" * 160, "PCMU")


def test_discarded_audio_is_told_in_samples(tmp_path: Path) -> None:
    def told(tape: Tape) -> None:
        tape.audio(b"\x10\x10" * 160)
        tape.gap("discarded", 160, 1000, 1)
        tape.audio(b"\x10\x10")

    assert taped(tmp_path, told, codec="L16") == b"\x10\x10" * 160 + bytes(1680) + b"\x10\x10"


@pytest.mark.parametrize("kind", ["repeat", "step_back", "dropped"])
def test_what_is_missing_elsewhere_is_not_missing_here(kind: str, tmp_path: Path) -> None:
    def told(tape: Tape) -> None:
        tape.audio(b"\x10" * 160)
        tape.gap(kind, 5, 90, 85)

    assert taped(tmp_path, told) == decoded(b"\x10" * 160, "PCMU")


def test_voices_by_turns_are_side_by_side_on_tape(tmp_path: Path) -> None:
    def told(tape: Tape) -> None:
        for chunk in (b"\x10" * 80, b"\x20" * 80, b"\x11" * 80, b"\x21" * 80):
            tape.audio(chunk)

    assert taped(tmp_path, told, voices=2) == decoded(b"\x10\x20" * 80 + b"\x11\x21" * 80, "PCMU")


def test_of_several_voices_the_first_is_listened_to() -> None:
    heard: list[bytes] = []
    voice = FirstVoice(heard.append, 2)
    for chunk in (b"one", b"other", b"one more", b"the other"):
        voice.audio(chunk)
    assert heard == [b"one", b"one more"]


def test_most_streams_have_nobody_listening() -> None:
    book = LanguageBook(lambda _standing: None, clock=lambda: 0.0, min_confidence=0.6)
    assert taps(book, None, 1) == ()


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=3), st.sampled_from([1, 2]))
def test_every_voice_can_be_taken_out_again(voices: list[bytes], sample: int) -> None:
    mixed = interleaved(voices, sample)
    whole = min(map(len, voices)) // sample
    assert len(mixed) == whole * sample * len(voices)
    for at, voice in enumerate(voices):
        blocks = [mixed[i : i + sample] for i in range(at * sample, len(mixed), sample * len(voices))]
        assert b"".join(blocks) == voice[: whole * sample]


def test_samples_that_came_high_byte_first_are_heard_low_byte_first() -> None:
    heard: list[bytes] = []
    Swapped(heard.append).audio(b"\x01\x02\x03\x04\x05")
    assert heard == [b"\x02\x01\x04\x03"]
