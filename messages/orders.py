"""What every order has in common: who gave it, what it must not exceed, and the one way it can end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import ConfigDict

from messages.base import Json, Recipient

DEADLINE_S = 30.0  # the whole order's time, from accepted to its end; contracts 7.4

Status = Literal["accepted", "succeeded", "failed", "refused", "interrupted"]
Kind = Literal["transfer", "playback", "barge", "assist"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is on the other side of a door: as the kernel says it (SO_PEERCRED) and the role that gives.

    Over HTTP no process is known (`pid` -1), but the name of the caller's key (`key`), never the key.
    """

    role: Literal["viewer", "operator", "admin"]
    pid: int = 0
    uid: int = -1
    gid: int = -1
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An operator's wish with an outcome; each kind of order is a subclass with its own fields.

    `request_id` is the idempotency key: the same one again gives the first order's outcome. `reason` is the
    operator's own words for the record. `dry_run` runs every gate and sends nothing. The fields that a kind names as
    `confidential` may hold what callers said: audit records say that they were there, never what was in them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)
    kind: ClassVar[str]
    confidential: ClassVar[frozenset[str]] = frozenset()

    request_id: str = ""
    deadline_s: float = DEADLINE_S
    dry_run: bool = False
    reason: str = ""

    @property
    def subject(self) -> str:
        """The id of the interaction or conversation the order is about; the record is searched by it."""
        raise TypeError(f"{type(self).__name__} has no subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """An order at an actor's door. Its outcome comes as the journal's `order.ended`.

    Only what that event cannot carry is told to `reply_to`, as OrderSettled (it took the place of DryRunEnded).
    """

    order: Order
    peer: Peer
    reply_to: Recipient | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an order was refused or failed: a code of docs/errors.md, the gate, what was wrong, what to do."""

    code: str
    gate: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The one end of an order (or `accepted` while it is open). `extra` holds what only its kind knows."""

    request_id: str
    kind: str
    status: Status
    detail: str
    reasons: tuple[Reason, ...] = ()
    latency_ms: float = 0.0
    retries: int = 0
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled:
    """The answer to a Submit that the journal's events do not carry.

    A dry run's outcome (it is on no record), the earlier outcome of an order given twice after its end, or the refusal
    (SB-108) of a `request_id` that belongs to a different order.
    """

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """An order's own alarm: its whole time is over."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders:
    """End every open order as `interrupted`: the gateway was told to stop without waiting for them."""
