"""The REST API: one interaction's state and participants. Source: contracts 1 (pre-flight) and 2, step 1."""

import asyncio

from aiohttp import web

from simulator.access import admit, charge
from simulator.box import Box
from simulator.http_faults import error_answer, interfere, json_answer

VIEW = ("interaction:view", "interaction:read")
"""Seed 000 asks for the first of these scopes to read an interaction, seed 001 for the second."""


class InteractionDoor:
    """GET /api/v2/interactions/{id}."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle(self, request: web.Request) -> web.Response:
        interaction_id = request.match_info["id"]
        self._box.world.tally("rest.interaction")
        faulted = await interfere(self._box, request, {"route": "interaction", "interaction_id": interaction_id})
        if faulted is not None:
            return faulted
        grant = admit(self._box, request, *VIEW)
        if isinstance(grant, web.Response):
            return grant
        within, headers = charge(self._box, grant)
        if not within:
            self._box.world.tally("refused.429")
            return error_answer(429, "too.many.requests", "rate limit exceeded; see Retry-After", headers)
        await asyncio.sleep(self._box.world.settings.rest_latency_ms / 1000)
        return self._answer(interaction_id, headers)

    def _answer(self, interaction_id: str, headers: dict[str, str]) -> web.Response:
        found = self._box.world.interaction(interaction_id)
        if found is None:
            return error_answer(404, "not.found", f"there is no interaction {interaction_id}", headers)
        shown = {"id": found.id, "state": found.state, "participants": found.participants}
        return json_answer(shown, headers=headers)
