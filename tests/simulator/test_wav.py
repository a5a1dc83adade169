import io
import wave
from array import array
from pathlib import Path

import pytest

import simulator
from simulator.forms import BadInput
from simulator.g711 import to_ulaw
from simulator.wav import Sound, l16_of, read_wav

CALLS = sorted((Path(simulator.__file__).parent / "audio" / "calls").glob("*.wav"))


def pcm(samples: list[int], channels: int = 1, width: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes(array("h", samples).tobytes())
    return out.getvalue()


def test_reads_pcm_as_ulaw() -> None:
    sound = read_wav(pcm([0, 1000, -1000]), "a.wav")
    assert sound == Sound(ulaw=to_ulaw(array("h", [0, 1000, -1000])), rate_hz=8000)


def test_l16_has_the_most_significant_byte_first() -> None:
    assert l16_of(read_wav(pcm([0, -32124]), "a.wav")) == bytes([0, 0, 0x82, 0x84])


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_the_calls_in_the_repository_are_a_few_seconds_of_telephone_audio(path: Path) -> None:
    sound = read_wav(path.read_bytes(), path.name)
    assert (sound.rate_hz, 2 < sound.duration_s < 7) == (8000, True)
    assert path.with_suffix(".txt").read_text().strip()


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"ID3...", "a.wav: not a WAV file"),
        (pcm([1])[:30], "a.wav: a WAV file without a format or without audio in it"),
        (pcm([1, 2], channels=2), "got 2 of format 1, 16 bits"),
        (pcm([1, 2], width=1), "got 1 of format 1, 8 bits"),
    ],
)
def test_says_what_is_wrong(raw: bytes, problem: str) -> None:
    with pytest.raises(BadInput, match=r"a\.wav") as caught:
        read_wav(raw, "a.wav")
    assert problem in caught.value.problems[0]


def test_audio_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    assert len(read_wav(pcm([1, 2, 3])[:-2], "a.wav").ulaw) == 2
