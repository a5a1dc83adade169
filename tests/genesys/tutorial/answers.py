"""Answers to REST calls as the desk hands them on."""

from collections.abc import Mapping
from typing import Any

import orjson

from genesys.verdicts import Verdict
from messages.rest import CallAnswered, Failure, HttpResponse


def answer(
    status: int, body: Any = b"", headers: Mapping[str, str] | None = None, *, maybe_sent: bool = False
) -> CallAnswered:
    """A response; `body` as bytes, or anything else to be put into JSON."""
    told = body if isinstance(body, bytes) else orjson.dumps(body)
    response = HttpResponse(status=status, headers=headers or {}, body=told)
    failure: Failure = "rate_limited" if status == 429 else "unauthorized" if status == 401 else ""
    return CallAnswered(call_id="c", response=response, failure=failure, maybe_sent=maybe_sent)


def silence(failure: Failure, *, maybe_sent: bool = False) -> CallAnswered:
    """No response."""
    return CallAnswered(call_id="c", response=None, failure=failure, detail="in their words", maybe_sent=maybe_sent)


def told(verdict: object) -> tuple[str, str]:
    """Status and code of a verdict that did not pass."""
    assert isinstance(verdict, Verdict)
    (why,) = verdict.reasons
    return verdict.status, why.code
