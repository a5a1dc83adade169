"""The gateway as a whole: what operators ask about it and want of it, and what its actor tells itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from messages.base import Json
from messages.journal import EventPublished
from messages.media_workers import MediaDrained

State = Literal["starting", "running", "draining", "stopping"]
LogLevel = Literal["TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"]

DRAIN_S = 30.0  # how long a drain waits for open orders unless told otherwise: one order's default deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """What does not change while the process runs.

    `started_at` is RFC 3339 UTC, `started_s` the same moment on the monotonic clock; `simulator_url` is the
    simulator's admin door, None against a real Genesys; `media_address` is where calls' audio arrives.
    """

    version: str
    pid: int
    started_at: str
    started_s: float
    dialect: str
    features: tuple[str, ...]
    simulator_url: str | None = None
    media_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowGateway:
    """Answered at once by the gateway.status shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Take no more orders; answered by {"drained", "open"} when none is open any more or after `timeout_s` seconds.

    With `cancel` the orders that are open when the time is up are interrupted, and the answer waits for that.
    """

    timeout_s: float = DRAIN_S
    cancel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Take a drain back: orders are taken again, and whoever waits for the drain hears so; answered as Drain is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopGateway:
    """End the process in good order; answered before it ends by {"stopping": true}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadSettings:
    """Read the settings again; answered by what changed, what needs a restart, and what was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLogLevel:
    """Log from `level` on, everywhere or in one `module` (a dotted name); back to what it was after `for_s` seconds."""

    level: LogLevel
    module: str | None = None
    for_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainOverdue:
    """Its own alarm: the drain `number` has waited long enough; with `cancel`, until open orders are interrupted."""

    number: int
    cancel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLevelOver:
    """Its own alarm: the level of `module` goes back to what the settings say."""

    module: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionAnswered:
    """Whether the journal holds the actor's subscription; else it is down, full or crashed on it."""

    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeAgain:
    """Its own alarm: the journal could not hold the subscription; ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrdersListed:
    """What the archive answered when the actor started: {"commands": [...]}, or None when it could not."""

    answer: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShown:
    """What a session answered when the actor started: an entry of session.list, or None when it could not."""

    answer: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenShown:
    """What the token's actor answered when the actor started: token.status, or None when it could not."""

    answer: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerShown:
    """What an audio worker's actor answered when the actor started: its facts, or None when it could not."""

    worker: str
    facts: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOpenOrders:
    """Its own alarm: the archive could not answer; ask again."""


ToGateway = (
    ShowGateway
    | Drain
    | Resume
    | StopGateway
    | ReloadSettings
    | SetLogLevel
    | DrainOverdue
    | LogLevelOver
    | SubscriptionAnswered
    | SubscribeAgain
    | OpenOrdersListed
    | SessionShown
    | TokenShown
    | WorkerShown
    | ListOpenOrders
    | EventPublished
    | MediaDrained
)
