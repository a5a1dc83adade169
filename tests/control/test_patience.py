"""How long whoever asks waits: longer than the gateway may take for any method, and not for ever."""

from dataclasses import MISSING
from typing import Any

import pytest

from control.patience import GRACE_S, LONGER, LONGEST_ORDER_S, ROAD_S, worth_waiting_s
from control.route import Ask, AskAll, Give, Listen
from control.routes import ROUTES
from messages.orders import Order

NEEDED: dict[str, Any] = {
    "name": "token",
    "interaction_id": "i",
    "destination_uri": "tel:1",
    "prompt_key": "welcome",
    "conversation_id": "c",
    "participant_id": "p",
    "audio_url": "https://example.com/a.wav",
    "stream_matrix": {"agent_mute": False, "caller_mute": False, "normalize_level": False},
    "max_duration_ms": 1000,
    "action": "a",
    "agent_id": "a",
    "session_id": "s",
}


def of_the_gateway(method: str, params: Any) -> float:
    """What the route lets an answer take; 0 where nobody is asked."""
    match ROUTES[method]:
        case Ask(patience_s=of):
            return of(params)
        case AskAll(patience_s=patience_s) | Listen(patience_s=patience_s):
            return patience_s
        case Give():
            assert isinstance(params, Order)
            return params.deadline_s + GRACE_S
    return 0.0


def usual_params(method: str) -> Any:
    fields = getattr(ROUTES[method].params, "__dataclass_fields__", {})
    return ROUTES[method].params(**{name: NEEDED.get(name, "x") for name, field in fields.items() if is_needed(field)})


def is_needed(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


@pytest.mark.parametrize("method", ROUTES)
def test_longer_than_the_gateway_may_take_for_any_method(method: str) -> None:
    worth_s, takes_s = worth_waiting_s(method, {}), of_the_gateway(method, usual_params(method))
    assert worth_s >= takes_s + ROAD_S
    assert takes_s == 0.0 or worth_s <= takes_s + 2 * ROAD_S


def test_every_method_that_may_take_longer_is_there() -> None:
    assert set(LONGER) <= set(ROUTES)


@pytest.mark.parametrize(
    ("method", "span"),
    [("gateway.drain", "timeout_s"), ("prompts.check", "within_s"), ("transfer.start", "deadline_s")],
)
def test_the_time_that_a_request_asks_for_is_waited_for(method: str, span: str) -> None:
    assert worth_waiting_s(method, {span: 500.0}) - worth_waiting_s(method, {span: 400.0}) == 100.0


@pytest.mark.parametrize("nonsense", [None, "5", [], float("inf"), -1e300])
def test_nonsense_is_no_reason_to_wait_for_ever_or_not_at_all(nonsense: object) -> None:
    assert GRACE_S <= worth_waiting_s("transfer.start", {"deadline_s": nonsense}) <= LONGEST_ORDER_S + GRACE_S + ROAD_S
