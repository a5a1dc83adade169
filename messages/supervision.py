"""What actors report to their supervisor, and what supervisors are asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from messages.base import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The incarnation has finished `started()` and takes messages."""

    child: str
    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """The incarnation ended by an unexpected exception, in whatever phase; `message` names what it had in hand."""

    child: str
    incarnation: int
    error: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The incarnation ended because it was told to, or because its work was done (`finished`)."""

    child: str
    incarnation: int
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Run `started()`: the first thing every incarnation has in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """End after the message in hand; overtakes everything queued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elapsed:
    """A timer of one incarnation has run out; the base unwraps it and drops what is stale."""

    incarnation: int
    key: str
    turn: int
    message: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """Any actor answers it with a mapping of its own facts; answered by the base, never by a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One actor's state as the base and its `facts()` tell it."""

    name: str
    kind: str
    incarnation: int
    facts: Mapping[str, Json]


Internal = Begin | Describe | Elapsed | Shutdown
FromActor = Started | Crashed | Stopped
