"""Actions as orders: read strictly at the door, with any JSON in their parameters."""

from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from messages.assists import TriggerAssist
from messages.orders import DEADLINE_S

READER = TypeAdapter(TriggerAssist)
LEAST: dict[str, Any] = {
    "action_type": "knowledge_search",
    "parameter_matrix": {"query": "refunds"},
    "execution_context": {"agentId": "a-1", "sessionId": "s-1", "interactionType": "voice"},
}


def read(**fields: Any) -> TriggerAssist:
    return READER.validate_json(orjson.dumps({**LEAST, **fields}))


def wrong_fields(given: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        READER.validate_json(orjson.dumps(given))
    return sorted(".".join(str(part) for part in error["loc"]) for error in refused.value.errors())


def test_everything_but_action_parameters_and_context_has_a_default() -> None:
    order = read()
    assert order == TriggerAssist(**LEAST)
    assert (order.correlation_id, order.max_retries, order.deadline_s) == (None, 2, DEADLINE_S)


def test_parameters_may_be_any_json() -> None:
    matrix = {"query": "q", "limit": 3, "deep": {"list": [1, None, {"a": 1.5}]}, "flag": True, "nothing": None}
    assert read(parameter_matrix=matrix).parameter_matrix == matrix


def test_every_missing_field_is_named_at_once() -> None:
    assert wrong_fields({}) == ["action_type", "execution_context", "parameter_matrix"]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("action_type", 7, "action_type"),
        ("parameter_matrix", [], "parameter_matrix"),
        ("parameter_matrix", None, "parameter_matrix"),
        ("execution_context", "a-1", "execution_context"),
        ("execution_context", {"agentId": 7}, "execution_context.agentId"),
        ("execution_context", {"agentId": None}, "execution_context.agentId"),
        ("correlation_id", 7, "correlation_id"),
        ("max_retries", "2", "max_retries"),
        ("max_retries", 1.5, "max_retries"),
        ("max_retries", True, "max_retries"),
        ("colour", "blue", "colour"),
    ],
)
def test_nothing_is_turned_into_what_it_is_not(field: str, value: object, named: str) -> None:
    assert wrong_fields({**LEAST, field: value}) == [named]


def test_an_order_is_about_the_agents_session() -> None:
    assert (read().subject, read().agent_id) == ("s-1", "a-1")
    assert (read(execution_context={}).subject, read(execution_context={}).agent_id) == ("", "")


def test_an_order_survives_its_record() -> None:
    order = read(correlation_id="550e8400-e29b-41d4-a716-446655440000", request_id="monday-7")
    assert READER.validate_json(orjson.dumps(order)) == order
