"""What the assist engine takes and what it says: strictly read, purely decided. Source: contracts 5 and 7, seed 004."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.faults import ACTION_TYPES, Fault
from simulator.forms import BadInput, Field, Form, demand, object_of, one_of, problems, text, whole
from simulator.state import Settings

TRIGGER = ("agentassist:trigger",)
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_STRING = Field("a string", lambda given: isinstance(given, str))
_NEEDED_STRING = Field("a string", lambda given: isinstance(given, str), required=True)
_NOT_NULL = Field("anything but null", lambda given: given is not None)


def _is_uuid4(given: object) -> bool:
    return isinstance(given, str) and _UUID4.fullmatch(given) is not None


_CONNECT: Form = {"type": one_of("connect", required=True), "token": text(required=True)}
_FRAME: Form = {"type": one_of("send", required=True), "payload": object_of("an object", required=True)}
_PAYLOAD: Form = {
    "actionType": one_of(*ACTION_TYPES, required=True),
    "parameterMatrix": object_of("an object", required=True),
    "executionContext": object_of("an object of strings", required=True),
    "correlationId": Field("a UUID of version 4", _is_uuid4, required=True),
    "maxRetries": whole(0, 3, required=True),
}
_PARAMETERS: Mapping[str, dict[str, Field]] = {
    "knowledge_search": {"query": _NEEDED_STRING},
    "document_extraction": {"documentId": _NEEDED_STRING},
}
_CONTEXT = dict.fromkeys(("agentId", "sessionId", "interactionType"), _NEEDED_STRING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOrder:
    """A send frame that is well-formed; `parameters` as they came."""

    correlation_id: str
    action_type: str
    agent_id: str
    session_id: str
    parameters: Mapping[str, Any]


def read_connect(given: Any) -> str:
    """The token in a connect frame; BadInput names every field that is not as it must be."""
    return str(demand(given, _CONNECT)["token"])


def read_action(given: Any) -> ActionOrder:
    """The order in a send frame; BadInput names every field that is not as it must be."""
    if wrong := _wrong(given):
        raise BadInput(wrong)
    payload = given["payload"]
    return ActionOrder(
        correlation_id=payload["correlationId"],
        action_type=payload["actionType"],
        agent_id=payload["executionContext"]["agentId"],
        session_id=payload["executionContext"]["sessionId"],
        parameters=payload["parameterMatrix"],
    )


def correlation_in(given: Any) -> str | None:
    """The correlation id of a frame that is otherwise wrong, where it has one."""
    payload = given.get("payload") if isinstance(given, dict) else None
    found = payload.get("correlationId") if isinstance(payload, dict) else None
    return found if isinstance(found, str) else None


def _wrong(given: Any) -> list[str]:
    found = problems(given, _FRAME)
    payload = given.get("payload") if isinstance(given, dict) else None
    if not isinstance(payload, dict):
        return found
    found += problems(payload, _PAYLOAD, "payload.")
    matrix, context = payload.get("parameterMatrix"), payload.get("executionContext")
    if isinstance(matrix, dict):
        needed = _PARAMETERS.get(str(payload.get("actionType")), {})
        found += problems(matrix, dict.fromkeys(matrix, _NOT_NULL) | needed, "payload.parameterMatrix.")
    if isinstance(context, dict):
        found += problems(context, dict.fromkeys(context, _STRING) | _CONTEXT, "payload.executionContext.")
    return found


def latency_ms(settings: Settings, chance: Random) -> float:
    """How long the engine works on one action. `log_normal`: `assist_latency_ms` is the median."""
    match settings.assist_latency:
        case "uniform":
            return settings.assist_latency_ms + chance.uniform(0, settings.assist_latency_spread_ms)
        case "log_normal":
            return settings.assist_latency_ms * chance.lognormvariate(0, settings.assist_latency_sigma)
        case _:
            return settings.assist_latency_ms


def error(code: int, message: str, retry_after: object = None) -> dict[str, Any]:
    """An error frame; `retry_after` is in seconds, or whatever a fault says."""
    wait = {} if retry_after is None else {"retry_after": retry_after}
    return {"type": "error", "error": {"code": code, "message": message, **wait}}


def error_about(correlation_id: str | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """An error frame that says whose it is; None: nobody's."""
    return dict(told) if correlation_id is None else {"type": "error", "correlationId": correlation_id, **told}


def over_limit(settings: Settings) -> dict[str, Any]:
    """What an action gets that is one too many."""
    message = f"{settings.assist_limit} actions are in flight, which is the limit"
    return error(429, message, settings.assist_retry_after_s)


def forced_error(fault: Fault | None) -> dict[str, Any] | None:
    """The error that a fault gives in the engine's stead; None when the engine decides."""
    match fault:
        case Fault(action="error"):
            code = fault.options.get("code", 500)
            message = fault.options.get("message", f"a fault answers {code}")
            return error(code, message, fault.options.get("retry_after"))
        case Fault(action="rate_limited"):
            return error(429, "a fault answers 429", fault.options.get("retry_after"))
        case _:
            return None


def result(order: ActionOrder) -> dict[str, Any]:
    """The result frame. What is in `payload` beyond `actionType` is the simulator's invention."""
    return {
        "type": "result",
        "correlationId": order.correlation_id,
        "payload": {"actionType": order.action_type, **_findings(order)},
    }


def _findings(order: ActionOrder) -> dict[str, Any]:
    match order.action_type:
        case "knowledge_search":
            return {"articles": [{"title": f"About {order.parameters['query']}", "confidence": 0.9}]}
        case "document_extraction":
            return {"documentId": order.parameters["documentId"], "fields": {"pages": 1}}
        case _:
            return {"sentiment": "neutral", "score": 0.0}


def placed(answer: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The frame with its correlation id in the `frame` itself or in its `payload`. Source: contracts 5."""
    if where == "frame" or "correlationId" not in answer:
        return dict(answer)
    bare = {name: value for name, value in answer.items() if name != "correlationId"}
    return bare | {"payload": {"correlationId": answer["correlationId"], **answer.get("payload", {})}}
