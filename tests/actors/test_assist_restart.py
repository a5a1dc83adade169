"""Actions over crashes and restarts: sent again only where that is safe, never past the deadline."""

from typing import Any

import pytest

from messages.journal import OpenOrder
from messages.orders import CancelOrders
from tests.actors.assists import ONE, TWO, AssistScene, action
from tests.actors.scenes import PEER


def on_record(*steps: str, request_id: str = ONE, age_s: float = 1.0, **fields: Any) -> OpenOrder:
    order = action(request_id, **fields)
    return OpenOrder(order=order, peer=PEER, effect_id=request_id, age_s=age_s, steps=steps)


def restarted(*open_orders: OpenOrder, limit: int = 50, up: bool = True) -> AssistScene:
    """A gateway that was killed and comes back to `open_orders`."""
    scene = AssistScene(limit=limit, up=False)
    scene.crash()
    scene.live(*open_orders)
    if up:
        scene.up()
    return scene


def test_what_was_not_sent_goes_its_ordinary_way() -> None:
    scene = restarted(on_record())
    assert scene.sent() == [ONE]
    assert scene.told_crm() == ["assist.initiated"]
    scene.result()
    assert scene.ended().retries == 0


def test_what_was_sent_is_sent_again_with_the_same_id_and_the_crm_hears_of_it_once() -> None:
    scene = restarted(on_record("sent"))
    assert scene.sent() == [ONE]
    scene.result()
    assert scene.told_crm() == ["assist.completed"]
    assert scene.is_at_rest()


def test_what_was_sent_holds_its_slot_before_anybody_else_gets_one() -> None:
    scene = restarted(on_record(request_id=TWO), on_record("sent"), limit=1)
    assert scene.sent() == [ONE]
    scene.result(ONE)
    assert scene.sent() == [TWO]


@pytest.mark.parametrize(
    ("steps", "max_retries"),
    [(("sent",), 0), (("sent", "retry", "sent"), 1), (("sent", "acknowledged"), 3)],
)
def test_what_must_not_be_sent_again_is_interrupted(steps: tuple[str, ...], max_retries: int) -> None:
    scene = restarted(on_record(*steps, max_retries=max_retries))
    assert not scene.sent()
    outcome = scene.ends()[ONE]
    assert (outcome.status, outcome.reasons[0].code) == ("interrupted", "SB-501")
    assert scene.in_flight() == 1  # the engine may still be at it
    scene.stage.advance(30.0)
    assert scene.is_at_rest()


def test_nothing_is_sent_past_the_deadline_and_the_crm_hears_that_it_failed() -> None:
    scene = restarted(on_record("sent", age_s=31.0))
    assert not scene.sent()
    assert scene.told_crm() == ["assist.failed"]
    scene.stage.advance(30.0)
    assert scene.is_at_rest()


def test_what_is_left_of_the_deadline_is_what_a_resumed_action_has() -> None:
    scene = restarted(on_record("sent", age_s=20.0), up=False)
    scene.stage.advance(9.9)
    assert not scene.ends()
    scene.stage.advance(0.1)
    assert scene.ends()[ONE].latency_ms == 30_000.0


def test_a_crash_of_the_actor_alone_loses_nothing() -> None:
    scene = AssistScene(up=False)
    scene.up()
    scene.trigger()
    scene.sent()
    scene.crash()
    scene.live(on_record("sent"))
    scene.up()
    assert scene.sent() == [ONE]
    scene.result()
    assert scene.ends()[ONE].status == "succeeded"


def test_a_cancelled_action_is_interrupted_and_its_slot_comes_back_with_the_answer() -> None:
    scene = AssistScene()
    scene.trigger()
    scene.tell(CancelOrders())
    assert scene.told_crm() == ["assist.initiated", "assist.failed"]
    assert scene.in_flight() == 1
    scene.result()
    assert scene.is_at_rest()


def test_two_open_orders_with_one_correlation_id_do_not_hurt_each_other() -> None:
    second = OpenOrder(order=action(TWO, correlation_id=ONE), peer=PEER, effect_id=ONE, age_s=1.0, steps=())
    scene = restarted(on_record("sent"), second)
    assert scene.ends()[TWO].reasons[0].code == "SB-135"
    assert scene.sent() == [ONE]
    scene.result()
    assert scene.ends()[ONE].status == "succeeded"
    assert scene.is_at_rest()
