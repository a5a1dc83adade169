import io
import wave
from array import array
from pathlib import Path

import pytest

from simulator.calls.audio import L16, Tape
from simulator.forms import BadInput


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """25 ms that are loud, and 10 ms that are louder."""
    made = []
    for name, samples in (("a.wav", [1000] * 200), ("b.wav", [30_000] * 80)):
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(array("h", samples).tobytes())
        made.append(tmp_path / name)
        made[-1].write_bytes(out.getvalue())
    return made


def test_a_file_is_cut_into_whole_frames_with_silence_at_its_end(files: list[Path]) -> None:
    frames = Tape(files, 8000, 20).frames(0)
    assert [len(frame) for frame in frames] == [160, 160]
    assert frames[1].endswith(b"\xff" * 120)
    assert not frames[0].endswith(b"\xff")


def test_silence_can_be_added(files: list[Path]) -> None:
    frames = Tape(files, 8000, 20, silence_s=0.1).frames(1)
    assert len(frames) == 6
    assert frames[-1] == b"\xff" * 160


def test_two_speakers_take_turns_sample_by_sample(files: list[Path]) -> None:
    first, second = Tape(files, 8000, 20).frames(0)[0], Tape(files, 8000, 20).frames(1)[0]
    both = Tape(files, 8000, 20).frames(0, speakers=2)[0]
    assert (both[0::2], both[1::2]) == (first, second)


def test_linear_samples_are_twice_as_many_bytes(files: list[Path]) -> None:
    assert {len(frame) for frame in Tape(files, 8000, 20).frames(0, L16)} == {320}


def test_files_go_round(files: list[Path]) -> None:
    tape = Tape(files, 8000, 20)
    assert [tape.name(number) for number in range(3)] == ["a.wav", "b.wav", "a.wav"]
    assert tape.frames(2) == tape.frames(0)


def test_every_file_that_cannot_be_used_is_named(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "c.wav").write_bytes(b"")
    with pytest.raises(BadInput) as caught:
        Tape([tmp_path / "none.wav", *files, tmp_path / "c.wav"], 8000, 20)
    assert caught.value.problems == [
        f"--wav {tmp_path / 'none.wav'}: No such file or directory",
        f"--wav {tmp_path / 'c.wav'}: not a WAV file",
    ]


def test_a_file_of_another_rate_is_named(files: list[Path]) -> None:
    with pytest.raises(BadInput, match="8000 Hz, but the calls have 16000 Hz"):
        Tape(files, 16_000, 20)
