"""WAV files: what their chunks say, as far as the file bears it out."""

import struct

import pytest

from clients.audio_wav import codec_name
from tests.clients.audio_cdn import recorded, wav
from tests.clients.audio_files import sound, trouble


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def form(tag: int = 1, channels: int = 1, rate: int = 8000, bytes_per_s: int = 16_000, bits: int = 16) -> bytes:
    return struct.pack("<HHIIHH", tag, channels, rate, bytes_per_s, channels * bits // 8, bits)


def test_tells_what_is_in_it_to_the_millisecond() -> None:
    found = sound(wav(1.2345, rate=16_000, channels=2))
    assert (found.container, found.codec, found.sample_rate_hz, found.channels) == ("wav", "pcm_s16", 16_000, 2)
    assert (found.duration_ms, found.exact) == (1234, True)  # 19,752 frames


@pytest.mark.parametrize(
    ("tag", "bits", "codec", "size"),
    [(1, 8, "pcm_u8", 8000), (1, 24, "pcm_s24", 24_000), (3, 32, "pcm_f32", 32_000), (6, 8, "pcm_alaw", 8000)],
)
def test_counts_samples_of_any_width(tag: int, bits: int, codec: str, size: int) -> None:
    found = sound(riff((b"fmt ", form(tag, bits=bits)), (b"data", bytes(size))))
    assert (found.codec, found.duration_ms) == (codec, 1000)


def test_the_extensible_form_says_further_down_what_it_is() -> None:
    extension = struct.pack("<HHIH", 22, 16, 4, 7) + bytes(14)
    assert sound(riff((b"fmt ", form(0xFFFE, bits=8) + extension), (b"data", bytes(800)))).codec == "pcm_mulaw"


def test_chunks_of_odd_length_before_the_samples_are_passed_over() -> None:
    chunks = ((b"LIST", b"odd"), (b"fmt ", form()), (b"bext", bytes(701)), (b"data", bytes(1600)), (b"cue ", bytes(4)))
    assert sound(riff(*chunks)).duration_ms == 100


def test_packed_formats_last_as_long_as_their_fact_chunk_says() -> None:
    gsm = form(0x31, bytes_per_s=1625, bits=0)
    found = sound(riff((b"fmt ", gsm), (b"fact", struct.pack("<I", 12_000)), (b"data", bytes(2438))))
    assert (found.codec, found.duration_ms, found.exact) == ("gsm", 1500, True)


def test_without_a_fact_chunk_it_is_an_estimate_and_says_so() -> None:
    found = sound(riff((b"fmt ", form(0x11, bytes_per_s=4055, bits=4)), (b"data", bytes(8110))))
    assert (found.codec, found.duration_ms, found.exact) == ("adpcm_ima", 2000, False)


@pytest.mark.parametrize("told", [0xFFFF_FFFF, 0x7FFF_F000])
def test_a_file_that_was_written_to_a_pipe_lasts_to_its_end(told: int) -> None:
    file = bytearray(wav(0.5))
    file[40:44] = struct.pack("<I", told)
    found = sound(bytes(file))
    assert (found.duration_ms, found.exact) == (500, False)


def test_a_file_that_was_cut_off_is_no_shorter_file() -> None:
    problem = trouble(wav(1.0)[:-1])
    assert problem.trouble == "broken"
    assert "cut off: it tells of 16000 bytes of sound, 15999 are there" in problem.detail


@pytest.mark.parametrize("length", [12, 19, 30, 36, 43])
def test_a_file_that_ends_before_its_sound_is_broken(length: int) -> None:
    assert trouble(wav()[:length]).trouble == "broken"


def test_no_samples_at_all_are_nothing_to_play() -> None:
    assert trouble(wav(0.0)).trouble == "empty"


@pytest.mark.parametrize("bad", [form(channels=0), form(rate=0), form(bits=0), form(tag=2, bytes_per_s=0), b"short"])
def test_a_format_without_sense_is_broken(bad: bytes) -> None:
    assert trouble(riff((b"fmt ", bad), (b"data", bytes(100)))).trouble == "broken"


def test_samples_before_their_format_cannot_be_read() -> None:
    assert trouble(riff((b"data", bytes(100)), (b"fmt ", form()))).trouble == "broken"


def test_chunks_without_end_are_not_followed_for_ever() -> None:
    assert trouble(riff(*[(b"junk", b"")] * 1000, (b"fmt ", form()), (b"data", bytes(100)))).trouble == "broken"


def test_a_codec_without_a_name_is_called_by_its_number() -> None:
    assert codec_name(0x1234, 16) == "wav_0x1234"


def test_recordings_of_sox_are_read() -> None:
    assert sound(recorded("en.standard.welcome.wav")).duration_ms == 2560
