"""The paths, on FastAPI: what is at each, and who may ask for it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from control.reception import Reception, Rules
from messages.orders import Peer
from web.answering import json_response, problem_response, response
from web.answers import answer
from web.bodies import read_inject
from web.description import (
    HEALTH_RESPONSES,
    INJECT_EXTRA,
    INJECT_RESPONSES,
    METRICS_RESPONSES,
    READY_RESPONSES,
    SUMMARY,
    TITLE,
    complete,
)
from web.giving import give
from web.health import readiness
from web.incoming import idempotency_key, read_body
from web.inquiries import Inquiries
from web.keys import Keys, bearer_of, peer
from web.limits import Limits
from web.metrics import MEDIA_TYPE, Scraper
from web.problems import Problem, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the paths are served with; all of one event loop. `closing` is set once the door closes."""

    reception: Reception
    rules: Rules
    inquiries: Inquiries
    scraper: Scraper
    keys: Keys
    limits: Limits
    closing: "asyncio.Future[None]"
    version: str


def application(desk: Desk) -> FastAPI:
    """Every path."""
    app = FastAPI(
        title=TITLE, summary=SUMMARY, version=desk.version, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    _orders(app, desk)
    _health(app, desk)
    _metrics(app, desk)
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    complete(app.openapi(), keyless=not desk.keys)
    return app


def _orders(app: FastAPI, desk: Desk) -> None:
    @app.post(
        "/inject",
        summary="Play audio into a live conversation",
        status_code=201,
        responses=INJECT_RESPONSES,
        openapi_extra=INJECT_EXTRA,
        response_class=Response,
    )
    async def inject(request: Request) -> Response:
        caller = who(request, desk.keys)
        request_id = idempotency_key(request.headers) or desk.rules.new_id()
        body = read_inject(await read_body(request, desk.limits.body_bytes))
        return response(answer(await give(desk.reception, body.as_order(request_id), caller, desk.closing)))


def _health(app: FastAPI, desk: Desk) -> None:
    @app.get(
        "/health", summary="Whether the process lives", responses=HEALTH_RESPONSES, response_class=PlainTextResponse
    )
    async def health() -> Response:
        return PlainTextResponse("ok")

    @app.get("/health/live", summary="The same", responses=HEALTH_RESPONSES, response_class=PlainTextResponse)
    async def live() -> Response:
        return PlainTextResponse("ok")

    @app.get("/health/ready", summary="Whether orders can be taken", responses=READY_RESPONSES, response_class=Response)
    async def ready() -> Response:
        found = await readiness(desk.inquiries, desk.limits.health_s)
        return json_response(200 if found["ready"] else 503, found)


def _metrics(app: FastAPI, desk: Desk) -> None:
    @app.get("/metrics", summary="For Prometheus", responses=METRICS_RESPONSES, response_class=PlainTextResponse)
    async def metrics(request: Request) -> Response:
        who(request, desk.keys)
        return Response(await desk.scraper.page(), media_type=MEDIA_TYPE)


def who(request: Request, keys: Keys) -> Peer:
    """Who asks; Refusal (401) where a key is needed and none that is known was given."""
    if not keys:
        return peer()
    bearer = bearer_of(request.headers.get("authorization", ""))
    name = None if bearer is None else keys.name_of(bearer)
    if name is not None:
        return peer(name)
    challenge = 'Bearer realm="switchboard"' + ("" if bearer is None else ', error="invalid_token"')
    words = "the request carries no key" if bearer is None else "the key is not one of this gateway's"
    remedy = "send Authorization: Bearer and one of the keys in SWITCHBOARD_HTTP__KEYS"
    headers = {"WWW-Authenticate": challenge}
    raise Refusal(Problem(status=401, slug="credentials", message=words, remedy=remedy, headers=headers))


# --- what is raised ------------------------------------------------------------------------------------------------


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem_response(error.problem)


def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    slug, words = FRAMEWORK.get(error.status_code, ("internal", str(error.detail)))
    message = words.format(method=request.method, path=request.url.path)
    headers: Mapping[str, str] = error.headers or {}
    return problem_response(Problem(status=error.status_code, slug=slug, message=message[:500], headers=headers))


def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # to nobody: the client went while it was being read


def _erred(_request: Request, _error: Exception) -> Response:
    """Logged, with its traceback, by whoever called the application."""
    return problem_response(Problem(status=500, slug="internal", message="see the gateway's log"))


FRAMEWORK = {404: ("path", "there is nothing at {path}"), 405: ("method", "{path} does not take {method}")}
HANDLERS: dict[type[Exception], Any] = {
    Refusal: _refused,
    HTTPException: _of_framework,
    ClientDisconnect: _gone,
    Exception: _erred,
}
