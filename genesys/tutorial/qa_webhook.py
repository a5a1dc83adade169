"""The QA system's webhook in the tutorial dialect: is it registered, and how to.

Source: seed 002 step 4; contracts 3.6.

That webhooks can be listed, and in which shape, no document says: the list alone, or under a key, is understood.
"""

from typing import Any

import orjson

from genesys.tutorial.rest_answers import dispatched, looked_up
from genesys.verdicts import PASSED, Verdict
from messages.barges import RegisteredWebhook
from messages.rest import CallAnswered, HttpRequest, HttpResponse

PATH = "/api/v2/webhooks"
NAME = "qa-sync-injection"
EVENT = "conversation:voice:interaction:completed"
LISTS = ("entities", "webhooks", "items", "results")
CONFLICT = 409


def webhooks_request(api_url: str) -> HttpRequest:
    """GET of the registered webhooks."""
    return HttpRequest(route=f"GET {PATH}", method="GET", url=api_url + PATH)


def read_webhooks(answered: CallAnswered) -> tuple[RegisteredWebhook, ...] | Verdict:
    """Those that are registered under our name; a Verdict where Genesys does not tell."""
    found = looked_up(_with_a_key(answered), "webhooks", "SB-213")
    if isinstance(found, Verdict):
        return found
    listed: list[Any] = next((found[key] for key in LISTS if isinstance(found.get(key), list)), [])
    return tuple(_webhook(entry) for entry in listed if isinstance(entry, dict) and entry.get("name") == NAME)


def registration_request(api_url: str, address: str) -> HttpRequest:
    """POST of our webhook; twice would register it twice."""
    body = {
        "name": NAME,
        "address": address,
        "event": EVENT,
        "enabled": True,
        "filter": {"field": "conversationId", "operator": "eq", "values": ["*"]},
    }
    return HttpRequest(
        route=f"POST {PATH}",
        method="POST",
        url=api_url + PATH,
        headers={"content-type": "application/json", "accept": "application/json"},
        body=orjson.dumps(body),
        idempotent=False,
    )


def read_registration(answered: CallAnswered) -> Verdict:
    """Whether it is registered now; that it was already is as good."""
    if answered.response is not None and answered.response.status == CONFLICT:
        return PASSED
    taken = dispatched(answered, "the registration", {})
    return taken if isinstance(taken, Verdict) else PASSED


def _with_a_key(answered: CallAnswered) -> CallAnswered:
    """A list alone as an object, which is what can be read safely."""
    response = answered.response
    if response is None or not response.body.lstrip().startswith(b"["):
        return answered
    body = b'{"%b":%b}' % (LISTS[0].encode(), response.body)
    told = HttpResponse(status=response.status, headers=response.headers, body=body)
    return CallAnswered(call_id=answered.call_id, response=told, failure=answered.failure, detail=answered.detail)


def _webhook(entry: dict[str, Any]) -> RegisteredWebhook:
    address, event = entry.get("address"), entry.get("event")
    return RegisteredWebhook(
        name=NAME,
        address=address if isinstance(address, str) else "",
        event=event if isinstance(event, str) else "",
        enabled=entry.get("enabled") is not False,
    )
