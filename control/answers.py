"""What becomes of an actor's answer before it goes out. Pure."""

from datetime import UTC, datetime
from typing import Any

from control.route import Backlog, as_it_is
from control.wire import INVALID_PARAMS, RpcError
from messages.archive import ArchiveRefused
from messages.base import Json
from messages.prompts import PromptsChecked, PromptsRefused
from messages.supervision import ChildRefused, ChildStarted, Description
from messages.webhooks import EndpointSwitched, WebhookRedelivered, WebhookRefused
from rules.audio_coverage import matrix

SESSION = "session."  # how the addresses of sessions begin


def done(_answer: Any, _address: Backlog) -> Json:
    """The answer to what was only to be done: that it was."""
    return {"done": True}


def described(answer: Description, address: Backlog) -> Json:
    """actor.show."""
    return {
        "name": answer.name,
        "kind": answer.kind,
        "incarnation": answer.incarnation,
        "backlog": address.backlog(),
        "facts": answer.facts,
    }


def restarted(answer: ChildStarted | ChildRefused, _address: Backlog) -> Json:
    """actor.restart; that it was not done is a result like any other."""
    if isinstance(answer, ChildRefused):
        return {"restarted": False, "name": answer.name, "why": answer.why}
    return {"restarted": True, "name": answer.name, "incarnation": answer.incarnation}


def on_record(answer: Any, _address: Backlog) -> Json:
    """What the archive answered; what it refused is the asker's parameters' fault."""
    if isinstance(answer, ArchiveRefused):
        raise RpcError(INVALID_PARAMS, answer.message, {"remedy": answer.remedy})
    return as_it_is(answer, _address)


def found(answer: Any, address: Backlog) -> Json:
    """command.show."""
    if answer is None:
        remedy = "`command list` has the orders on record"
        raise RpcError(INVALID_PARAMS, "no order with this request_id is on record", {"remedy": remedy})
    return on_record(answer, address)


def silent_session(address: str, why: str) -> Json:
    """The row of session.list for a session that did not answer."""
    name = address.removeprefix(SESSION)
    nothing: dict[str, Json] = dict.fromkeys(("kind", "url", "tls", "connected_since", "reconnects"))
    return {"name": name, "state": "unresponsive", "last_error": why, **nothing}


def in_utc(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC to the millisecond, as records are stamped."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def covered(answer: PromptsChecked | PromptsRefused, _address: Backlog) -> Json:
    """prompts.check."""
    if isinstance(answer, PromptsRefused):
        raise RpcError(INVALID_PARAMS, answer.message, {"remedy": answer.remedy})
    return matrix(answer.rows)


def found_webhook(answer: Any, address: Backlog) -> Json:
    """webhook.show."""
    if answer is None:
        remedy = "`webhook list` has those there are"
        raise RpcError(INVALID_PARAMS, "no delivery with this webhook id is on record", {"remedy": remedy})
    return on_record(answer, address)


def redelivered(answer: WebhookRedelivered | WebhookRefused, _address: Backlog) -> Json:
    """webhook.redeliver."""
    if isinstance(answer, WebhookRefused):
        raise RpcError(INVALID_PARAMS, answer.message, {"remedy": answer.remedy})
    endpoint: dict[str, Json] = {
        "url": answer.url,
        "state": "disabled" if answer.cause else "enabled",
        "cause": answer.cause or None,
        "enabled_again": answer.enabled_again,
    }
    return {"webhook_id": answer.webhook_id, "state": "pending", "endpoint": endpoint}


def switched(answer: EndpointSwitched | WebhookRefused, _address: Backlog) -> Json:
    """webhook.disable, webhook.enable."""
    if isinstance(answer, WebhookRefused):
        raise RpcError(INVALID_PARAMS, answer.message, {"remedy": answer.remedy})
    state = "enabled" if answer.enabled else "disabled"
    return {"url": answer.url, "state": state, "changed": answer.changed}
