"""What a file is, by its bytes; and that no bytes whatever lead anywhere else than to an answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.audio_formats import read_sound, what_else
from clients.audio_sound import Sound
from clients.audio_source import Unreadable
from tests.clients.audio_cdn import recorded, shipped, wav
from tests.clients.audio_files import Bytes, sound, trouble

WHOLE = {
    "wav": wav(0.3),
    "noted": shipped("noted.mp3"),
    "variable": shipped("variable.mp3"),
    "unnoted": shipped("unnoted.mp3"),
    "vorbis": shipped("stereo.ogg"),
    "opus": recorded("en.standard.welcome.opus"),
}
NOTED = sorted(set(WHOLE) - {"unnoted"})  # nothing tells how long an MP3 without a note was meant to be


def read(content: bytes) -> Sound | str:
    """What it is, or which trouble there is with it."""
    try:
        return read_sound(Bytes(content))
    except Unreadable as wrong:
        return wrong.problem.trouble


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
        (b"\xef\xbb\xbf\r\n  <HTML>", "an HTML page"),
        (b'<?xml version="1.0"?><Error><Code>NoSuchKey', "an XML document"),
        (b'{"error": "not found"}', "text"),
        (b"fLaC\x00\x00\x00\x22", "a FLAC file"),
        (b"\x00\x00\x00\x20ftypM4A \x00", "an MP4 file"),
        (b"FORM\x00\x00\x00\x00AIFF", "an AIFF file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xf1\x50\x80", "an AAC file"),
    ],
)
def test_what_is_no_audio_is_named(start: bytes, name: str) -> None:
    problem = trouble(start)
    assert problem.trouble == "not_audio"
    assert f"the file is {name}," in problem.detail


def test_a_tag_in_plain_letters_is_no_text() -> None:
    assert what_else(b"ID3 and so on") is None


def test_an_mp3_that_calls_itself_wav_is_an_mp3() -> None:
    assert sound(recorded("en.standard.lying.wav")).container == "mp3"


@pytest.mark.parametrize("name", ["en.standard.broken.wav", "en.standard.broken.mp3"])
def test_broken_files_are_told_as_such(name: str) -> None:
    assert trouble(recorded(name)).trouble in {"broken", "not_audio"}


@given(st.sampled_from(NOTED), st.data())
@settings(max_examples=300)
def test_a_file_that_was_cut_off_is_never_taken_for_a_shorter_one(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    length = data.draw(st.integers(1, len(whole) - 1))
    found = read(whole[:length])
    if isinstance(found, Sound):  # what is missing is a tag, or the padding in the last frame
        assert found == sound(whole)
        assert length > len(whole) * 0.9


@given(st.sampled_from(sorted(WHOLE)), st.data())
@settings(max_examples=500)
def test_a_damaged_file_is_read_or_unreadable_and_nothing_else(name: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[name])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12)):
        content[at % len(content)] = byte
    found = read(bytes(content))
    if isinstance(found, Sound):
        assert min(found.duration_ms, found.sample_rate_hz, found.channels) > 0
    else:
        assert found in {"broken", "not_audio", "empty"}


@given(st.sampled_from([b"", b"OggS\x00", b"RIFF____WAVE", b"RIFF____WAVEfmt ", b"ID3\x03\x00\x00"]), st.binary())
@settings(max_examples=300)
def test_any_bytes_are_read_or_unreadable(start: bytes, rest: bytes) -> None:
    found = read(start + rest)
    assert isinstance(found, Sound) or found in {"broken", "not_audio", "empty"}
