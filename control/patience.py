"""How long the gateway may take for an answer, by method, and how long whoever asks waits. Pure; loads nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

USUAL_S = 5.0  # how long an actor may take to answer a question
DRAIN_S = 15.0  # on top of the drain's own time: interrupting and recording what is left
LIST_S = 2.0  # for all sessions together, and on top of the time that prompts are looked at
RESTART_S = 30.0  # a child's shutdown time, and its start
REFRESH_S = 30.0  # a token fetch with its retries
ARCHIVE_S = 30.0  # a query over a long record
VERIFY_S = 600.0  # walking or writing the whole chain
GRACE_S = 5.0  # past an order's own deadline, for its end to be recorded and heard of
LONGEST_ORDER_S = 3600.0  # for the answer to one order, whatever its deadline says
LONGEST_SPAN_S = 86_400.0  # that any parameter may ask for
ROAD_S = 5.0  # on top of what the gateway may take: a busy one reads and writes late


@dataclass(frozen=True, slots=True)
class Patience:
    """`own_s` and the time that the parameter `span` asks for, `usual_s` where it is not given."""

    own_s: float = USUAL_S
    span: str = ""
    usual_s: float = 0.0
    longest_s: float = LONGEST_SPAN_S


ORDER = Patience(GRACE_S, "deadline_s", 30.0, LONGEST_ORDER_S)

LONGER: Mapping[str, Patience] = {
    "gateway.drain": Patience(DRAIN_S, "timeout_s", 30.0),
    "actor.restart": Patience(RESTART_S),
    "token.refresh": Patience(REFRESH_S),
    "transfer.start": ORDER,
    "playback.play": Patience(GRACE_S, "deadline_s", 330.0, LONGEST_ORDER_S),
    "barge.inject": ORDER,
    "assist.trigger": ORDER,
    "prompts.check": Patience(LIST_S, "within_s", 60.0),
    **dict.fromkeys(
        ("command.show", "command.list", "webhook.list", "webhook.show", "audit.query", "audit.metrics"),
        Patience(ARCHIVE_S),
    ),
    **dict.fromkeys(("audit.verify", "audit.export"), Patience(VERIFY_S)),
}


def worth_waiting_s(method: str, params: Mapping[str, Any]) -> float:
    """Longer than a gateway that is well takes to answer, in seconds: whoever has waited so long waits in vain."""
    patience = LONGER.get(method, Patience())
    asked = params.get(patience.span, patience.usual_s)
    span_s = asked if isinstance(asked, int | float) else patience.usual_s
    return patience.own_s + min(max(0.0, span_s), patience.longest_s) + ROAD_S
