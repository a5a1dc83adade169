"""Opens recordings, by explicit setting only."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from media.recording.recording import Noted, Recording
from media.recording.shelf import Create, Form, SoundFile, create, file_name, sound_file
from media.recording.writer import CLOSE_S, MOST_WAITING, Reel, Writer

Deliver = Callable[[Callable[[], None]], object]  # e.g. loop.call_soon_threadsafe


class RecordingDesk:
    """One writing thread for all recordings of a worker. `deliver` runs a call on the worker's loop."""

    def __init__(
        self,
        directory: str,
        form: Form,
        *,
        deliver: Deliver,
        created: Create = create,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._directory = Path(directory)
        self._form = form
        self._deliver = deliver
        self._create = created
        self._writer = Writer(most_waiting)

    def open(
        self, stream_id: str, opened_at: str, noted: Noted, *, codec: str, rate_hz: int, channels: int = 1
    ) -> Recording:
        """A new recording of this stream (`opened_at` RFC 3339); the file is made with its first audio.

        Never raises for a disk: what goes wrong there is noted, on the loop.
        """
        name = file_name(stream_id, opened_at, self._form)
        told: list[Recording] = []

        def opened() -> SoundFile:
            descriptor = self._create(self._directory / name)
            return sound_file(descriptor, self._form, codec=codec, rate_hz=rate_hz, channels=channels)

        def failed(reason: str) -> None:
            self._deliver(partial(told[0].failed, reason))

        reel = Reel(opened, failed)
        told.append(Recording(name, reel, self._writer, noted, codec=codec, rate_hz=rate_hz, channels=channels))
        return told[0]

    def close(self, within_s: float = CLOSE_S) -> bool:
        """Write what waits; False: the disk was too slow for that."""
        return self._writer.close(within_s)
