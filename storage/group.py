"""One group: from what was gathered and what stands on record to the rows to write and the answers to give. Pure."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from messages.base import Json, Recipient
from messages.journal import (
    Delivery,
    EventPublished,
    Group,
    OrderRecorded,
    ProgressRecorded,
    RecordAttempt,
)
from storage.entries import Accepted, Ended, Entry, Noted, Progressed, Published
from storage.forms import Forms
from storage.record import canonical, link, peer_json, record_json
from storage.redaction import redacted_text
from storage.standing import Posted, Standing

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the record stands: the last audit record with its hash, the last event."""

    audit_seq: int
    audit_hash: bytes
    event_seq: int


@dataclass(slots=True)
class Rows:
    """What is to be written, in the order of the columns of storage.statements."""

    commands: list[Row] = field(default_factory=list)
    steps: dict[str, Row] = field(default_factory=dict)
    ends: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    outbox: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)


class GroupWriter:
    """Takes entry by entry; `rows`, `heads()` and `group()` are what came of them."""

    def __init__(
        self,
        *,
        heads: Heads,
        orders: dict[str, Standing],
        posted: dict[str, Posted],
        forms: Forms,
        at: str,
        now_s: float,
    ) -> None:
        self.rows = Rows()
        self._before, self._orders, self._posted, self._forms = heads, orders, posted, forms
        self._at, self._now_s = at, now_s
        self._audit_seq, self._audit_hash, self._event_seq = heads.audit_seq, heads.audit_hash, heads.event_seq
        self._recorded: list[tuple[Recipient, OrderRecorded | ProgressRecorded]] = []
        self._events: list[EventPublished] = []
        self._misfits: list[str] = []

    def heads(self) -> Heads:
        """Where the record stands after this group."""
        return Heads(self._audit_seq, self._audit_hash, self._event_seq)

    def group(self) -> Group:
        """What there is to tell once it is durable."""
        heads = self.heads()
        return Group(
            recorded=tuple(self._recorded),
            events=tuple(self._events),
            deliveries=len(self.rows.outbox),
            misfits=tuple(self._misfits),
            mark=None if heads == self._before else (heads.audit_seq, heads.event_seq),
        )

    def add(self, entry: Entry) -> None:
        """Take the next entry."""
        match entry:
            case Accepted():
                self._accept(entry)
            case Progressed():
                self._progress(entry)
            case Ended():
                self._end(entry)
            case Published():
                self._publish(entry.message.kind, entry.message.data, entry.data)
            case RecordAttempt():
                self._attempt(entry)
            case Noted():
                note = entry.message
                self._audit(note.kind, "", note.subject, peer_json(note.peer), entry.data)
            case _:
                assert_never(entry)

    # --- orders ----------------------------------------------------------------------------------------------

    def _accept(self, entry: Accepted) -> None:
        message, request_id = entry.message, entry.message.order.request_id
        standing = self._orders.get(request_id)
        if message.order.dry_run:
            answer = self._rehearse(entry)
        elif standing is None:
            answer = self._begin(entry)
        else:
            conflict = standing.kind != message.order.kind or standing.body != entry.body
            earlier = standing.as_outcome(request_id, self._forms)
            answer = OrderRecorded(request_id=request_id, earlier=earlier, conflict=conflict)
        self._recorded.append((message.reply_to, answer))

    def _rehearse(self, entry: Accepted) -> OrderRecorded:
        if entry.ended is not None:
            self._publish("order.ended", entry.ended.fields, entry.ended.document)
        return OrderRecorded(request_id=entry.message.order.request_id)

    def _begin(self, entry: Accepted) -> OrderRecorded:
        message, order = entry.message, entry.message.order
        request_id, kind, subject = order.request_id, order.kind, order.subject
        peer = peer_json(message.peer)
        self._audit(f"{kind}.accepted", request_id, subject, peer, entry.data)
        standing = Standing(kind, subject, peer.decode(), entry.body, "accepted", "[]", None)
        self._orders[request_id] = standing
        self.rows.commands.append(
            (self._audit_seq, request_id, kind, subject, message.effect_id, standing.peer, entry.body, self._at)
        )
        event: dict[str, Json] = {"request_id": request_id, "kind": kind, "interaction_id": subject}
        self._publish("order.accepted", event, canonical(event))
        if entry.ended is not None:
            self._end(entry.ended)
        return OrderRecorded(request_id=request_id)

    def _progress(self, entry: Progressed) -> None:
        request_id, step = entry.message.request_id, entry.message.step
        standing = self._orders.get(request_id)
        if standing is None or not standing.open:
            self._misfits.append(f"step {step} of order {request_id}, which is {_state(standing)}")
            return
        standing.add_step(step)
        self.rows.steps[request_id] = (standing.steps, request_id)
        self._audit(f"{standing.kind}.{step}", request_id, standing.interaction_id, standing.peer, entry.data)
        for delivery, body in entry.deliveries:
            self._post(request_id, delivery, body)
        if entry.message.reply_to is not None:
            self._recorded.append((entry.message.reply_to, ProgressRecorded(request_id=request_id, step=step)))

    def _end(self, entry: Ended) -> None:
        outcome = entry.outcome
        request_id, document = outcome.request_id, entry.document.decode()
        standing = self._orders.get(request_id)
        if standing is None or not standing.open or standing.kind != outcome.kind:
            self._misfits.append(f"end {outcome.status} of {outcome.kind} {request_id}, which is {_state(standing)}")
            return
        standing.status, standing.outcome = outcome.status, document
        self.rows.ends.append((outcome.status, self._at, outcome.latency_ms, document, request_id))
        self._audit(f"{standing.kind}.ended", request_id, standing.interaction_id, standing.peer, entry.document)
        for delivery, body in entry.deliveries:
            self._post(request_id, delivery, body)
        self._publish("order.ended", entry.fields, entry.document)

    # --- deliveries ------------------------------------------------------------------------------------------

    def _post(self, request_id: str, delivery: Delivery, body: str) -> None:
        webhook_id, url, event, subject = delivery.webhook_id, delivery.url, delivery.event, delivery.subject
        if webhook_id in self._posted:
            self._misfits.append(f"delivery {webhook_id} of order {request_id}, which is already in the outbox")
            return
        self._posted[webhook_id] = Posted(request_id, url, event, subject, "pending")
        self.rows.outbox.append((webhook_id, request_id, url, event, subject, body, self._now_s, self._at))

    def _attempt(self, attempt: RecordAttempt) -> None:
        posted = self._posted.get(attempt.webhook_id)
        if posted is None or (posted.state == attempt.state != "pending"):
            state = "unknown" if posted is None else posted.state
            self._misfits.append(f"attempt {attempt.state} of delivery {attempt.webhook_id}, which is {state}")
            return
        posted.state = attempt.state
        self.rows.attempts.append(
            (attempt.state, attempt.due_at_s, attempt.attempts, attempt.last_error, attempt.webhook_id)
        )
        if attempt.state != "pending":
            self._close_delivery(attempt, posted)

    def _close_delivery(self, attempt: RecordAttempt, posted: Posted) -> None:
        data: dict[str, Json] = {
            "webhook_id": attempt.webhook_id,
            "request_id": posted.request_id,
            "event": posted.event,
            "url": redacted_text(posted.url),
            "attempts": attempt.attempts,
            "last_error": attempt.last_error,
        }
        kind, document = f"webhook.{attempt.state}", canonical(data)
        self._audit(kind, posted.request_id, posted.subject, b"null", document)
        self._publish(kind, data, document)

    # --- the two sequences -----------------------------------------------------------------------------------

    def _audit(self, kind: str, request_id: str, interaction_id: str, peer: bytes | str, data: bytes) -> None:
        self._audit_seq += 1
        record = record_json(self._audit_seq, self._at, kind, request_id, interaction_id, peer, data)
        self._audit_hash = link(self._audit_hash, record)
        self.rows.audit.append((self._audit_seq, self._at, kind, interaction_id, record.decode(), self._audit_hash))

    def _publish(self, kind: str, data: Any, document: bytes) -> None:
        self._event_seq += 1
        self.rows.events.append((self._event_seq, self._at, kind, document.decode()))
        self._events.append(EventPublished(seq=self._event_seq, at=self._at, kind=kind, data=data))


def _state(standing: Standing | None) -> str:
    return "not on record" if standing is None else f"a {standing.kind}, {standing.status}"
