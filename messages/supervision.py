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
    """End after the message in hand; overtakes everything queued.

    `incarnation` says whom it is for, so that what a dead incarnation never read does not stop its successor; None
    is for whoever reads it.
    """

    incarnation: int | None = None


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


# --- to a supervisor -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StartChild:
    """Start one more child; `spec` is a supervisors.specs.ChildSpec. Answered by ChildStarted or ChildRefused."""

    spec: object


@dataclass(frozen=True, slots=True, kw_only=True)
class StopChild:
    """Stop the child `name`, here or further down. Answered by ChildStopped or ChildRefused.

    A child that was started by StartChild is forgotten; any other stays stopped until somebody restarts it, or, as
    in OTP, a crash restarts the group it belongs to.
    """

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartChild:
    """Stop the child `name`, here or further down, and start it anew, also one that was given up.

    Answered by ChildStarted or ChildRefused; counts as no crash. `reason` is the operator's own words.
    """

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeTree:
    """Answered at once by a nested mapping: this supervisor, its children, and theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStarted:
    """The child takes messages."""

    name: str
    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStopped:
    """The child has ended and does not come back by itself."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRefused:
    """Nothing was started or stopped, or it did not stay up; `why` says what to do about it."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOverdue:
    """A supervisor to itself: this incarnation has neither started nor stopped in its time."""

    child: str
    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDue:
    """A supervisor to itself: the backoff in this plan is over."""

    plan: str


ToSupervisor = FromActor | StartChild | StopChild | RestartChild | DescribeTree | ChildOverdue | PlanDue
