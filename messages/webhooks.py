"""What operators ask of the outbox and its endpoints, what is answered, and what the webhooks actor hears of it."""

from dataclasses import dataclass
from typing import Literal

from messages.orders import Peer

WebhookState = Literal["pending", "delivered", "dead"]

Cause = Literal["", "operator", "410"]
"""Why an endpoint is disabled: an operator did it, or it answered 410 Gone; empty where it is enabled."""


# --- to AuditActor: durable when answered --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliverWebhook:
    """Deliver once more what is dead or delivered, or now what waits for its next try; the `webhook-id` stays.

    It goes behind what waits for the same URL and subject. An endpoint that a 410 disabled is enabled by it, one that
    an operator disabled is not. Answered by WebhookRedelivered or WebhookRefused.
    """

    webhook_id: str
    peer: Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchEndpoint:
    """Deliver to `url`, or let what is for it wait as pending; survives restarts.

    Where it is to be delivered, what waits there for its next try falls due now, also where it was enabled before.
    `url` with its query or, as it is shown, without: then every endpoint that looks like it is meant. Answered by
    EndpointSwitched or WebhookRefused.
    """

    url: str
    enabled: bool
    peer: Peer
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRedelivered:
    """It is pending. `enabled_again`: so is its endpoint; `cause`: it waits, for that is disabled."""

    webhook_id: str
    url: str
    enabled_again: bool = False
    cause: Cause = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSwitched:
    """How the endpoint stands; `changed` is False where it stood so before. `url` has no query."""

    url: str
    enabled: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRefused:
    """Nothing was done: there is no such delivery or endpoint."""

    message: str
    remedy: str


WebhookAnswer = WebhookRedelivered | EndpointSwitched | WebhookRefused

# --- left by AuditActor for all to read ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCounted:
    """How many webhooks are to be delivered yet and how many are dead, and how many endpoints are disabled."""

    waiting: int
    dead: int
    endpoints_disabled: int


# --- to WebhookActor, once it is durable -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabled:
    """Nothing more is to go to `url`."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEnabled:
    """What waits for `url` may go."""

    url: str


# --- to ArchiveActor -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FindWebhook:
    """Answered by a mapping, as ListWebhooks has them and with the body; or None."""

    webhook_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhooks:
    """Answered by {"webhooks": [...], "endpoints": [...]}, the newest `limit` first; no query of any URL is shown."""

    status: WebhookState | None = None
    limit: int = 100
