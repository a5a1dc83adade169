"""What /openapi.json tells beside the paths themselves: bodies, problems, the key. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from web.answers import KEY_HEADER
from web.bodies import ID, InjectBody
from web.problems import MEDIA_TYPE

TITLE = "Switchboard"
SUMMARY = "Steer live Genesys Cloud interactions"
REF = "#/components/schemas/{model}"
KEY_SCHEME = "key"

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}


def object_of(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """The schema of an object with these members."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


REASON = object_of({"code": TEXT, "gate": TEXT, "message": TEXT, "remedy": TEXT})
PROBLEM = object_of(
    {"type": {**TEXT, "format": "uri"}, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "message": TEXT},
    {
        "id": {**TEXT, "description": "The order's request_id, where there is an order."},
        "remedy": TEXT,
        "fields": {"type": "array", "items": object_of({"field": TEXT, "problem": TEXT})},
        "reasons": {"type": "array", "items": REASON},
    },
)
SUCCESS = object_of({"status": {"const": "success"}, "message": TEXT, "id": TEXT_OR_NULL})
ACCEPTED = object_of({"status": {"const": "accepted"}, "message": TEXT, "id": {"type": "null"}})
FINDINGS: Schema = {"type": "array", "items": object_of({"check": TEXT, "message": TEXT})}
COUNT: Schema = {"type": "integer"}
AUDIO: Schema = {"anyOf": [object_of({"state": TEXT, "workers": COUNT, "ready": COUNT}), {"type": "null"}]}
READINESS = object_of(
    {
        "ready": {"type": "boolean"},
        "state": TEXT_OR_NULL,
        "audio": AUDIO,
        "reasons": FINDINGS,
        "degraded": FINDINGS,
    }
)
SCHEMAS: Mapping[str, Schema] = {
    "Problem": PROBLEM,
    "Success": SUCCESS,
    "Accepted": ACCEPTED,
    "Readiness": READINESS,
}

PROBLEMS: Mapping[int, str] = {
    400: "The body is invalid, or a value breaks a rule",
    401: "No key, or an unknown one",
    403: "The consent is missing, the conversation is not active, or the request is another site's",
    408: "The request did not arrive in time",
    409: f"The {KEY_HEADER} belongs to a different order",
    413: "The body is over 64 KiB",
    415: "The body is not application/json",
    429: "Busy, or Genesys asks to slow down",
    500: "The gateway erred",
    502: "The dispatch failed",
    503: "The circuit is open, the gateway is draining, or too many are being served",
}
RETRY = {429, 503}


def problems(*statuses: int) -> dict[int | str, Schema]:
    """The responses with these statuses."""
    return {status: _problem(status) for status in statuses}


def told(description: str, schema: str, media_type: str = "application/json", *headers: str) -> Schema:
    """A response with a body of one of SCHEMAS."""
    content = {media_type: {"schema": {"$ref": REF.format(model=schema)}}}
    return {"description": description, "content": content, "headers": {name: _header() for name in headers}}


def _problem(status: int) -> Schema:
    return told(PROBLEMS[status], "Problem", MEDIA_TYPE, *(["Retry-After"] if status in RETRY else []))


def _header() -> Schema:
    return {"schema": TEXT}


def _text(description: str) -> Schema:
    return {"description": description, "content": {"text/plain": {"schema": TEXT}}}


INJECT_RESPONSES: dict[int | str, Schema] = {
    201: told("Genesys plays the audio; `id` is its interaction's", "Success", "application/json", KEY_HEADER),
    202: told(f"Not ended yet; ask again with the same {KEY_HEADER}", "Accepted", "application/json", KEY_HEADER),
    **problems(400, 401, 403, 408, 409, 413, 415, 429, 500, 502, 503),
}
INJECT_EXTRA: Schema = {
    "parameters": [
        {
            "name": KEY_HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "pattern": ID},
            "description": "The order's request_id: the same one again is the same order, and gives its outcome.",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": REF.format(model="InjectBody")}}},
    },
}
HEALTH_RESPONSES: dict[int | str, Schema] = {200: _text("The process lives"), **problems(500)}
READY_RESPONSES: dict[int | str, Schema] = {
    200: told("Ready for orders, and what does not work beside them", "Readiness"),
    503: told("Not ready, and why", "Readiness"),
    **problems(500),
}
METRICS_RESPONSES: dict[int | str, Schema] = {200: _text("Prometheus"), **problems(401, 403, 500, 503)}


def complete(schema: Schema, *, keyless: bool) -> None:
    """Put into `schema`, as FastAPI made it from the paths, what they refer to."""
    _, models = models_json_schema([(InjectBody, "validation")], ref_template=REF)
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {}).update({**models["$defs"], **SCHEMAS})
    if not keyless:
        components["securitySchemes"] = {KEY_SCHEME: {"type": "http", "scheme": "bearer"}}
        for path in ("/inject", "/metrics"):
            for operation in schema["paths"][path].values():
                operation["security"] = [{KEY_SCHEME: []}]
