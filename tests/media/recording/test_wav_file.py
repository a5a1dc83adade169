"""WAV files as they grow."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.g711 import SAMPLE_BYTES, decoded
from media.recording.shelf import create
from media.recording.wav_file import WavFile
from tests.media.recording.reading import samples, shape


@pytest.mark.parametrize(("codec", "subtype"), [("PCMU", "ULAW"), ("PCMA", "ALAW"), ("L16", "PCM_16")])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_written_is_read_by_others(codec: str, subtype: str, channels: int, tmp_path: Path) -> None:
    path, audio = tmp_path / "call.wav", bytes(range(256)) * 10
    file = WavFile(create(path), codec=codec, rate_hz=8000, channels=channels)
    file.write(audio[:1000])
    file.write(audio[1000:])
    file.close()
    assert shape(path) == ("WAV", subtype, 8000, channels)
    assert samples(path) == decoded(audio, codec)


def is_taken_for_wavpack(pieces: list[bytes]) -> bool:
    """libsndfile believes audio that begins so to be compressed, whatever the header says."""
    return b"".join(pieces).startswith(b"wvpk")


PIECES = st.lists(st.binary(max_size=50).map(lambda some: some + some)).filter(
    lambda pieces: not is_taken_for_wavpack(pieces)
)


@given(st.sampled_from(["PCMU", "L16"]), PIECES)
def test_the_file_is_whole_after_every_write(codec: str, pieces: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path, so_far = Path(directory) / "call.wav", b""
        file = WavFile(create(path), codec=codec, rate_hz=8000, channels=1)
        for piece in pieces:
            assert samples(path) == decoded(so_far, codec)
            file.write(piece)
            so_far += piece
        file.close()
        assert samples(path) == decoded(so_far, codec)
        assert len(so_far) % SAMPLE_BYTES[codec] == 0


def test_the_file_has_an_even_number_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    file = WavFile(create(path), codec="PCMU", rate_hz=8000, channels=1)
    file.write(b"\x80\x80\x80")
    file.close()
    assert path.stat().st_size % 2 == 0
    assert int.from_bytes(path.read_bytes()[4:8], "little") == path.stat().st_size - 8
    assert samples(path) == decoded(b"\x80\x80\x80", "PCMU")


def test_a_full_disk_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match="No space left"):
        WavFile(os.open("/dev/full", os.O_RDWR), codec="PCMU", rate_hz=8000, channels=1)
