"""The event socket of the tutorial dialect: how playback events are asked for, and what they tell.

Source: seed 001 step 3; contracts 2.5 and 7.7.
"""

from typing import Any

import orjson

from genesys.answers import read_object
from genesys.errors import Malformed
from genesys.tutorial.playback import progress
from genesys.tutorial.rest_answers import words
from messages.playbacks import EventsSubscribed, FromEvents, SubscriptionRefused

SOCKET_PATH = "/api/v2/interactions/events/subscribe"
PLAYBACK_STATE = "media.playback.state"


def subscribe_frame(interaction_id: str) -> str:
    """The frame that asks for the playback events of one interaction."""
    frame = {"action": "subscribe", "eventTypes": [PLAYBACK_STATE], "filters": {"interactionId": interaction_id}}
    return orjson.dumps(frame).decode()


def read_event(frame: str | bytes) -> FromEvents | None:
    """What a frame tells; None for events of other types, states that we do not know, and what is no event at all."""
    try:
        told = read_object(frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame)
    except Malformed:
        return None
    if told.get("type") == PLAYBACK_STATE:
        return progress(told)
    return _about_the_subscription(told)


def _about_the_subscription(told: dict[str, Any]) -> EventsSubscribed | SubscriptionRefused | None:
    """No document says what an acknowledgement looks like: whatever calls itself one is taken for it."""
    names = [told.get(name) for name in ("type", "action", "status", "event")]
    if "error" in names or told.get("error"):
        said = (words(told.get(name)) for name in ("error", "message", "status"))
        return SubscriptionRefused(detail=next(filter(None, said), "no reason given"))
    acknowledged = any(isinstance(name, str) and "subscri" in name.lower() for name in names)
    return EventsSubscribed() if acknowledged else None
