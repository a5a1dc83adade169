"""The way of every REST call: counted, faulted, admitted, charged, carried out. And the API's interactions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from simulator.access import admit, charge
from simulator.box import Box
from simulator.forms import BadInput, read_json
from simulator.http_faults import error_answer, json_answer, under_faults
from simulator.records import Play

VIEW = ("interaction:view", "interaction:read")
"""Seed 000 asks for the first of these scopes to read an interaction, seed 001 for the second."""
COUNTED = frozenset({400, 404, 409, 415})
_IDS = {
    **{name: name for name in ("interaction_id", "conversation_id", "participant_id", "transfer_id")},
    "interactionId": "interaction_id",
    "correlationId": "correlation_id",
    "actionType": "action_type",
    "agentId": "agent_id",
    "sessionId": "session_id",
    "executionState": "execution_state",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Work = Callable[[web.Request, Any], web.Response]
"""Given the request and its body as JSON (None without one); BadInput becomes 400."""


class RestDesk:
    """Makes a handler of a piece of work; its `route` names the faults that may strike and the count."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def serve(self, route: str, scopes: tuple[str, ...], work: Work) -> Handler:
        """`scopes`: any one of them is enough."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self._box.world.tally(f"rest.{route}")
            occasion = {"route": route, **ids_in(request.match_info), **ids_in(await _peek(request))}
            return await under_faults(self._box, request, occasion, lambda: self._answer(request, scopes, work))

        return handle

    async def _answer(self, request: web.Request, scopes: tuple[str, ...], work: Work) -> web.Response:
        grant = admit(self._box, request, *scopes)
        if isinstance(grant, web.Response):
            return grant
        within, headers = charge(self._box, grant)
        if not within:
            self._box.world.tally("refused.429")
            return error_answer(429, "too.many.requests", "rate limit exceeded; see Retry-After", headers)
        answer = _carry_out(request, await request.read(), work)
        if answer.status in COUNTED:
            self._box.world.tally(f"refused.{answer.status}")
        answer.headers.update(headers)
        await asyncio.sleep(self._box.world.settings.rest_latency_ms / 1000)
        return answer


def ids_in(given: object) -> dict[str, str]:
    """The ids in a path's variables or a body that a fault may be matched by."""
    if not isinstance(given, Mapping):
        return {}
    return {ours: str(given[theirs]) for theirs, ours in _IDS.items() if theirs in given}


def refuse(status: int, message: str) -> web.Response:
    """A request that is well-formed and cannot be carried out."""
    return error_answer(status, {404: "not.found", 409: "conflict"}[status], message)


async def _peek(request: web.Request) -> Any:
    try:
        return read_json(await request.read())
    except BadInput:
        return None


def _carry_out(request: web.Request, raw: bytes, work: Work) -> web.Response:
    if raw and request.content_type != "application/json":
        return error_answer(415, "bad.content.type", f"the body must be application/json, not {request.content_type}")
    try:
        return work(request, read_json(raw) if request.method == "POST" else None)
    except BadInput as bad:
        return error_answer(400, "bad.request", "; ".join(bad.problems))


class InteractionDoor:
    """GET /api/v2/interactions/{id}. Source: contracts 1 (pre-flight) and 2, step 1."""

    def __init__(self, box: Box) -> None:
        self._world = box.world

    def show(self, request: web.Request, _: Any) -> web.Response:
        interaction_id = request.match_info["interaction_id"]
        found = self._world.interaction(interaction_id)
        if found is None:
            return refuse(404, f"there is no interaction {interaction_id}")
        shown = {"id": found.id, "state": found.state, "participants": found.participants}
        if self._world.settings.readback:
            shown["mediaPlayback"] = [_shown(play) for play in self._world.archive.plays.get(found.id, [])]
        return json_answer(shown)


def _shown(play: Play) -> dict[str, str]:
    """The simulator's reading of a contract that does not say how a play's state is read back."""
    return {"url": play.url, "state": play.state} | ({"error": play.error} if play.error is not None else {})
