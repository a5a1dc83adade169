"""What every order has in common: who gave it, what it must not exceed, and the one way it can end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import ConfigDict

from messages.base import Json, Recipient

DEADLINE_S = 30.0  # the whole order's time, from accepted to its end; contracts 7.4

Status = Literal["accepted", "succeeded", "failed", "refused", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is on the other side of a door, as the kernel says it (SO_PEERCRED), and the role that gives."""

    role: Literal["viewer", "operator", "admin"]
    pid: int = 0
    uid: int = -1
    gid: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An operator's wish with an outcome; each kind of order is a subclass with its own fields.

    `request_id` is the idempotency key: the same one again gives the first order's outcome. `reason` is the
    operator's own words for the record. `dry_run` runs every gate and sends nothing.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)
    kind: ClassVar[str]

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
    """An order at an actor's door. Its outcome comes as the journal's `order.ended`, never as a reply.

    A dry run is on no record: its outcome is told to `reply_to` as DryRunEnded, and to nobody else.
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
class DryRunEnded:
    """How an order with `dry_run` would have gone: `succeeded` when every gate let it pass, else every objection."""

    outcome: Outcome
