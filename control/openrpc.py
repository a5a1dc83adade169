"""The table of routes as an OpenRPC document. Pure. Source: https://spec.open-rpc.org, version 1.3.2."""

from collections.abc import Iterable
from typing import Any

from control.route import Give, Route, adapter

OUTCOME: dict[str, Any] = {
    "type": "object",
    "required": ["request_id", "kind", "status", "detail", "reasons", "latency_ms", "retries"],
    "properties": {
        "request_id": {"type": "string"},
        "kind": {"type": "string"},
        "status": {"enum": ["accepted", "succeeded", "failed", "refused", "interrupted"]},
        "detail": {"type": "string"},
        "reasons": {"type": "array", "items": {"$ref": "#/components/schemas/Reason"}},
        "latency_ms": {"type": "number"},
        "retries": {"type": "integer"},
    },
}
REASON: dict[str, Any] = {
    "type": "object",
    "required": ["code", "gate", "message", "remedy"],
    "properties": {name: {"type": "string"} for name in ("code", "gate", "message", "remedy")},
}


def describe(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document that rpc.discover answers with."""
    schemas: dict[str, Any] = {"Outcome": OUTCOME, "Reason": REASON}
    methods = [_method(route, schemas) for route in routes]
    return {
        "openrpc": "1.3.2",
        "info": {"title": "Switchboard control socket", "version": version},
        "methods": methods,
        "components": {"schemas": schemas},
    }


def _method(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = adapter(route.params).json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.get("$defs", {}))
    required = schema.get("required", [])
    result = {"$ref": "#/components/schemas/Outcome"} if isinstance(route, Give) else {"type": "object"}
    return {
        "name": route.method,
        "summary": route.summary,
        "paramStructure": "by-name",
        "params": [
            {"name": name, "required": name in required, "schema": described}
            for name, described in schema.get("properties", {}).items()
        ],
        "result": {"name": "result", "schema": result},
        "x-role": route.role,
    }
