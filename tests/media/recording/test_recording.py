"""The recording of one stream, from its audio to its file."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.g711 import decoded
from media.recording.desk import RecordingDesk
from media.recording.recording import MOST_BYTES, MOST_SILENCE_S, Recording
from media.recording.shelf import create
from media.recording.writer import Reel, Writer
from messages.base import Json
from tests.media.recording.reading import samples

GENEROUS_S = 30.0
SECOND = bytes(range(200)) * 40  # 8,000 samples in µ-law
OPENED_AT = "2026-11-28T11:09:23Z"


class Notes(list[tuple[str, Mapping[str, Json]]]):
    """A stream's time line."""

    def take(self, what: str, data: Mapping[str, Json]) -> None:
        self.append((what, data))

    @property
    def kinds(self) -> list[str]:
        return [what for what, _data in self]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def delivered() -> SimpleQueue[Callable[[], None]]:
    return SimpleQueue()


@pytest.fixture
def desk(tmp_path: Path, delivered: SimpleQueue[Callable[[], None]]) -> Iterator[RecordingDesk]:
    opened = RecordingDesk(str(tmp_path), "wav", deliver=delivered.put)
    yield opened
    opened.close()


def begun(desk: RecordingDesk, notes: Notes) -> Recording:
    return desk.open("1:call", OPENED_AT, notes.take, codec="PCMU", rate_hz=8000)


def only_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def test_a_call_is_recorded_as_it_came(desk: RecordingDesk, notes: Notes, tmp_path: Path) -> None:
    recording = begun(desk, notes)
    for at in range(0, len(SECOND), 160):
        recording.audio(SECOND[at : at + 160])
    recording.close()
    assert desk.close()
    assert only_file(tmp_path).name == "20261128T110923Z-1_call.wav"
    assert samples(only_file(tmp_path)) == decoded(SECOND, "PCMU")
    assert notes == [
        ("recording.started", {"file": "20261128T110923Z-1_call.wav"}),
        ("recording.ended", {"file": "20261128T110923Z-1_call.wav", "seconds": 1.0, "lost_s": 0.0}),
    ]


def test_what_did_not_come_is_silence_so_that_positions_stay_true(
    desk: RecordingDesk, notes: Notes, tmp_path: Path
) -> None:
    recording = begun(desk, notes)
    recording.audio(SECOND[:100])
    recording.silence(100_000)
    recording.audio(SECOND[:100])
    recording.silence(50)
    recording.close()
    desk.close()
    there = SECOND[:100] + b"\xff" * 100_000 + SECOND[:100] + b"\xff" * 50
    assert samples(only_file(tmp_path)) == decoded(there, "PCMU")


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_both_channels_are_kept(form: str, notes: Notes, tmp_path: Path) -> None:
    desk = RecordingDesk(str(tmp_path), "flac" if form == "flac" else "wav", deliver=lambda call: call())
    recording = desk.open("call", OPENED_AT, notes.take, codec="L16", rate_hz=16000, channels=2)
    recording.audio(b"\1\0\2\0\3\0\4\0\5")
    recording.silence(1)
    recording.audio(b"\6\0\7\0")
    recording.close()
    desk.close()
    assert samples(only_file(tmp_path)) == b"\1\0\2\0\3\0\4\0\0\0\0\0\6\0\7\0"


def test_a_call_without_audio_leaves_no_file(desk: RecordingDesk, notes: Notes, tmp_path: Path) -> None:
    begun(desk, notes).close()
    desk.close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_ends_the_recording_and_not_the_call(
    notes: Notes, tmp_path: Path, delivered: SimpleQueue[Callable[[], None]]
) -> None:
    desk = RecordingDesk(
        str(tmp_path), "wav", deliver=delivered.put, created=lambda _path: os.open("/dev/full", os.O_RDWR)
    )
    recording = begun(desk, notes)
    recording.audio(SECOND)
    delivered.get(timeout=GENEROUS_S)()
    recording.audio(SECOND)
    recording.silence(10)
    recording.close()
    desk.close()
    assert notes.kinds == ["recording.started", "recording.failed"]
    assert notes[1][1]["reason"] == "No space left on device"


def test_a_directory_that_went_away_ends_the_recording(
    notes: Notes, tmp_path: Path, delivered: SimpleQueue[Callable[[], None]]
) -> None:
    desk = RecordingDesk(str(tmp_path / "gone"), "wav", deliver=delivered.put)
    begun(desk, notes).audio(SECOND)
    delivered.get(timeout=GENEROUS_S)()
    desk.close()
    assert notes[-1] == (
        "recording.failed",
        {"file": "20261128T110923Z-1_call.wav", "reason": "No such file or directory"},
    )


