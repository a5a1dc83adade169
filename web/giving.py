"""An order from HTTP, given and waited for: what went wrong at the door becomes a problem."""

import asyncio
from collections.abc import Mapping
from typing import Any

from control.reception import Busy, Draining, NotTaken, Reception, still_open
from messages.barges import InjectBarge
from messages.orders import Peer
from rules.outcomes import outcome_as_json
from web.answers import KEY_HEADER, WAIT_S
from web.problems import Problem, Refusal


async def give(
    reception: Reception, order: InjectBarge, peer: Peer, closing: "asyncio.Future[None]"
) -> Mapping[str, Any]:
    """The outcome of `order`; still `accepted` when it is not known in time, or when the door closes first.

    Refusal when it was not taken.
    """
    giving = asyncio.create_task(reception.give(order.kind, order, peer))
    try:
        await asyncio.wait((giving, closing), return_when=asyncio.FIRST_COMPLETED)
        return giving.result() if giving.done() else outcome_as_json(still_open(order))
    except NotTaken as error:
        raise Refusal(_problem(error, order)) from error
    finally:
        giving.cancel()


def _problem(error: NotTaken, order: InjectBarge) -> Problem:
    status, slug, wait_s = 503, "feature", None
    if isinstance(error, Draining):
        slug, wait_s = "draining", WAIT_S[503]
    elif isinstance(error, Busy):
        status, slug, wait_s = 429, "busy", 1.0
    return Problem(
        status=status,
        slug=slug,
        message=error.message,
        id=order.request_id,
        remedy=error.remedy,
        retry_after_s=wait_s,
        headers={KEY_HEADER: order.request_id},
    )
