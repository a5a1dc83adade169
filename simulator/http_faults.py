"""Faults on HTTP requests, the WebSockets' handshakes included; and the error body that Genesys gives."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
from aiohttp import web

from simulator.box import Box, transport_of, until_gone
from simulator.faults import Fault
from simulator.frames import HUGE_BYTES
from simulator.sessions import reset

DEFAULT_REFUSAL = 503
AFTERWARDS = frozenset({"effect_then_drop", "mute_answers"})
"""These strike a request when it has been carried out, and before it is answered."""

Answer = Callable[[], Awaitable[web.StreamResponse]]


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, headers=headers, content_type="application/json")


def error_answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """An error as the REST API words it."""
    return json_answer({"status": status, "code": code, "message": message}, status, headers)


async def under_faults(
    box: Box, request: web.Request, occasion: Mapping[str, str], answer: Answer
) -> web.StreamResponse:
    """What `answer` gives, unless a fault strikes: then later, not at all, or something else in its stead."""
    fault = box.plan.choose({"method": request.method, "path": request.path, **occasion})
    if fault is None:
        return await answer()
    await request.read()  # all of it: a reset while the client still writes would show as a broken pipe or worse
    box.world.tally(f"faults.{fault.action}")
    if fault.action in AFTERWARDS:
        await answer()
    if fault.latency_s > 0:
        await asyncio.sleep(fault.latency_s)
    if fault.action == "latency":
        return await answer()
    if fault.action in ("abort", "effect_then_drop"):
        reset(transport_of(request))
    if fault.action in ("abort", "silence") or fault.action in AFTERWARDS:
        await until_gone()
    return _junk(fault.options) if fault.action == "junk" else _refusal(fault)


def _refusal(fault: Fault) -> web.Response:
    status = fault.options.get("status", DEFAULT_REFUSAL)
    error = {"status": status, "code": "simulated.fault", "message": f"a fault answers {status}"}
    return dictated(fault.options, status, error)


def dictated(options: Mapping[str, Any], status: int, otherwise: object) -> web.Response:
    """The answer that `faults.ANSWER` options ask for; `otherwise` is its JSON where they give no `body`."""
    headers = {}
    if "retry_after" in options:
        headers["Retry-After"] = str(options["retry_after"])
    if "retry_after_date_s" in options:
        when = datetime.now(UTC) + timedelta(seconds=options["retry_after_date_s"])
        headers["Retry-After"] = format_datetime(when, usegmt=True)
    if "location" in options:
        headers["Location"] = options["location"]
    if "body" in options:
        return web.Response(text=options["body"], status=status, headers=headers)
    return json_answer(otherwise, status, headers)


def _junk(options: Mapping[str, Any]) -> web.Response:
    match options.get("what", "json"):
        case "binary":
            body = bytes(range(256))
        case "utf8":
            body = b'{"state": "\xe2\x82"}'
        case "huge":
            body = b'{"state": "' + b"x" * options.get("size_bytes", HUGE_BYTES) + b'"}'
        case _:
            body = b'{"state": '
    return web.Response(body=body, content_type="application/json")
