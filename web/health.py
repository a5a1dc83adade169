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
    """`status` is gateway.status, `token` token.status; None where nobody answered. Pure.

    Ready is who can take orders at all. What only some of them need, or calls' audio, is `degraded` and no reason to
    take the whole gateway out of service: the rest of it would be lost as well, and comes back no sooner for it.
    """
    known = status if isinstance(status, Mapping) else {}
    reasons: list[Json] = [*_of_state(status), *_of_token(token)]
    degraded: list[Json] = [*_degraded(known.get("degraded", []))]
    well: dict[str, Json] = {"ready": not reasons, "state": known.get("state"), "audio": known.get("audio")}
    return {**well, "reasons": reasons, "degraded": degraded}


def _of_state(status: Json) -> Iterator[dict[str, Json]]:
    if not isinstance(status, Mapping):
        yield _reason("state", "the gateway's actor does not answer")
    elif status["state"] != "running":
        yield _reason("state", f"the gateway is {status['state']}")


def _of_token(token: Json) -> Iterator[dict[str, Json]]:
    if not isinstance(token, Mapping):
        yield _reason("token", "the token's actor does not answer")
    elif token["state"] != "valid":
        why = token["last_error"] or "none was fetched yet"
        yield _reason("token", f"{NO_TOKEN}: {why}")


def _degraded(troubles: Any) -> Iterator[dict[str, Json]]:
    for trouble in map(str, troubles):
        if not trouble.startswith(NO_TOKEN):
            yield _reason("media" if trouble.startswith("audio worker ") else "session", trouble)


def _reason(check: str, message: str) -> dict[str, Json]:
    return {"check": check, "message": message}
