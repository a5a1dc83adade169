"""What every request passes before it reaches its path, and every answer on its way back (ASGI)."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.answering import problem_response
from web.connection import CROWDED, crowd
from web.headers import SECURITY
from web.limits import Limits
from web.origins import foreign
from web.problems import Problem

HEALTH = "/health"  # answered in any crowd: whoever watches must not take a busy gateway for a dead one


class Shell:
    """Turns away what is too much or another site's; puts the headers of security on what goes out."""

    def __init__(self, app: ASGIApp, limits: Limits, *, keyless: bool) -> None:
        self._app, self._limits, self._keyless = app, limits, keyless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise TypeError(f"no such protocol here: {scope['type']}")
        exchange = _Exchange(scope, receive, send)
        problem = self._objection(scope, Headers(scope=scope))
        if problem is not None:
            await problem_response(problem)(scope, exchange.receive, exchange.send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # uvicorn, which has the other scope, leaves the body out
        await self._app(scope, exchange.receive, exchange.send)

    def _objection(self, scope: Scope, headers: Headers) -> Problem | None:
        if _size(scope) > self._limits.head_bytes:
            words = f"the head is over {self._limits.head_bytes} bytes"
            return Problem(status=431, slug="head", message=words)
        path = scope["path"]
        if path == HEALTH or path.startswith(f"{HEALTH}/"):
            return None
        if CROWDED in scope["state"]:
            return crowd(self._limits)
        wrong = foreign(headers.get("origin"), headers.get("host"), keyless=self._keyless)
        if wrong is None:
            return None
        remedy = "call from a program, not from a web page; behind a proxy, set SWITCHBOARD_HTTP__KEYS"
        return Problem(status=403, slug="origin", message=wrong, remedy=remedy)


def _size(scope: Scope) -> int:
    """Of the head, in bytes, near enough; the protocol counts only while it is incomplete."""
    return (
        len(scope["raw_path"])
        + len(scope["query_string"])
        + sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    )


class _Exchange:
    """One request and its answer, as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._asked_for_body = False

    async def receive(self) -> Message:
        self._asked_for_body = True
        return await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
            if CROWDED in self._scope["state"] or self._body_is_held_back():
                headers["Connection"] = "close"
        await self._send(message)

    def _body_is_held_back(self) -> bool:
        """The client waits to be told to go on, and was not: what it sends next could be read as either."""
        return not self._asked_for_body and "expect" in Headers(scope=self._scope)
