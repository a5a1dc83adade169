"""The body of POST /api/v2/media/play, strictly read. Pure. Source: contracts 2, step 4."""

from dataclasses import dataclass
from typing import Any

from simulator.forms import BadInput, Field, Form, number, object_of, one_of, problems, text, url

_BODY: Form = {
    "interactionId": text(required=True),
    "media": Field("a list with one medium", lambda given: isinstance(given, list) and len(given) == 1, required=True),
}
_MEDIUM: Form = {
    "url": url(required=True),
    "type": one_of("audio", required=True),
    "playbackOptions": object_of("an object with volume", required=True),
}
_OPTIONS: Form = {"volume": number(0, 10, required=True)}


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """What shall be played into which interaction, and how loud."""

    interaction_id: str
    url: str
    volume: float


def read_play(given: Any) -> PlayOrder:
    """The order in a body; BadInput names every field that is not as it must be."""
    wrong = problems(given, _BODY)
    media = given.get("media") if isinstance(given, dict) else None
    medium = media[0] if isinstance(media, list) and len(media) == 1 else {}
    if isinstance(media, list) and len(media) == 1:
        wrong += problems(medium, _MEDIUM, "media[0].")
    options = medium.get("playbackOptions") if isinstance(medium, dict) else None
    if isinstance(options, dict):
        wrong += problems(options, _OPTIONS, "media[0].playbackOptions.")
    if wrong:
        raise BadInput(wrong)
    return PlayOrder(given["interactionId"], medium["url"], medium["playbackOptions"]["volume"])
