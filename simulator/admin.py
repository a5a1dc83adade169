"""The admin door, /sim/…: state and orders over HTTP, without a login, from this machine only."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from simulator.controls import Controls
from simulator.forms import BadInput, read_json
from simulator.http_faults import json_answer
from simulator.report import MAX_PAGE
from simulator.state import TABLE_PAGE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Work = Callable[[web.Request, Any], object]
"""Given the request and its body as JSON, what to answer as JSON."""


class AdminDoor:
    """One route for each of Controls' methods; bad input is 400 with every problem in `problems`."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def routes(self) -> list[web.RouteDef]:
        """What the server adds to its own routes."""
        do = self._controls
        return [
            web.get("/sim/state", _door(self._state)),
            web.get("/sim/transfers/{id}", _door(self._transfer)),
            web.get("/sim/faults", _door(_shows("faults", do.faults))),
            web.post("/sim/faults", _door(_tells("ids", do.add_faults))),
            web.delete("/sim/faults", _door(_shows("removed", do.remove_faults))),
            web.delete("/sim/faults/{id}", _door(self._remove_fault)),
            web.put("/sim/interactions/{id}", _door(self._set_interaction)),
            web.put("/sim/conversations/{id}", _door(self._set_conversation)),
            web.put("/sim/cdn/{language}/{tier}/{file}", _door(self._set_asset)),
            web.delete("/sim/cdn/{language}/{tier}/{file}", _door(self._remove_asset)),
            web.get("/sim/plays", _door(_shows("plays", do.plays))),
            web.get("/sim/plays/{id}", _door(_shows_one("plays", do.plays))),
            web.get("/sim/injections", _door(_shows("injections", do.injections))),
            web.get("/sim/injections/{id}", _door(_shows_one("injections", do.injections))),
            web.get("/sim/webhooks", _door(_shows("webhooks", do.webhooks))),
            web.delete("/sim/webhooks", _door(_shows("removed", do.remove_webhooks))),
            web.put("/sim/settings", _door(_tells("settings", do.change_settings))),
            web.post("/sim/sessions/drop", _door(_tells("dropped", do.drop_sessions))),
            web.post("/sim/tokens/revoke", _door(_tells("revoked", do.revoke_tokens))),
            web.post("/sim/push", _door(_tells("sessions", do.push))),
            web.delete("/sim/push", _door(_shows("stopped", do.stop_push))),
            web.get("/sim/sink/{id}", _door(_shows_one("deliveries", do.sink))),
            web.put("/sim/sink/{id}", _door(self._script_sink)),
            web.delete("/sim/sink/{id}", _door(_shows_one("removed", do.clear_sink))),
            web.get("/sim/streams", _door(_shows("streams", do.streams))),
            web.delete("/sim/streams", _door(_shows("removed", do.clear_streams))),
            web.get("/sim/streams/{id}", _door(_shows_one("streams", do.streams))),
            web.get("/sim/lanes", _door(_shows("lanes", do.lanes))),
            web.get("/sim/lanes/{id}", _door(_shows_one("lanes", do.lanes))),
            web.get("/sim/transcripts", _door(_shows("scripts", do.transcripts))),
            web.put("/sim/transcripts", _door(_tells("scripts", do.set_transcripts))),
            web.post("/sim/transcription/restart", _door(_tells("restarting", do.restart_transcription))),
            web.get("/sim/assist", _door(self._assist)),
            web.get("/sim/assist/sessions/{id}", _door(_shows_one("actions", do.actions))),
            web.get("/sim/assist/{id}", _door(self._action)),
        ]

    def _state(self, request: web.Request, body: Any) -> object:
        return self._controls.state(_page(request, "offset", 0), _page(request, "limit", TABLE_PAGE))

    def _transfer(self, request: web.Request, body: Any) -> object:
        transfer_id = request.match_info["id"]
        found = self._controls.transfer(transfer_id)
        if found is None:
            raise LookupError(f"no frame with the id {transfer_id} has come in; GET /sim/state lists those that have")
        return found

    def _assist(self, request: web.Request, body: Any) -> object:
        return self._controls.assist(_page(request, "offset", 0), _page(request, "limit", TABLE_PAGE))

    def _action(self, request: web.Request, body: Any) -> object:
        correlation_id = request.match_info["id"]
        found = self._controls.action(correlation_id)
        if found is None:
            raise LookupError(f"no action {correlation_id} has come in; GET /sim/assist lists those that have")
        return found

    def _script_sink(self, request: web.Request, body: Any) -> object:
        return self._controls.script_sink(request.match_info["id"], body)

    def _remove_fault(self, request: web.Request, body: Any) -> object:
        fault_id = request.match_info["id"]
        if not self._controls.remove_faults(fault_id):
            raise LookupError(f"there is no fault {fault_id}; GET /sim/faults lists them")
        return {"removed": 1}

    def _set_interaction(self, request: web.Request, body: Any) -> object:
        return self._controls.set_interaction(request.match_info["id"], body)

    def _set_conversation(self, request: web.Request, body: Any) -> object:
        return self._controls.set_conversation(request.match_info["id"], body)

    def _set_asset(self, request: web.Request, body: Any) -> object:
        return self._controls.set_asset(*_asset(request), body)

    def _remove_asset(self, request: web.Request, body: Any) -> object:
        if not self._controls.remove_asset(*_asset(request)):
            raise LookupError(f"the CDN has no {'/'.join(_asset(request))}")
        return {"removed": 1}


def is_local(request: web.Request) -> bool:
    """Whether the caller is on this machine."""
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def foreign() -> web.Response:
    return json_answer({"problems": ["/sim/… answers to callers on the loopback interface only"]}, 403)


def _asset(request: web.Request) -> tuple[str, str, str]:
    return request.match_info["language"], request.match_info["tier"], request.match_info["file"]


def _shows(name: str, ask: Callable[[], object]) -> Work:
    def work(_: web.Request, __: Any) -> object:
        return {name: ask()}

    return work


def _shows_one(name: str, ask: Callable[[str], object]) -> Work:
    def work(request: web.Request, _: Any) -> object:
        return {name: ask(request.match_info["id"])}

    return work


def _tells(name: str, ask: Callable[[Any], object]) -> Work:
    def work(_: web.Request, body: Any) -> object:
        return {name: ask(body)}

    return work


def _door(work: Work) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if not is_local(request):
            return foreign()
        try:
            return json_answer(work(request, await _body(request)))
        except BadInput as bad:
            return json_answer({"problems": bad.problems, "see": "docs/simulator.md"}, 400)
        except LookupError as missing:
            return json_answer({"problems": [str(missing.args[0])]}, 404)

    return handle


async def _body(request: web.Request) -> Any:
    raw = await request.read()
    return read_json(raw) if raw else {}


def _page(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, str(default))
    if not (given.isascii() and given.isdigit()) or (name == "limit" and int(given) > MAX_PAGE):
        bound = f" to {MAX_PAGE}" if name == "limit" else ""
        raise BadInput([f"{name}: expected a whole number from 0{bound}, got {given[:40]!r}"])
    return int(given)
