"""Whether the gateway is ready for orders, judged from what its actors say of themselves."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from messages.base import Json
from web.inquiries import Inquiries

NO_TOKEN = "there is no access token"  # gateway.status has it too; here the token's own actor tells


async def readiness(inquiries: Inquiries, patience_s: float) -> dict[str, Json]:
    """The body of /health/ready."""
    methods = ("gateway.status", "token.status")
    status, token = await asyncio.gather(*(inquiries.ask(method, patience_s) for method in methods))
    return judge(status, token)


def judge(status: Json, token: Json) -> dict[str, Json]:
    """`status` is gateway.status, `token` token.status; None where nobody answered. Pure."""
    reasons: list[Json] = list(_reasons(status, token))
    state = status.get("state") if isinstance(status, Mapping) else None
    return {"ready": not reasons, "state": state, "reasons": reasons}


def _reasons(status: Json, token: Json) -> Iterator[dict[str, Json]]:
    if not isinstance(status, Mapping):
        yield _reason("state", "the gateway's actor does not answer")
    else:
        if status["state"] != "running":
            yield _reason("state", f"the gateway is {status['state']}")
        degraded: Any = status["degraded"]
        others = (str(trouble) for trouble in degraded if not str(trouble).startswith(NO_TOKEN))
        yield from (_reason(_check(trouble), trouble) for trouble in others)
    if not isinstance(token, Mapping):
        yield _reason("token", "the token's actor does not answer")
    elif token["state"] != "valid":
        why = token["last_error"] or "none was fetched yet"
        yield _reason("token", f"there is no valid access token: {why}")


def _check(trouble: str) -> str:
    return "media" if trouble.startswith("audio worker ") else "session"


def _reason(check: str, message: str) -> dict[str, Json]:
    return {"check": check, "message": message}
