"""The methods of the outbox: what waits, what went, what died; and endpoints switched off and on. Pure."""

from control.answers import found_webhook, on_record, redelivered, switched
from control.params import EndpointParams, WebhookParams, WebhooksParams
from control.patience import ARCHIVE_S
from control.route import Ask, Asking, Route
from messages.webhooks import FindWebhook, ListWebhooks, RedeliverWebhook, SwitchEndpoint


def archive(_params: object) -> tuple[str, ...]:
    """Who reads."""
    return ("archive",)


def journal(_params: object) -> tuple[str, ...]:
    """Who writes; what it answers is durable."""
    return ("audit",)


def patience_s(_params: object) -> float:
    """For the archive."""
    return ARCHIVE_S


def redeliver(params: WebhookParams, asking: Asking) -> RedeliverWebhook:
    """webhook.redeliver."""
    return RedeliverWebhook(webhook_id=params.id, peer=asking.peer)


def disable(params: EndpointParams, asking: Asking) -> SwitchEndpoint:
    """webhook.disable."""
    return SwitchEndpoint(url=params.url, enabled=False, peer=asking.peer, reason=params.reason)


def enable(params: EndpointParams, asking: Asking) -> SwitchEndpoint:
    """webhook.enable."""
    return SwitchEndpoint(url=params.url, enabled=True, peer=asking.peer, reason=params.reason)


WEBHOOKS: tuple[Route, ...] = (
    Ask(
        method="webhook.list",
        role="viewer",
        params=WebhooksParams,
        summary="Webhooks, newest first, and the endpoints they go to",
        actors=archive,
        message=lambda params, _asking: ListWebhooks(status=params.status, limit=params.limit),
        answer=on_record,
        patience_s=patience_s,
    ),
    Ask(
        method="webhook.show",
        role="viewer",
        params=WebhookParams,
        summary="One webhook with its body",
        actors=archive,
        message=lambda params, _asking: FindWebhook(webhook_id=params.id),
        answer=found_webhook,
        patience_s=patience_s,
    ),
    Ask(
        method="webhook.redeliver",
        role="operator",
        params=WebhookParams,
        summary="Deliver a dead or delivered webhook again, or a waiting one now, with the same webhook-id",
        actors=journal,
        message=redeliver,
        answer=redelivered,
    ),
    Ask(
        method="webhook.disable",
        role="operator",
        params=EndpointParams,
        summary="Let what is for an endpoint wait, until it is enabled",
        actors=journal,
        message=disable,
        answer=switched,
    ),
    Ask(
        method="webhook.enable",
        role="operator",
        params=EndpointParams,
        summary="Deliver to an endpoint, disabled or not, and what waits for its next try there now",
        actors=journal,
        message=enable,
        answer=switched,
    ),
)
