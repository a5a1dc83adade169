"""One action in hand: what it waits for, what is known of it, and what its outcome tells."""

from dataclasses import dataclass
from enum import Enum

from actors.orders import Case
from messages.assists import AssistAnswer, TriggerAssist
from messages.base import Json


class Stage(Enum):
    """What an action waits for."""

    RECORDING = "its record"
    WAITING = "a slot"
    ANSWERING = "the engine's answer"
    RESTING = "the back-off before another try"
    STRANDED = "a new connection"


@dataclass(slots=True, kw_only=True, eq=False)
class AssistCase(Case):
    """`effect_id` is the correlation id; `sent` counts frames, `slot_wait_s` is over all waits for a slot.

    `initiated`: the CRM was told that it is triggered, so it has to hear of the end.
    """

    order: TriggerAssist
    stage: Stage = Stage.RECORDING
    connection: int | None = None
    sent: int = 0
    sent_at_s: float = 0.0
    waiting_since_s: float = 0.0
    slot_wait_s: float = 0.0
    initiated: bool = False
    acknowledged: bool = False
    reauthorized: bool = False  # its one try with a fresh token is used up
    answer: AssistAnswer | None = None

    @property
    def frame_id(self) -> str:
        """Of the last frame: what is told of an earlier one is no news of this one."""
        return f"{self.effect_id}#{self.sent}"

    def told(self) -> dict[str, Json]:
        """What an outcome tells of it, beside what all outcomes tell."""
        return {
            "correlation_id": self.effect_id,
            "action_type": self.order.action_type,
            "agent_id": self.order.agent_id,
            "session_id": self.order.subject,
            "slot_wait_ms": round(self.slot_wait_s * 1000, 3),
            "engine_status": self.answer.status if self.answer is not None else None,
            "engine_code": self.answer.code if self.answer is not None else None,
        }
