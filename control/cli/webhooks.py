"""switchboardctl webhook …: what other systems are told, and whether they heard."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from control.cli import complete, show
from control.cli.line import Line
from control.cli.verbs import verb

STATES = ("pending", "delivered", "dead")
WEBHOOKS = show.columns("created_at", "state", "event", "webhook_id", "url", "attempts", "due_at", "last_error")
ENDPOINTS = show.columns("url", "state", "cause", "since", "pending")


def _ids(context: typer.Context, incomplete: str) -> list[str]:
    newest = complete.ask(context, "webhook.list", limit=100).get("webhooks", ())
    return complete.starting_with(incomplete, (webhook["webhook_id"] for webhook in newest))


def _urls(context: typer.Context, incomplete: str) -> list[str]:
    endpoints = complete.ask(context, "webhook.list", limit=1).get("endpoints", ())
    return complete.starting_with(incomplete, dict.fromkeys(endpoint["url"] for endpoint in endpoints))


def _states(incomplete: str) -> list[str]:
    return complete.starting_with(incomplete, STATES)


Webhook = Annotated[str, typer.Argument(metavar="WEBHOOK_ID", autocompletion=_ids, help="The webhook-id.")]
Endpoint = Annotated[
    str, typer.Argument(metavar="URL", autocompletion=_urls, help="The endpoint's URL, as webhook list shows it.")
]
Status = Annotated[str | None, typer.Option("--status", autocompletion=_states, help=", ".join(STATES))]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many, the newest.")]
Why = Annotated[str | None, typer.Option("--reason", help="Your own words, for the record.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its noun."""
    noun = nouns["webhook"]
    verb(noun, "list", "webhook list --status dead", "watch webhook list --status pending")(list_webhooks)
    verb(noun, "show", "webhook show 0199…")(show_webhook)
    verb(noun, "redeliver", "webhook redeliver 0199…")(redeliver)
    verb(noun, "disable", "webhook disable https://crm.example/hook --reason 'CRM is being moved'")(disable)
    verb(noun, "enable", "webhook enable https://crm.example/hook")(enable)


def list_webhooks(line: Line, status: Status = None, limit: Limit = 20) -> None:
    """List webhooks, the newest first, and the endpoints that are disabled or for which something waits."""
    none = f"no {status} webhooks on record" if status else "no webhooks on record"
    line.show(line.call("webhook.list", status=status, limit=limit), lambda answer: _draw_list(answer, none))


def show_webhook(line: Line, webhook_id: Webhook) -> None:
    """Show one webhook with its body. The query of its URL is not shown: it may hold a secret."""
    line.show(line.call("webhook.show", id=webhook_id), lambda found: show.fields(_told(found).items()))


def redeliver(line: Line, webhook_id: Webhook) -> None:
    """Deliver a dead or delivered webhook again, or a waiting one now, under the same webhook-id.

    An endpoint that was disabled because it answered 410 is enabled again by it.
    """
    line.show(line.call("webhook.redeliver", id=webhook_id), _draw_redelivered)


def disable(line: Line, url: Endpoint, reason: Why = None) -> None:
    """Let what is for an endpoint wait, over restarts too, until it is enabled. Nothing is lost."""
    answer = line.call("webhook.disable", url=url, reason=reason)
    line.show(answer, lambda done: show.done(f"{done['url']} {_was(done)}disabled; what is for it waits"))


def enable(line: Line, url: Endpoint, reason: Why = None) -> None:
    """Deliver to an endpoint, and what waits for its next try there now.

    Whether it was disabled or not: after its receiver was down, nothing has to wait for a time that was set meanwhile.
    """
    answer = line.call("webhook.enable", url=url, reason=reason)
    line.show(answer, lambda done: show.done(f"{done['url']} {_was(done)}enabled; what waits for it goes now"))


def _was(done: Mapping[str, Any]) -> str:
    return "is " if done["changed"] else "already was "


def _draw_list(answer: Mapping[str, Any], none: str) -> None:
    show.table([_told(webhook) for webhook in answer["webhooks"]], WEBHOOKS, none)
    behind = [endpoint for endpoint in answer["endpoints"] if endpoint["state"] == "disabled" or endpoint["pending"]]
    if behind:
        print()
        show.table(behind, ENDPOINTS, "")


def _told(webhook: Mapping[str, Any]) -> dict[str, Any]:
    """With words where there is no time: only the oldest that is pending of a URL and subject has one."""
    waits = webhook["state"] == "pending" and webhook["due_at"] is None
    return {**webhook, "due_at": f"after those before it for {webhook['subject']}" if waits else webhook["due_at"]}


def _draw_redelivered(answer: Mapping[str, Any]) -> None:
    endpoint = answer["endpoint"]
    if endpoint["state"] == "disabled":
        words = f"waits: {endpoint['url']} is disabled; switchboardctl webhook enable {endpoint['url']}"
        show.done(f"{answer['webhook_id']} {words}", ok=False)
    else:
        enabled = f"; {endpoint['url']} was disabled by its 410 and is enabled again"
        show.done(f"{answer['webhook_id']} is on its way again{enabled if endpoint['enabled_again'] else ''}")
