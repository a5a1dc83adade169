"""What the CRM hears of an action: that it was triggered, and how it ended. Source: seed 004 step 4; contracts 5."""

from datetime import datetime
from typing import Literal

from messages.assists import TriggerAssist
from messages.journal import Delivery
from messages.orders import Status
from rules.instants import instant

ExecutionState = Literal["initiated", "completed", "failed"]


def crm_callback(
    order: TriggerAssist, correlation_id: str, state: ExecutionState, at: datetime, webhook_id: str, url: str
) -> Delivery:
    """The delivery to the CRM at `url`, in order with the others of the same agent's session."""
    return Delivery(
        webhook_id=webhook_id,
        url=url,
        event=f"assist.{state}",
        subject=order.subject,
        body={
            "correlationId": correlation_id,
            "actionType": order.action_type,
            "agentId": order.agent_id,
            "sessionId": order.subject,
            "timestamp": instant(at),
            "executionState": state,
        },
    )


def end_state(status: Status) -> ExecutionState:
    """What an outcome is to the CRM, which knows no interruptions."""
    return "completed" if status == "succeeded" else "failed"
