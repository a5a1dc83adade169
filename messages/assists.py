"""Agent Assist: the order that triggers one action, and what the engine says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from messages.journal import OpenOrders, OrderRecorded
from messages.orders import CancelOrders, DeadlinePassed, Order, Submit
from messages.sessions import FrameSent, FromSession
from messages.tokens import TokenDenied, TokenGranted

MAX_RETRIES = 2  # unless told otherwise; seed 004's own example

Completion = Literal["answer", "fire_and_forget"]
"""When an action has ended: with the engine's answer, or as soon as it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerAssist(Order):
    """Have the engine carry out one action. `parameter_matrix` holds any JSON; `correlation_id` is a UUID 4.

    `max_retries` covers frames that could not be sent, lost connections, and the engine's 429 and 5xx.
    """

    kind: ClassVar[str] = "assist"
    confidential: ClassVar[frozenset[str]] = frozenset({"parameter_matrix"})

    action_type: str
    parameter_matrix: Mapping[str, Any]
    execution_context: Mapping[str, str]
    correlation_id: str | None = None
    max_retries: int = MAX_RETRIES

    @property
    def subject(self) -> str:
        """The agent's session: the id of the interaction as the engine knows it."""
        return self.execution_context.get("sessionId", "")

    @property
    def agent_id(self) -> str:
        """Empty where the order names none, for which it is refused."""
        return self.execution_context.get("agentId", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAssists:
    """Have at most `max_in_flight` actions with the engine from now on.

    Answered by {"max_in_flight", "before", "limit", "in_flight"}: `limit` is what holds now, and lower where it adapts.
    While more than that are in flight, none is begun.
    """

    max_in_flight: int


# --- what the engine says ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistConnected:
    """The session is authenticated: actions may be sent on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistRefused:
    """An error about the session itself: `code` as in HTTP, `message` in the engine's own words, shortened."""

    code: int | None
    message: str
    retry_after_s: float | None = None


Meaning = Literal["done", "acknowledged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistAnswer:
    """What the engine said of one action; `code`, `message` and `retry_after_s` where it failed."""

    correlation_id: str
    meaning: Meaning
    status: str
    code: int | None = None
    message: str = ""
    retry_after_s: float | None = None


FromEngine = AssistConnected | AssistRefused | AssistAnswer


# --- alarms --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOverdue:
    """An action's own alarm: it has waited long enough for its slot."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOverdue:
    """A slot's own alarm: the engine has had its time for this action; also rings when the order has ended before."""

    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """An action's own alarm: its back-off is over."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOverdue:
    """The assist session's own alarm; what is overdue, its phase says."""


ToAssists = (
    Submit
    | OrderRecorded
    | OpenOrders
    | FromSession
    | FrameSent
    | TokenGranted
    | TokenDenied
    | LimitAssists
    | SlotOverdue
    | ActionOverdue
    | SendAgain
    | LineOverdue
    | DeadlinePassed
    | CancelOrders
)
