"""A set of whole numbers as runs of neighbours: a call's sequence numbers in a few pairs. Pure."""

from bisect import bisect_right
from collections.abc import Iterator


class Runs:
    """Adding the number after the last one costs next to nothing."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def add(self, number: int) -> bool:
        """Whether `number` is new."""
        at = bisect_right(self._firsts, number) - 1
        if at >= 0 and number <= self._lasts[at]:
            return False
        joins_left = at >= 0 and self._lasts[at] == number - 1
        joins_right = at + 1 < len(self._firsts) and self._firsts[at + 1] == number + 1
        if joins_left and joins_right:
            self._lasts[at] = self._lasts.pop(at + 1)
            del self._firsts[at + 1]
        elif joins_left:
            self._lasts[at] = number
        elif joins_right:
            self._firsts[at + 1] = number
        else:
            self._firsts.insert(at + 1, number)
            self._lasts.insert(at + 1, number)
        return True

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self._firsts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Each run's first and last number, in order."""
        return zip(self._firsts, self._lasts, strict=True)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(last - first + 1 for first, last in self)

    @property
    def holes(self) -> list[tuple[int, int]]:
        """What lies between the runs, each as its first and last number."""
        return [(last + 1, first - 1) for last, first in zip(self._lasts[:-1], self._firsts[1:], strict=True)]
