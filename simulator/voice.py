"""Voice conversations, their participants, and audio put into them. Source: contracts 3, steps 1, 2 and 5."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from aiohttp import web

from simulator.box import Box
from simulator.http_faults import json_answer
from simulator.records import Conversation, Injection
from simulator.rest import refuse
from simulator.voice_rules import InjectionOrder, read_injection

READ = ("conversation:voice:read",)
WRITE = ("conversation:voice:write",)


class VoiceDoor:
    """Whether there is consent is for the caller to see; the box carries out what it is told, and notes the consent."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world

    def conversation(self, request: web.Request, _: Any) -> web.Response:
        found = self._conversation(request)
        if isinstance(found, web.Response):
            return found
        return json_answer({"id": found.id, "state": found.state})

    def participant(self, request: web.Request, _: Any) -> web.Response:
        found = self._participant(request)
        if isinstance(found, web.Response):
            return found
        shown: dict[str, Any] = {"id": request.match_info["participant_id"], "customAttributes": dict(found[1])}
        if self._world.settings.readback:
            shown["interactions"] = self._injected(request)
        return json_answer(shown)

    def inject(self, request: web.Request, body: Any) -> web.Response:
        order = read_injection(body)
        found = self._participant(request)
        if isinstance(found, web.Response):
            return found
        conversation, attributes = found
        if conversation.state != "active":
            return refuse(409, f"the conversation {conversation.id} is {conversation.state}")
        made = self._inject(order, conversation, request.match_info["participant_id"], attributes)
        return json_answer({}, 201, {"X-Interaction-Id": made.id})

    def _inject(
        self, order: InjectionOrder, conversation: Conversation, participant_id: str, attributes: Mapping[str, Any]
    ) -> Injection:
        made = Injection(
            id=str(uuid4()),
            at_s=self._box.now_s(),
            conversation_id=conversation.id,
            participant_id=participant_id,
            url=order.url,
            mute=order.mute,
            duration_ms=order.duration_ms,
            consent=attributes.get(self._world.settings.consent_attribute),
        )
        self._world.archive.injections.setdefault(conversation.id, []).append(made)
        self._world.tally("injections.accepted")
        return made

    def _injected(self, request: web.Request) -> list[dict[str, str]]:
        """The simulator's reading of a contract that does not say how an injection is found after a lost answer."""
        conversation_id, participant_id = _ids(request)
        made = self._world.archive.injections.get(conversation_id, [])
        return [{"id": one.id, "sourceUrl": one.url} for one in made if one.participant_id == participant_id]

    def _participant(self, request: web.Request) -> tuple[Conversation, Mapping[str, Any]] | web.Response:
        conversation = self._conversation(request)
        if isinstance(conversation, web.Response):
            return conversation
        participant_id = request.match_info["participant_id"]
        attributes = self._world.custom_attributes(conversation, participant_id)
        if attributes is None:
            return refuse(404, f"the conversation {conversation.id} has no participant {participant_id}")
        return conversation, attributes

    def _conversation(self, request: web.Request) -> Conversation | web.Response:
        conversation_id = request.match_info["conversation_id"]
        found = self._world.conversation(conversation_id)
        return refuse(404, f"there is no voice conversation {conversation_id}") if found is None else found


def _ids(request: web.Request) -> tuple[str, str]:
    return request.match_info["conversation_id"], request.match_info["participant_id"]
