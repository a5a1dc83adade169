"""One group: from what was gathered and what stands on record to the rows to write and the answers to give. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from messages.base import Json, Recipient
from messages.journal import (
    Delivery,
    EventPublished,
    Group,
    HastenDeliveries,
    OrderRecorded,
    ProgressRecorded,
    RecordAttempt,
)
from messages.orders import Peer
from messages.webhooks import RedeliverWebhook, SwitchEndpoint, WebhookAnswer
from storage.entries import Accepted, Ended, Entry, Noted, Progressed, Published
from storage.forms import Forms
from storage.lasting import LastingWriter
from storage.outbox import OutboxRows, OutboxWriter
from storage.record import canonical, link, peer_json, record_json
from storage.standing import Endpoint, Posted, Standing

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the record stands: the last audit record with its hash, the last event, the last delivery put in.

    And how many deliveries are `waiting` to be made, and `dead`.
    """

    audit_seq: int
    audit_hash: bytes
    event_seq: int
    outbox_seq: int = 0
    waiting: int = 0
    dead: int = 0


@dataclass(slots=True)
class Rows:
    """What is to be written, in the order of the columns of storage.statements."""

    commands: list[Row] = field(default_factory=list)
    steps: dict[str, Row] = field(default_factory=dict)
    ends: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    begun: list[Row] = field(default_factory=list)
    over: list[Row] = field(default_factory=list)
    outbox: OutboxRows = field(default_factory=OutboxRows)


class GroupWriter:
    """Takes entry by entry; `rows`, `heads()` and `group()` are what came of them."""

    def __init__(
        self,
        *,
        heads: Heads,
        orders: dict[str, Standing],
        posted: dict[str, Posted],
        endpoints: dict[str, Endpoint],
        lasting: LastingWriter,
        forms: Forms,
        at: str,
        now_s: float,
    ) -> None:
        self._before, self._orders, self._forms, self._at = heads, orders, forms, at
        self._lasting = lasting
        self._outbox = OutboxWriter(
            seq=heads.outbox_seq,
            number={"pending": heads.waiting, "dead": heads.dead},
            posted=posted,
            endpoints=endpoints,
            chronicle=self._tell,
            at=at,
            now_s=now_s,
        )
        self._rows = Rows(outbox=self._outbox.rows)
        self._audit_seq, self._audit_hash, self._event_seq = heads.audit_seq, heads.audit_hash, heads.event_seq
        self._recorded: list[tuple[Recipient, OrderRecorded | ProgressRecorded]] = []
        self._events: list[EventPublished] = []
        self._misfits: list[str] = []
        self._answers: list[WebhookAnswer] = []

    @property
    def rows(self) -> Rows:
        """What came of the entries that were added."""
        self._rows.begun, self._rows.over = self._lasting.begun(), self._lasting.ended()
        return self._rows

    def heads(self) -> Heads:
        """Where the record stands after this group."""
        outbox = self._outbox
        waiting, dead = outbox.number["pending"], outbox.number["dead"]
        return Heads(self._audit_seq, self._audit_hash, self._event_seq, outbox.seq, waiting, dead)

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """The endpoints after this group."""
        return self._outbox.endpoints

    def group(self, fallen_due: int = 0, unhurried: Iterable[str] = ()) -> Group:
        """What there is to tell once it is durable; `fallen_due`: how many deliveries its rows made due.

        `unhurried`: the URLs at which some are left that should have been.
        """
        heads = self.heads()
        return Group(
            recorded=tuple(self._recorded),
            events=tuple(self._events),
            event_before=self._before.event_seq,
            deliveries=fallen_due,
            urls=frozenset(self._outbox.urls),
            misfits=tuple(self._misfits),
            mark=None if heads == self._before else (heads.audit_seq, heads.event_seq),
            endpoints=tuple(self._outbox.switched),
            answers=tuple(self._answers),
            rest=tuple(HastenDeliveries(url=url) for url in unhurried),
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
                self._publish_event(entry)
            case RecordAttempt():
                self._refuse(self._outbox.attempt(entry))
            case RedeliverWebhook():
                self._answers.append(self._outbox.redeliver(entry))
            case SwitchEndpoint():
                self._answers.append(self._outbox.switch(entry))
            case HastenDeliveries():
                self._outbox.hasten(entry.url)
            case Noted():
                self._note(entry)
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
        self._rows.commands.append(
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
        self._rows.steps[request_id] = (standing.steps, request_id)
        self._audit(f"{standing.kind}.{step}", request_id, standing.interaction_id, standing.peer, entry.data)
        self._post(request_id, entry.deliveries)
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
        self._rows.ends.append((outcome.status, self._at, outcome.latency_ms, document, request_id))
        self._audit(f"{standing.kind}.ended", request_id, standing.interaction_id, standing.peer, entry.document)
        self._post(request_id, entry.deliveries)
        self._publish("order.ended", entry.fields, entry.document)

    def _post(self, request_id: str, deliveries: tuple[tuple[Delivery, str], ...]) -> None:
        for delivery, body in deliveries:
            self._refuse(self._outbox.post(request_id, delivery, body))

    def _refuse(self, why: str | None) -> None:
        if why is not None:
            self._misfits.append(why)

    def _note(self, entry: Noted) -> None:
        note = entry.message
        if note.ends and not self._lasting.end(note.ends):
            return
        row = (self._audit_seq + 1, note.kind, note.subject, entry.data.decode(), self._at)
        if note.begins and not self._lasting.begin(note.begins, row):
            return
        self._audit(note.kind, "", note.subject, peer_json(note.peer), entry.data)

    # --- the two sequences -----------------------------------------------------------------------------------

    def _tell(self, kind: str, data: Mapping[str, Json], *, request_id: str, subject: str, peer: Peer | None) -> None:
        document = canonical(data)
        self._audit(kind, request_id, subject, peer_json(peer), document)
        self._publish(kind, data, document)

    def _audit(self, kind: str, request_id: str, interaction_id: str, peer: bytes | str, data: bytes) -> None:
        self._audit_seq += 1
        record = record_json(self._audit_seq, self._at, kind, request_id, interaction_id, peer, data)
        self._audit_hash = link(self._audit_hash, record)
        self._rows.audit.append((self._audit_seq, self._at, kind, interaction_id, record.decode(), self._audit_hash))

    def _publish_event(self, entry: Published) -> None:
        event = entry.message
        if event.fleeting:
            self._tell_subscribers(event.kind, {**event.data, **event.fleeting})
        else:
            self._publish(event.kind, event.data, entry.data)

    def _publish(self, kind: str, data: Any, document: bytes) -> None:
        self._event_seq += 1
        self._rows.events.append((self._event_seq, self._at, kind, document.decode()))
        self._tell_subscribers(kind, data)

    def _tell_subscribers(self, kind: str, data: Any) -> None:
        self._events.append(EventPublished(seq=self._event_seq, at=self._at, kind=kind, data=data))


def _state(standing: Standing | None) -> str:
    return "not on record" if standing is None else f"a {standing.kind}, {standing.status}"
