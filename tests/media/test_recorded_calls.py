"""Calls that are recorded, by a worker process."""

from pathlib import Path

from media.g711 import decoded
from messages.media import AudioStreamClosed, AudioStreamNoted, AudioStreamOpened, DrainWorker, WorkerDrained
from tests.media.callers import SILENCE, TEXT, Caller, audio_json, calling, ws_frame
from tests.media.recording.reading import samples
from tests.media.workers import plan, working

FRAME = bytes(range(160))


def say(caller: Caller, *numbers: int, codec: str = "PCMU") -> None:
    for number in numbers:
        caller.send(ws_frame(TEXT, audio_json(number, FRAME, format=codec)))


def of_recording(noted: AudioStreamNoted) -> bool:
    """There is no service at the plan's address, which is noted too."""
    return noted.what.startswith("recording.")


def test_nothing_is_recorded_unless_a_directory_is_set(tmp_path: Path) -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        caller.upgraded().say([1, 2])
        worker.hears(AudioStreamOpened)
        caller.hang_up()
        worker.hears(AudioStreamClosed)
    assert not list(tmp_path.iterdir())


def test_a_call_with_a_gap_is_on_disk_with_its_silence(tmp_path: Path) -> None:
    with working(plan(record_dir=str(tmp_path))) as worker, calling(worker.port) as caller:
        say(caller.upgraded(), 7, 8, 11)
        opened = worker.hears(AudioStreamOpened)
        started = worker.hears(AudioStreamNoted, of_recording)
        caller.hang_up()
        ended = worker.hears(AudioStreamNoted, of_recording)
        worker.hears(AudioStreamClosed)
        worker.tell(DrainWorker(within_s=1))
        worker.hears(WorkerDrained)
        assert worker.exit_code() == 0
    (path,) = tmp_path.iterdir()
    assert opened.stream_id in path.name
    assert path.stat().st_mode & 0o777 == 0o600
    assert samples(path) == decoded(FRAME * 2 + SILENCE * 2 + FRAME, "PCMU")
    assert (started.what, started.data) == ("recording.started", {"file": path.name})
    assert (ended.what, ended.data) == ("recording.ended", {"file": path.name, "seconds": 0.1, "lost_s": 0.0})


def test_a_codec_that_cannot_be_recorded_is_told_and_the_call_goes_on(tmp_path: Path) -> None:
    with working(plan(record_dir=str(tmp_path))) as worker, calling(worker.port) as caller:
        say(caller.upgraded(), 1, 2, codec="OPUS")
        noted = worker.hears(AudioStreamNoted, of_recording)
        assert noted.data == {"reason": "audio in OPUS cannot be recorded"}
        caller.hang_up()
        assert worker.hears(AudioStreamClosed).counts.frames == 2
