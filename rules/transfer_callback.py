"""What the external media server hears of a transfer that went through. Source: seed 000 step 3; contracts 1."""

from messages.journal import Delivery
from messages.transfers import StartTransfer


def callback(order: StartTransfer, transfer_id: str, latency_ms: float, webhook_id: str, url: str) -> Delivery:
    """The delivery to the media server at `url`; `latency_ms` from acceptance to Genesys's answer."""
    return Delivery(
        webhook_id=webhook_id,
        url=url,
        event="transfer.transferred",
        subject=order.interaction_id,
        body={
            "interaction_id": order.interaction_id,
            "transfer_id": transfer_id,
            "status": "transferred",
            "latency_ms": latency_ms,
        },
    )
