"""What every message and every receiver of messages has in common."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

Json: TypeAlias = "str | int | float | bool | Mapping[str, Json] | tuple[Json, ...] | list[Json] | None"


class Recipient(Protocol):
    """Whoever can be told a message: an actor's address, or a probe in a test."""

    @property
    def name(self) -> str:
        """The stable name of the actor behind it, e.g. ``transfer`` or ``session.transfer``."""

    def tell(self, message: object) -> None:
        """Leave `message` and return at once; never blocks, never raises for a full or dead receiver."""