def test_a_slow_disk_loses_audio_and_says_how_much(notes: Notes, tmp_path: Path) -> None:
    gate, opening = threading.Event(), SimpleQueue[Path]()

    def slowly(path: Path) -> int:
        opening.put(path)
        assert gate.wait(GENEROUS_S)
        return create(path)

    desk = RecordingDesk(str(tmp_path), "wav", deliver=lambda call: call(), created=slowly, most_waiting=8001)
    recording = begun(desk, notes)
    recording.audio(SECOND)
    opening.get(timeout=GENEROUS_S)
    recording.audio(SECOND)
    recording.audio(SECOND)
    behind = desk.open("2:call", OPENED_AT, lambda _what, _data: None, codec="PCMU", rate_hz=8000)
    behind.audio(b"\xff")
    behind.close()
    gate.set()
    opening.get(timeout=GENEROUS_S)  # what was given before it has been written
    recording.audio(SECOND)
    recording.close()
    desk.close()
    (path,) = tmp_path.glob("*-1_call.wav")
    assert samples(path) == decoded(SECOND + b"\xff" * 16000 + SECOND, "PCMU")
    assert notes.kinds == ["recording.started", "recording.lost", "recording.ended"]
    assert notes[-1][1]["lost_s"] == 2.0
    assert notes[-1][1]["seconds"] == 4.0


def test_a_recording_ends_at_the_size_a_file_can_have(notes: Notes, desk: RecordingDesk) -> None:
    recording = desk.open("1:call", OPENED_AT, notes.take, codec="L16", rate_hz=48_000, channels=2)
    hours = MOST_BYTES // int(MOST_SILENCE_S * 48_000 * 4)
    for _ in range(hours + 1):
        recording.silence(int(MOST_SILENCE_S * 48_000))
    recording.audio(b"\0\0\0\0" * 96_000)
    assert notes.kinds == ["recording.started", "recording.failed"]
    recording.close()
    assert notes.kinds == ["recording.started", "recording.failed"]


class Broken:
    """A file that bears nothing."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def write(self, audio: bytes) -> None:
        raise self._fault

    def close(self) -> None:
        raise OSError(errno.EIO, "nor does it close")


def test_of_all_that_goes_wrong_with_a_file_the_first_is_told() -> None:
    told: list[str] = []
    writer = Writer()
    writer.write(Reel(lambda: Broken(OSError(errno.ENOSPC, "the disk is full")), told.append), b"\xff", b"\xff", 0)
    assert writer.close()
    assert told == ["the disk is full"]


def test_a_fault_of_ours_ends_one_recording_and_no_other() -> None:
    told, kept, writer = list[str](), Kept(), Writer()
    broken, sound = Reel(lambda: Broken(KeyError("ours")), told.append), Reel(lambda: kept, told.append)
    for reel in (broken, sound, broken, sound):
        writer.write(reel, b"\xff", b"\xff", 0)
    assert writer.close()
    assert told == ["a fault of the gateway (KeyError)"]
    assert kept.audio == b"\xff\xff"


class Kept:
    """A file in memory."""

    def __init__(self) -> None:
        self.audio = b""

    def write(self, audio: bytes) -> None:
        self.audio += audio

    def close(self) -> None:
        pass


PASSED = st.lists(st.binary(min_size=1, max_size=300) | st.integers(0, 70_000), max_size=30)


@given(PASSED, st.sampled_from(["PCMU", "PCMA"]), st.integers(1, 400))
def test_whatever_passes_ends_up_at_its_place(passed: list[bytes | int], codec: str, rate_hz: int) -> None:
    kept, writer = Kept(), Writer()
    reel = Reel(lambda: kept, lambda _reason: None)
    recording = Recording("x", reel, writer, Notes().take, codec=codec, rate_hz=rate_hz, channels=1)
    most, there = int(MOST_SILENCE_S * rate_hz), b""
    for piece in passed:
        if isinstance(piece, bytes):
            recording.audio(piece)
            there += piece
        else:
            recording.silence(piece)
            there += (b"\xff" if codec == "PCMU" else b"\xd5") * min(piece, most)
    recording.close()
    assert writer.close(GENEROUS_S)
    assert kept.audio == there


RECORD = """
import sys
from media.recording.desk import RecordingDesk
from media.recording.shelf import create

def told(path):
    if "behind" in path.name:  # so what was given before it has been written
        print("written", flush=True)
        sys.stdin.read()
    return create(path)

desk = RecordingDesk(sys.argv[1], sys.argv[2], deliver=lambda call: call(), created=told)
for name in ("call", "behind"):
    recording = desk.open(name, "2026-11-28T11:09:23Z", lambda what, data: None, codec="PCMU", rate_hz=8000)
    recording.audio(bytes(range(200)) * 400)
sys.stdin.read()
"""


@pytest.mark.parametrize(("form", "least"), [("wav", 80_000), ("flac", 72_000)])
def test_the_file_of_a_worker_that_was_killed_can_be_played(form: str, least: int, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RECORD, str(tmp_path), form], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
        process.wait(GENEROUS_S)
    assert samples(only_file(tmp_path), least) == decoded((SECOND * 10)[:least], "PCMU")
