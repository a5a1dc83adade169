"""What the external media server hears."""

from messages.transfers import StartTransfer
from rules.transfer_callback import callback


def test_the_callback_is_as_the_media_server_knows_it() -> None:
    order = StartTransfer(request_id="monday-7", interaction_id="conv-1", destination_uri="sip:ada@h")
    delivery = callback(order, "transfer-1", 48.25, "hook-1", "https://media.example/hook")
    assert delivery.body == {
        "interaction_id": "conv-1",
        "transfer_id": "transfer-1",
        "status": "transferred",
        "latency_ms": 48.25,
    }
    assert (delivery.url, delivery.webhook_id) == ("https://media.example/hook", "hook-1")
    assert (delivery.event, delivery.subject) == ("transfer.transferred", "conv-1")
