"""POST /oauth/token: client credentials, HTTP Basic, form-encoded. Source: contracts 0, RFC 6749 sections 4.4, 5.2."""

import binascii
from base64 import b64decode

from aiohttp import web

from simulator.access import mint
from simulator.box import Box
from simulator.http_faults import json_answer, under_faults

FORM = "application/x-www-form-urlencoded"


class TokenDoor:
    """Hands out tokens and counts every fetch, refused ones too."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self._box.world.tally("token.fetches")
        return await under_faults(self._box, request, {"route": "token"}, lambda: self._answer(request))

    async def _answer(self, request: web.Request) -> web.Response:
        if request.content_type != FORM:
            return self._refuse(400, "invalid_request", f"the body must be {FORM}, not {request.content_type}")
        if not self._knows(request.headers.get("Authorization", "")):
            return self._refuse(401, "invalid_client", "the client id or the secret in HTTP Basic is wrong")
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return self._refuse(400, "unsupported_grant_type", "grant_type must be client_credentials")
        return self._grant(str(form.get("scope", "")).split())

    def _grant(self, asked: list[str]) -> web.Response:
        allowed = self._box.world.settings.allowed_scopes
        beyond = [scope for scope in asked if allowed is not None and scope not in allowed]
        if beyond:
            return self._refuse(400, "invalid_scope", f"this client may not have {' '.join(beyond)}")
        token, lifetime_s = mint(self._box, frozenset(asked) if asked else None)
        self._box.world.tally("token.granted")
        whole_s = int(lifetime_s) if lifetime_s == int(lifetime_s) else lifetime_s
        granted = {"access_token": token, "token_type": "bearer", "expires_in": whole_s}
        return json_answer({**granted, "scope": " ".join(asked)} if asked else granted)

    def _knows(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        try:
            pair = b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        settings = self._box.world.settings
        return scheme.lower() == "basic" and pair == f"{settings.client_id}:{settings.client_secret}"

    def _refuse(self, status: int, error: str, description: str) -> web.Response:
        self._box.world.tally("token.refused")
        return json_answer({"error": error, "error_description": description}, status)
