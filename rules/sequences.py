"""How a call's frames are numbered, and what a broken sequence means. Pure. Source: contracts 4.

Numbers rise by one from whatever the first is. Genesys does not send again: after a gap the new number counts. A
number that was passed is not forwarded again, since the service acknowledges numbers and must never go back.
"""

from dataclasses import dataclass
from typing import Literal

HIGHEST = 2**31 - 1  # sequence_number is an int32 of transcription.proto


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """`count` frames are missing (gap), or one that was passed came (repeat, step_back)."""

    kind: Literal["gap", "repeat", "step_back"]
    count: int

    @property
    def usable(self) -> bool:
        """Whether the frame is forwarded and counts from now on."""
        return self.kind == "gap"


def broken(expected: int, got: int) -> Broken | None:
    """What is wrong with number `got` where `expected` was due; None when nothing is."""
    if got == expected:
        return None
    if got > expected:
        return Broken(kind="gap", count=got - expected)
    return Broken(kind="repeat" if got == expected - 1 else "step_back", count=1)
