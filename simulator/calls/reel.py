"""A call's audio as its time comes: which frame is next, what befalls it, and what may be offered once more. Pure."""

from collections import deque

from simulator.calls.mishaps import Fate, Mishaps, Scripted, Step

MISSING = frozenset({Fate.LOST, Fate.PAUSED})


class Reel:
    """`frames` frames, one after the other; sessions that continue each other share one.

    `keep`: of how many frames it is remembered whether they are fit to be offered again. `quiet`: nothing befalls any.
    """

    def __init__(self, mishaps: Mishaps | Scripted, frames: int, keep: int = 0) -> None:
        self.at = 0  # the frame whose time comes next
        self.frames = frames
        self.quiet = mishaps.quiet
        self.held: list[int] = []
        self.paused = False  # by the caller's side
        self._mishaps = mishaps
        self._missing: deque[int] = deque(maxlen=keep)

    def next(self) -> Step:
        """What befalls the next frame, whose number is `at - 1` from now on; or what is said before it."""
        step = self._mishaps.next()
        if isinstance(step, Fate):
            if step in MISSING:
                self._missing.append(self.at)
            self.at += 1
        return step

    def missing(self) -> frozenset[int]:
        """The frames, as far as is remembered, that were lost or are for nobody's ears."""
        return frozenset(self._missing)

    def stop(self) -> None:
        """No more frames than there were."""
        self.frames = min(self.frames, self.at)
