"""Which of several addresses is used."""

from collections.abc import Sequence


def choose(failed_at: Sequence[float | None]) -> int:
    """The first that has not failed; when all have, the one whose failure is the longest ago.

    `failed_at`: for each address, in the operator's order, when it failed last; None since it was found healthy.
    """
    return min(range(len(failed_at)), key=lambda index: _failure(failed_at[index]))


def _failure(failed_at: float | None) -> float:
    return float("-inf") if failed_at is None else failed_at
