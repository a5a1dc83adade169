"""MP3 files: how long they really are, whatever their first frame or their encoder's note says."""

import struct

import pytest
from mutagen.mp3 import MPEGInfo

from clients.audio_mp3 import COUNTED, count_frames
from tests.clients.audio_cdn import recorded, shipped
from tests.clients.audio_files import Bytes, sound, trouble

MPEG1_64K = b"\xff\xfb\x50\xc0" + bytes(205)  # a frame of silence: 64 kbit/s, 44.1 kHz, mono; 209 bytes, 1152 samples
MPEG1_128K = b"\xff\xfb\x90\xc0" + bytes(413)  # 417 bytes (418 with padding)


def tagged(size: int, content: bytes) -> bytes:
    length = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    return b"ID3\x03\x00\x00" + length + bytes(size) + content


@pytest.mark.parametrize("name", ["noted.mp3", "variable.mp3"])
def test_the_encoders_note_tells_what_it_padded(name: str) -> None:
    found = sound(shipped(name))
    assert (found.container, found.codec, found.sample_rate_hz, found.channels) == ("mp3", "mp3", 22_050, 1)
    assert (found.duration_ms, found.exact) == (1250, True)


def test_without_a_note_every_frame_is_counted_whatever_their_bit_rates() -> None:
    file = shipped("unnoted.mp3")
    assert MPEGInfo(Bytes(file)).length < 0.3  # the first frame's bit rate for all of them
    found = sound(file)
    assert (found.duration_ms, found.exact) == (1306, True)  # 50 frames of 576 samples, padding included


def test_a_note_that_tells_of_less_than_there_is_is_not_believed() -> None:
    file = bytearray(shipped("variable.mp3"))
    at = file.index(b"Xing") + 8
    frames = struct.unpack(">I", file[at : at + 4])[0]
    file[at : at + 4] = struct.pack(">I", frames // 3)
    assert sound(bytes(file)).duration_ms == frames * 576 * 1000 // 22_050


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_file_that_was_cut_off_has_less_than_its_note_tells_of(kept: float) -> None:
    file = shipped("noted.mp3")
    problem = trouble(file[: int(len(file) * kept)])
    assert problem.trouble == "broken"
    assert "cut off" in problem.detail


def test_a_tag_with_a_picture_before_the_sound_is_passed_over() -> None:
    assert sound(tagged(200_000, shipped("noted.mp3"))) == sound(shipped("noted.mp3"))


def test_a_tag_behind_the_sound_is_none_of_it() -> None:
    assert sound(shipped("noted.mp3") + b"TAG" + bytes(125)) == sound(shipped("noted.mp3"))


def test_a_long_file_with_a_note_that_fits_its_size_is_as_long_as_noted() -> None:
    first = bytearray(MPEG1_128K)
    frames = COUNTED // 417 * 2
    first[21:37] = b"Xing" + struct.pack(">III", 3, frames, (frames + 1) * 417)
    found = sound(bytes(first) + MPEG1_128K * frames)
    assert (found.duration_ms, found.exact) == (round(frames * 1152 / 44.1), True)


@pytest.mark.parametrize("noted", [10, 10_000_000])
def test_a_long_file_with_a_note_that_does_not_fit_is_estimated_or_broken(noted: int) -> None:
    first = bytearray(MPEG1_128K)
    frames = COUNTED // 417 * 2
    first[21:37] = b"Xing" + struct.pack(">III", 3, noted, (noted + 1) * 417)
    file = bytes(first) + MPEG1_128K * frames
    if noted > frames:
        assert trouble(file).trouble == "broken"
    else:
        found = sound(file)
        assert not found.exact
        assert found.duration_ms == pytest.approx(frames * 1152 / 44.1, rel=0.01)


def test_a_long_file_without_a_note_is_estimated_and_says_so() -> None:
    frames = COUNTED // 417 * 3
    found = sound(MPEG1_128K * frames)
    assert not found.exact
    assert found.duration_ms == pytest.approx(frames * 1152 / 44.1, rel=0.001)


def test_frames_are_counted_over_junk_but_not_for_ever() -> None:
    assert count_frames(MPEG1_64K * 5 + b"\xffjunk" * 9 + MPEG1_64K * 5 + MPEG1_64K[:100], 44_100, 1152).frames == 10
    assert count_frames(MPEG1_64K * 5 + b"\xff" * 200_000 + MPEG1_64K * 5, 44_100, 1152).frames == 5


@pytest.mark.parametrize("noise", [b"\xff" * 70_000, b"\x00" * 70_000, bytes(range(256)) * 300, MPEG1_64K])
def test_noise_is_no_mp3(noise: bytes) -> None:
    assert trouble(noise).trouble == "not_audio"


def test_mpeg_audio_of_layer_2_is_no_mp3() -> None:
    frame = b"\xff\xfd\x40\xc0" + bytes(204)  # 64 kbit/s, 44.1 kHz: 208 bytes
    assert "layer 2" in trouble(frame * 20).detail


def test_recordings_of_lame_are_read() -> None:
    assert sound(recorded("en.standard.long.mp3")).duration_ms == 31_176
