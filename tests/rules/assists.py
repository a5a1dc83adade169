"""An assist order that nobody objects to."""

from typing import Any

from messages.assists import TriggerAssist

UUID4 = "550e8400-e29b-41d4-a716-446655440000"
UUID7 = "0190a5a0-0000-7000-8000-000000000001"
CONTEXT = {"agentId": "a-1", "sessionId": "s-1", "interactionType": "voice"}


def order(**fields: Any) -> TriggerAssist:
    given: dict[str, Any] = {
        "action_type": "knowledge_search",
        "parameter_matrix": {"query": "refunds"},
        "execution_context": CONTEXT,
    }
    return TriggerAssist(**{**given, **fields})
