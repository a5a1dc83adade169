"""What the journal is told and asked, and what it answers; AuditActor writes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from messages.base import Json, Recipient
from messages.orders import Order, Outcome, Peer
from messages.webhooks import (
    EndpointDisabled,
    EndpointEnabled,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookAnswer,
    WebhookState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook to be delivered at least once: put in the outbox in the transaction of the step or end it tells of.

    Those of one `url` and `subject` are delivered one after the other, in the order in which they were put there.
    """

    webhook_id: str
    url: str
    event: str
    subject: str
    body: Mapping[str, Json]


# --- to AuditActor -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAccepted:
    """Make the intent durable before anything leaves the process; answered by OrderRecorded.

    `effect_id` is the id the far side will see. With `outcome` the order is accepted and ended in one step (a
    refusal). A `request_id` that is already on record writes nothing, and neither does a dry run: with `outcome`
    only its `order.ended` is published.
    """

    order: Order
    peer: Peer
    effect_id: str
    reply_to: Recipient
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecorded:
    """`request_id` is durable. `earlier` is None for a new order, else how the first one of that id stands.

    `conflict`: that first one was another order (another kind or other fields), so the new one is to be refused.
    """

    request_id: str
    earlier: Outcome | None = None
    conflict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProgress:
    """A step of an open order (`sent`, `retry` …), durable with the next group; with `reply_to`, then told so.

    Its deliveries enter the outbox in the same transaction. A step of an order that is not open is refused and
    counted, its deliveries with it, and nobody is told of it.
    """

    request_id: str
    step: str
    data: Mapping[str, Json] = field(default_factory=dict)
    reply_to: Recipient | None = None
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRecorded:
    """The step is durable."""

    request_id: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEnded:
    """The one end of an order, with its deliveries, in one transaction. A second end is refused and counted."""

    outcome: Outcome
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNote:
    """An audit record that belongs to no order: a start, a stop, a restart by hand, a refused peer.

    With `begins` something of that id lasts from now on, until a record that `ends` it: a restart can ask what has
    not ended. Nothing is written for a beginning of what lasts already, or an end of what does not.
    """

    kind: str
    subject: str = ""
    peer: Peer | None = None
    data: Mapping[str, Json] = field(default_factory=dict)
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvent:
    """Something operators may want to see as it happens; gets a sequence number and goes to every subscriber.

    With something `fleeting` it goes only to those who listen at this moment and have caught up: nothing of it is
    stored, and it takes no number of its own.
    """

    kind: str
    data: Mapping[str, Json] = field(default_factory=dict)
    fleeting: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Tell `subscriber` every EventPublished from now on; with `since_seq`, those after it on record first.

    Answered by Subscribed. Whoever asks others what is on record waits for that, else what is recorded in between is
    neither in their answer nor told.
    """

    subscriber: Recipient
    kinds: tuple[str, ...] = ()
    since_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """The subscription is held: every event with a number above `since_seq` is told.

    That is higher than what was asked for where older ones are no longer on record.
    """

    since_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Stop telling `subscriber`; unknown subscribers are no error."""

    subscriber: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPublished:
    """One event; `seq` rises by one over restarts, `at` is RFC 3339 UTC.

    One that is fleeting has the `seq` of the last stored one before it.
    """

    seq: int
    at: str
    kind: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOpenOrders:
    """Which orders of `kind` have no end on record? Asked by the actor of that kind when it starts."""

    kind: str
    reply_to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order without an end. `age_s` is by the wall clock since it was accepted; `steps` as recorded."""

    order: Order
    peer: Peer
    effect_id: str
    age_s: float
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrders:
    """Answer to ClaimOpenOrders, oldest first."""

    kind: str
    orders: tuple[OpenOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLasting:
    """What began with a record of `kind` and has not ended on record? Asked by its actor when it starts."""

    kind: str
    reply_to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """Something that has begun; `subject` and `data` are its record's, `begun_at` RFC 3339 UTC."""

    lasting_id: str
    subject: str
    data: Mapping[str, Json]
    begun_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StillLasting:
    """Answer to ClaimLasting, oldest first."""

    kind: str
    lasting: tuple[Lasting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempt:
    """How one delivery went: `state` is pending (try again at `due_at_s`, epoch), delivered or dead.

    With `disables` its endpoint is disabled in the same transaction: it answered 410. A delivery that is not pending
    has no attempts: refused and counted.
    """

    webhook_id: str
    state: WebhookState
    due_at_s: float
    attempts: int
    last_error: str = ""
    disables: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDeliveries:
    """Which deliveries are due at `now_s` (epoch) and not in hand? Of one URL and subject only the oldest ever is.

    At most `limit`; for no endpoint more than `per_endpoint` together with what of its is `in_hand` (URL to webhook
    ids); endpoints with little in hand first, disabled ones not at all. The answer repeats `number`.
    """

    reply_to: Recipient
    number: int
    now_s: float
    limit: int
    per_endpoint: int
    in_hand: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDelivery:
    """What is to be sent: `body` are the bytes themselves, and `attempts` how often that was tried."""

    webhook_id: str
    url: str
    body: bytes = field(repr=False)
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDeliveries:
    """Answer to TakeDeliveries.

    `more`: there may be others that are due, for which there was no room. `next_due_s` (epoch) is when, apart from
    them, the next one falls due; None when none does by itself.
    """

    number: int
    deliveries: tuple[PendingDelivery, ...]
    more: bool = False
    next_due_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesWaiting:
    """Told to the webhooks actor after every commit by which `count` deliveries fell due, all of them for `urls`."""

    count: int
    urls: frozenset[str]


Changes = RedeliverWebhook | SwitchEndpoint
"""What an operator asks of the outbox: recorded at once, and answered when it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HastenDeliveries:
    """AuditActor to itself: what waits at `url` for its next try falls due now; a page of it with the next group."""

    url: str


Recorded = (
    RecordAccepted
    | RecordProgress
    | RecordEnded
    | RecordNote
    | PublishEvent
    | RecordAttempt
    | HastenDeliveries
    | Changes
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitGroup:
    """AuditActor to itself, behind all that waits: make durable what gathered until now; `at_once`: it is enough."""

    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """AuditActor to itself: tell subscribers that lag behind the record their next page."""


Questions = ClaimOpenOrders | ClaimLasting | TakeDeliveries
ToAudit = Recorded | Subscribe | Unsubscribe | Questions | CommitGroup | CatchUp

# --- between AuditActor and the store behind it --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What one group of Recorded comes to, once it is durable.

    `recorded` has the answer to each RecordAccepted and to each step that wants one, `misfits` says what was refused
    and why, `deliveries` counts those of the outbox that fall due with it, at `urls`. `endpoints` says which were
    switched, and `answers` has the answer to each of Changes. `rest` is what is to follow with other groups. `mark` is
    where the record will stand (audit, events), None if it does not move. `event_before` is the number of the last
    event before its own.
    """

    recorded: tuple[tuple[Recipient, OrderRecorded | ProgressRecorded], ...]
    events: tuple[EventPublished, ...]
    event_before: int
    deliveries: int
    urls: frozenset[str]
    misfits: tuple[str, ...]
    mark: tuple[int, int] | None
    endpoints: tuple[EndpointDisabled | EndpointEnabled, ...] = ()
    answers: tuple[WebhookAnswer, ...] = ()
    rest: tuple[HastenDeliveries, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An open order on record that this version cannot rebuild, and why."""

    request_id: str
    why: str
