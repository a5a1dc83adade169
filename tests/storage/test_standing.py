"""How an order stands, from its row."""

from storage.standing import Standing
from tests.storage.kit import FORMS


def standing(status: str, outcome: str | None = None) -> Standing:
    return Standing("transfer", "i-1", "null", "{}", status, '["sent"]', outcome)


def test_an_open_order_stands_as_accepted() -> None:
    found = standing("accepted").as_outcome("r-1", FORMS)
    assert (found.request_id, found.kind, found.status) == ("r-1", "transfer", "accepted")


def test_an_ended_order_stands_as_it_ended() -> None:
    ended = standing(
        "failed",
        '{"request_id":"r-1","kind":"transfer","status":"failed","detail":"no","reasons":[],"latency_ms":1.5,'
        '"retries":2,"codec":"opus"}',
    )
    assert not ended.open
    found = ended.as_outcome("r-1", FORMS)
    assert (found.status, found.retries, found.extra) == ("failed", 2, {"codec": "opus"})


def test_steps_are_kept_in_order() -> None:
    order = standing("accepted")
    order.add_step("retry")
    assert order.steps == '["sent","retry"]'
