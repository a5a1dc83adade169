"""FLAC files as they grow."""

import os
import shutil
from pathlib import Path
from random import Random

import pytest

from media.g711 import decoded
from media.recording.flac_file import FlacFile
from media.recording.shelf import create
from tests.media.recording.reading import samples, shape

NOISE = Random(5).randbytes(80_000)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "L16"])
def test_nothing_is_lost(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "call.flac"
    file = FlacFile(create(path), codec=codec, rate_hz=8000, channels=1)
    for at in range(0, len(NOISE), 4000):
        file.write(NOISE[at : at + 4000])
    file.close()
    assert shape(path) == ("FLAC", "PCM_16", 8000, 1)
    assert samples(path) == decoded(NOISE, codec)


def test_a_file_that_was_never_closed_can_be_read_up_to_its_last_block(tmp_path: Path) -> None:
    path, copy = tmp_path / "call.flac", tmp_path / "copy.flac"
    file = FlacFile(create(path), codec="PCMU", rate_hz=8000, channels=1)
    file.write(NOISE)
    shutil.copy(path, copy)
    file.close()
    there = (len(NOISE) // 4096 - 1) * 4096
    assert samples(copy, there) == decoded(NOISE[:there], "PCMU")


def test_a_full_disk_is_an_error_of_the_system() -> None:
    def fill() -> None:
        file = FlacFile(os.open("/dev/full", os.O_RDWR), codec="PCMU", rate_hz=8000, channels=1)
        file.write(NOISE)

    with pytest.raises(OSError, match="disk may be full"):
        fill()
