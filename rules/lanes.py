"""A queue with lanes: the first lane's oldest goes first."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Items by key, in one of the named lanes; every operation but `waiting` takes the same time at any length."""

    def __init__(self, names: Sequence[str]) -> None:
        self._lanes: dict[str, OrderedDict[str, T]] = {name: OrderedDict() for name in names}

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    def put(self, lane: str, key: str, item: T) -> None:
        """Queue `item` as the last of `lane`."""
        self._lanes[lane][key] = item

    def put_back(self, lane: str, key: str, item: T) -> None:
        """Queue `item` as the next of `lane`: it has waited before."""
        self._lanes[lane][key] = item
        self._lanes[lane].move_to_end(key, last=False)

    def take(self, lanes: Sequence[str]) -> T | None:
        """The next item of the first of `lanes` that holds one, removed; None when all are empty."""
        for name in lanes:
            if self._lanes[name]:
                return self._lanes[name].popitem(last=False)[1]
        return None

    def any_in(self, lanes: Sequence[str]) -> bool:
        """Whether one of `lanes` holds an item."""
        return any(self._lanes[name] for name in lanes)

    def discard(self, key: str) -> None:
        """Remove the item of `key`, if it waits."""
        for lane in self._lanes.values():
            lane.pop(key, None)

    def waiting(self) -> dict[str, int]:
        """How many wait in each lane."""
        return {name: len(lane) for name, lane in self._lanes.items()}
