"""GET /api/v2/tokens/me: what the bearer of the request is. Source: Genesys Cloud Platform API, Tokens."""

from typing import Any

from aiohttp import web

from simulator.box import Box
from simulator.http_faults import json_answer

ORGANISATION = {"id": "00000000-0000-4000-8000-000000000001", "name": "Simulated"}


class IdentityDoor:
    """Any token that lives is known, whatever its scopes; the desk before it turns the others away."""

    def __init__(self, box: Box) -> None:
        self._world = box.world

    def show(self, _request: web.Request, _: Any) -> web.Response:
        """Whose it is: the one OAuth client that the box has."""
        client = {"id": self._world.settings.client_id, "name": "Switchboard"}
        return json_answer({"organization": ORGANISATION, "OAuthClient": client})
