"""The thread that writes recordings, so that a slow disk holds up no call."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

from loguru import logger

from media.bulkhead import Bulkhead, at_once, in_words
from media.recording.shelf import SoundFile

MOST_WAITING = 8 << 20  # bytes over all recordings: ten seconds of a hundred calls in µ-law
BLOCK = 64 * 1024  # bytes of silence written at once
CLOSE_S = 5.0

Open = Callable[[], SoundFile]


class Reel:
    """One recording as the thread knows it. `failed` hears on the thread why it ended before its end."""

    __slots__ = ("failed", "file", "open", "over")

    def __init__(self, opened: Open, failed: Callable[[str], None]) -> None:
        self.open = opened
        self.failed = failed
        self.file: SoundFile | None = None
        self.over = False

    def write(self, audio: bytes, silence: bytes, times: int) -> None:
        """`silence` so many `times`, then `audio`."""
        if self.over:
            return
        try:
            self.file = self.file or self.open()
            block = silence * max(1, BLOCK // len(silence))
            while times > 0:
                self.file.write(block[: times * len(silence)])
                times -= len(block) // len(silence)
            if audio:
                self.file.write(audio)
        except OSError as wrong:
            self._fail(wrong)

    def end(self) -> None:
        """Complete the file, if there is one."""
        if self.over or self.file is None:
            return
        self.over = True
        try:
            self.file.close()
        except OSError as wrong:
            self.failed(_reason(wrong))

    def broke(self, fault: Exception) -> None:
        """A fault of ours: this recording ends."""
        logger.opt(exception=fault).error("a fault of the gateway ends a recording")
        self._close()
        self.failed(in_words(fault))

    def _fail(self, wrong: OSError) -> None:
        self._close()
        self.failed(_reason(wrong))

    def _close(self) -> None:
        """Of what went wrong, the first is told."""
        self.over = True
        if self.file is not None:
            with suppress(OSError):
                self.file.close()


Job = tuple[Reel, bytes, bytes, int]


class Writer:
    """Writes what it is given, in order. What is over `most_waiting` bytes is not taken."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._jobs: SimpleQueue[Job | Reel | None] = SimpleQueue()
        self._put = 0  # bytes; only the caller's
        self._written = 0  # bytes; only the thread's: no lock is needed
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def write(self, reel: Reel, audio: bytes, silence: bytes, times: int) -> bool:
        """`silence` so many `times`, then `audio`, for this recording; False: no room, nothing was taken."""
        if self._put - self._written + len(audio) > self._most_waiting:
            return False
        self._put += len(audio)
        self._jobs.put((reel, audio, silence, times))
        return True

    def end(self, reel: Reel) -> None:
        """This recording is complete."""
        self._jobs.put(reel)

    def close(self, within_s: float = CLOSE_S) -> bool:
        """Write what waits and end; False: the disk was too slow for that, what is left is lost."""
        self._jobs.put(None)
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if isinstance(job, Reel):
                with Bulkhead(job.broke, at_once):
                    job.end()
            else:
                reel, audio, silence, times = job
                with Bulkhead(reel.broke, at_once):
                    reel.write(audio, silence, times)
                self._written += len(audio)


def _reason(wrong: OSError) -> str:
    return wrong.strerror or str(wrong)
