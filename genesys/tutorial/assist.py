"""The Agent Assist socket of the tutorial dialect: the frames that authenticate and trigger, and what comes back.

Source: seed 004 steps 1 to 3; contracts 5 and 7.2.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from genesys.tutorial.rest_answers import words
from messages.assists import AssistAnswer, AssistConnected, AssistRefused, FromEngine, Meaning, TriggerAssist
from rules.retry_after import asked_s

SOCKET_PATH = "/api/v2/agentassist/stream"
MOST_DIGITS = 9


def connect_frame(secret: str) -> str:
    """The frame with the token in it: fit for the socket and for nothing else."""
    return orjson.dumps({"type": "connect", "token": secret}).decode()


def action_frame(order: TriggerAssist, correlation_id: str) -> str:
    """The frame that triggers `order`; every retry of the same action carries the same `correlation_id`."""
    payload = {
        "actionType": order.action_type,
        "parameterMatrix": dict(order.parameter_matrix),
        "executionContext": dict(order.execution_context),
        "correlationId": correlation_id,
        "maxRetries": order.max_retries,
    }
    return orjson.dumps({"type": "send", "payload": payload}).decode()


def read_assist(frame: str | bytes, now: datetime) -> FromEngine | None:
    """What `frame` tells; None for what is no frame of this socket. `now` dates a Retry-After.

    No document says how an action is acknowledged: whatever else names its correlation id is taken for that.
    """
    try:
        told = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    kind = told.get("type") if isinstance(told, dict) else None
    if not isinstance(kind, str):
        return None
    correlation_id = _correlation_id(told)
    if kind == "connected":
        return AssistConnected()
    if kind == "error" or (correlation_id is None and told.get("error")):
        return _error(told, correlation_id, now)
    if correlation_id is None:
        return None
    meaning: Meaning = "done" if kind == "result" else "acknowledged"
    return AssistAnswer(correlation_id=correlation_id, meaning=meaning, status=words(kind))


def _error(told: Mapping[str, Any], correlation_id: str | None, now: datetime) -> AssistAnswer | AssistRefused:
    error = told.get("error")
    said: Mapping[str, Any] = error if isinstance(error, dict) else {"message": error}
    code, message = _code(said.get("code")), words(said.get("message"))
    retry_after_s = asked_s(said.get("retry_after"), now)
    if correlation_id is None:
        return AssistRefused(code=code, message=message, retry_after_s=retry_after_s)
    return AssistAnswer(
        correlation_id=correlation_id,
        meaning="failed",
        status="error",
        code=code,
        message=message,
        retry_after_s=retry_after_s,
    )


def _correlation_id(told: Mapping[str, Any]) -> str | None:
    """In the frame itself or in its payload; contracts 5."""
    payload = told.get("payload")
    found = told.get("correlationId", payload.get("correlationId") if isinstance(payload, dict) else None)
    return found.lower() if isinstance(found, str) else None


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS:
        return int(value)
    return value if type(value) is int else None
