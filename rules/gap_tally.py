"""Broken sequences of one stream: the first is told at once, later ones are added up and told now and then. Pure."""

from collections.abc import Mapping

from messages.base import Json
from messages.media import AudioStreamGap

FRAMES = {"gap": "missing", "repeat": "repeated", "step_back": "stepped_back", "dropped": "dropped"}


class GapTally:
    """What has not been told; `every_s` seconds are between two tellings at least."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._told_s = float("-inf")
        self._counts: dict[str, int] = {}
        self._breaks = 0
        self._expected = self._got = 0

    @property
    def waits(self) -> bool:
        """Whether anything is to be told."""
        return self._breaks > 0

    def add(self, gap: AudioStreamGap) -> None:
        """Take one more."""
        if not self._breaks:
            self._expected = gap.expected
        self._breaks += 1
        self._got = gap.got
        frames = FRAMES.get(gap.kind, gap.kind)
        self._counts[frames] = self._counts.get(frames, 0) + gap.count

    def due(self, now_s: float) -> bool:
        """Whether it is time to tell."""
        return self.waits and now_s - self._told_s >= self._every_s

    def take(self, now_s: float) -> Mapping[str, Json]:
        """What to tell: how often the sequence broke, from where to where, and frames by what befell them."""
        told: dict[str, Json] = {"breaks": self._breaks, "expected": self._expected, "got": self._got, **self._counts}
        self._told_s, self._breaks, self._counts = now_s, 0, {}
        return told
