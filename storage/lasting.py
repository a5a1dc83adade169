"""What has begun and not ended: each id at most once at a time, whatever is told twice. Pure."""

from collections.abc import Iterable
from typing import Any, TypeAlias

Row: TypeAlias = tuple[Any, ...]


class LastingWriter:
    """The beginnings and ends of one group, from the ids of it that last on record."""

    def __init__(self, on_record: Iterable[str]) -> None:
        self._before = frozenset(on_record)
        self._now: dict[str, Row | None] = dict.fromkeys(self._before)

    def begin(self, lasting_id: str, row: Row) -> bool:
        """Whether it did not last yet; `row` is its row without the id."""
        if lasting_id in self._now:
            return False
        self._now[lasting_id] = row
        return True

    def end(self, lasting_id: str) -> bool:
        """Whether it lasted."""
        if lasting_id not in self._now:
            return False
        del self._now[lasting_id]
        return True

    def begun(self) -> list[Row]:
        """The rows to insert, once those of `ended` are deleted."""
        return [(lasting_id, *row) for lasting_id, row in self._now.items() if row is not None]

    def ended(self) -> list[Row]:
        """The ids to delete, one a row."""
        return [(one,) for one in sorted(self._before) if self._now.get(one, ()) is not None]
