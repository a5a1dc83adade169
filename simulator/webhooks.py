"""Webhooks: registered, and listed. Source: contracts 3, step 6; that they can be listed is the simulator's reading."""

from typing import Any
from uuid import uuid4

from aiohttp import web

from simulator.box import Box
from simulator.forms import BadInput, Field, Form, flag, object_of, one_of, problems, text, texts, url
from simulator.http_faults import json_answer

WRITE = ("webhook:write",)
READ = ("webhook:write", "webhook:read")
EVENT = "conversation:voice:interaction:completed"
_BODY: Form = {
    "name": text(required=True),
    "address": url(required=True),
    "event": one_of(EVENT, required=True),
    "enabled": flag(required=True),
    "filter": object_of("an object with field, operator and values", required=True),
}
_FILTER: Form = {
    "field": one_of("conversationId", required=True),
    "operator": one_of("eq", required=True),
    "values": Field("a list of at least one text", lambda given: bool(given) and texts().accepts(given), required=True),
}


class WebhookDoor:
    """/api/v2/webhooks. Two of one name are two webhooks: it is for the caller not to double them."""

    def __init__(self, box: Box) -> None:
        self._world = box.world

    def register(self, request: web.Request, body: Any) -> web.Response:
        webhook = {"id": str(uuid4()), **read_webhook(body)}
        self._world.archive.webhooks.append(webhook)
        self._world.tally("webhooks.created")
        return json_answer(webhook, 201)

    def listing(self, request: web.Request, _: Any) -> web.Response:
        return json_answer({"entities": self._world.archive.webhooks})


def read_webhook(given: Any) -> dict[str, Any]:
    """The body as it was given; BadInput names every field that is not as it must be."""
    wrong = problems(given, _BODY)
    if isinstance(given, dict) and isinstance(given.get("filter"), dict):
        wrong += problems(given["filter"], _FILTER, "filter.")
    if wrong:
        raise BadInput(wrong)
    return dict(given)
