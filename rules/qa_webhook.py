"""Whether the QA system's webhook has to be registered: once, and not again at every start. Source: contracts 3.6."""

from collections.abc import Sequence
from typing import Literal

from messages.barges import RegisteredWebhook

Standing = Literal["missing", "registered", "disabled", "elsewhere"]
"""`disabled`: somebody switched it off, and may have meant it. `elsewhere`: under its name only others are told."""


def standing(listed: Sequence[RegisteredWebhook], address: str) -> Standing:
    """How the webhook to `address` stands.

    One that is missing or elsewhere is to be registered; of one elsewhere a person has to hear, for it stays there.
    """
    ours = [webhook for webhook in listed if webhook.address == address]
    if ours:
        return "registered" if any(webhook.enabled for webhook in ours) else "disabled"
    return "elsewhere" if listed else "missing"
