"""What the readers of the formats have in common."""

import struct
from dataclasses import dataclass
from typing import Protocol

from mutagen import MutagenError

MISREAD = (MutagenError, EOFError, OSError, LookupError, ArithmeticError, ValueError, AssertionError, struct.error)
"""All that mutagen raises for files that are not what they say."""


class BinaryFile(Protocol):
    """A file of known `size`; clients.audio_source.AudioSource, where a read may raise."""

    @property
    def size(self) -> int: ...

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is in a file; `exact` where the duration was counted and not estimated."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_ms: int
    exact: bool = True


def milliseconds(units: float, per_second: float) -> int:
    """The nearest millisecond."""
    return round(units * 1000 / per_second)
