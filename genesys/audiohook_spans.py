"""Which stretch of the stream a chunk of audio was: runs of chunks of one size are kept, so a chunk costs nothing."""

from collections import deque

from genesys.audiohook_media import Samples

MOST_RUNS = 256  # kept; of older chunks nothing is known


class Spans:
    """Positions in samples since the session opened, by the chunks' sequence numbers from 1."""

    __slots__ = ("_heard", "_runs")

    def __init__(self) -> None:
        self._runs: deque[tuple[int, Samples, int]] = deque(maxlen=MOST_RUNS)
        self._heard = 0

    def run(self, sequence: int, at: Samples, samples: int) -> None:
        """From `sequence` on, whose audio begins `at`, every chunk follows the one before and has so many samples."""
        if self._runs and self._runs[-1][0] == sequence:
            self._runs.pop()
        self._runs.append((sequence, at, samples))

    def up_to(self, sequence: int) -> tuple[Samples, Samples] | None:
        """Where the audio after the last such question, up to the end of chunk `sequence`, begins and ends.

        None where it is not known any more or the client's count went back meanwhile, and for what was asked before.
        """
        first, self._heard = self._heard + 1, max(self._heard, sequence)
        if sequence < first:
            return None
        begins, ends = self._at(first), self._at(sequence)
        if begins is None or ends is None or not 0 <= begins[0] <= ends[1]:
            return None
        return begins[0], ends[1]

    def _at(self, sequence: int) -> tuple[Samples, Samples] | None:
        for first, at, samples in reversed(self._runs):
            if first <= sequence:
                begins = at + (sequence - first) * samples
                return begins, begins + samples
        return None
