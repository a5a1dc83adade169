"""What AuditActor gathers for the next group, put into JSON at once: what JSON cannot say fails alone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

import orjson

from messages.base import Json
from messages.journal import (
    Delivery,
    HastenDeliveries,
    PublishEvent,
    RecordAccepted,
    RecordAttempt,
    Recorded,
    RecordEnded,
    RecordNote,
    RecordProgress,
)
from messages.orders import Outcome
from messages.webhooks import RedeliverWebhook, SwitchEndpoint
from storage.forms import Forms
from storage.record import canonical, canonical_order
from storage.redaction import redacted, redacted_text, without


@dataclass(frozen=True, slots=True)
class Ended:
    """An outcome, as fields and in canonical JSON, both without secrets."""

    outcome: Outcome
    fields: Mapping[str, Json]
    document: bytes
    deliveries: tuple[tuple[Delivery, str], ...] = ()  # with their bodies as JSON


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order: whole, to resume it; and as it goes on record."""

    message: RecordAccepted
    body: str
    data: bytes
    ended: Ended | None


@dataclass(frozen=True, slots=True)
class Progressed:
    """A step with its data in canonical JSON."""

    message: RecordProgress
    data: bytes
    deliveries: tuple[tuple[Delivery, str], ...] = ()  # with their bodies as JSON


@dataclass(frozen=True, slots=True)
class Noted:
    """A note with its data in canonical JSON."""

    message: RecordNote
    data: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """An event with its data in canonical JSON."""

    message: PublishEvent
    data: bytes


Entry: TypeAlias = (
    Accepted
    | Progressed
    | Ended
    | Noted
    | Published
    | RecordAttempt
    | RedeliverWebhook
    | SwitchEndpoint
    | HastenDeliveries
)


def entry(message: Recorded, forms: Forms) -> Entry:
    """`message` ready for a group; TypeError where it holds what JSON cannot say."""
    match message:
        case RecordAccepted():
            return _accepted(message, forms)
        case RecordProgress():
            return Progressed(message, redacted(canonical(message.data)), _with_bodies(message.deliveries))
        case RecordEnded():
            return _ended(message.outcome, forms, message.deliveries)
        case PublishEvent():
            return Published(message, canonical(message.data))
        case RecordAttempt():
            return replace(message, last_error=redacted_text(message.last_error)) if message.last_error else message
        case RedeliverWebhook() | HastenDeliveries():
            return message
        case SwitchEndpoint():
            return replace(message, reason=redacted_text(message.reason))
        case RecordNote():
            return Noted(message, redacted(canonical(message.data)))
        case _:
            assert_never(message)


def _accepted(message: RecordAccepted, forms: Forms) -> Accepted:
    body = canonical_order(message.order)
    recorded = redacted(without(body, message.order.confidential))
    data = b'{"effect_id":%b,"order":%b}' % (orjson.dumps(message.effect_id), recorded)
    ended = _ended(message.outcome, forms, ()) if message.outcome is not None else None
    return Accepted(message, body.decode(), data, ended)


def _ended(outcome: Outcome, forms: Forms, deliveries: tuple[Delivery, ...]) -> Ended:
    fields = forms.outcome_as_json(outcome)
    document = canonical(fields)
    clean = redacted(document)
    fields = fields if clean is document else orjson.loads(clean)
    return Ended(outcome, fields, clean, _with_bodies(deliveries))


def _with_bodies(deliveries: tuple[Delivery, ...]) -> tuple[tuple[Delivery, str], ...]:
    return tuple((delivery, canonical(delivery.body).decode()) for delivery in deliveries)
