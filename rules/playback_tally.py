"""How playbacks went, counted over those that have ended: the seed divides by unfinished ones too. Contracts 2.6."""

from dataclasses import dataclass, replace

from messages.base import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackTally:
    """Finished playbacks; the sums are of milliseconds since Genesys was asked to play."""

    finished: int = 0
    errors: int = 0
    heard: int = 0
    to_playing_ms: float = 0.0
    to_end_ms: float = 0.0

    def with_end(self, *, ok: bool, to_end_ms: float, to_playing_ms: float | None) -> "PlaybackTally":
        """One more that ended; `to_playing_ms` is None where it never came to play."""
        return replace(
            self,
            finished=self.finished + 1,
            errors=self.errors + (not ok),
            heard=self.heard + (to_playing_ms is not None),
            to_playing_ms=self.to_playing_ms + (to_playing_ms or 0.0),
            to_end_ms=self.to_end_ms + to_end_ms,
        )

    def facts(self) -> dict[str, Json]:
        """For operators; a mean or a rate over nothing is None."""
        return {
            "finished": self.finished,
            "errors": self.errors,
            "error_rate": _over(self.errors, self.finished),
            "mean_to_playing_ms": _over(self.to_playing_ms, self.heard),
            "mean_to_end_ms": _over(self.to_end_ms, self.finished),
        }


def _over(total: float, count: int) -> float | None:
    return round(total / count, 3) if count else None
