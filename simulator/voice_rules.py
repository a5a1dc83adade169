"""The body of POST …/participants/{id}/interactions, strictly read. Pure. Source: contracts 3, steps 3 to 5."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.forms import BadInput, Field, Form, flag, one_of, problems, split_url

LONGEST_MS = 30_000  # contracts 3, step 3
_EXTENSIONS = (".wav", ".mp3", ".ogg")
_DURATION = re.compile(r"PT(?=\d)(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,4})M)?(?:(?P<s>\d{1,6})(?:\.(?P<f>\d{1,3}))?S)?")


def duration_ms(given: object) -> int | None:
    """An ISO 8601 duration of hours, minutes and seconds to the millisecond; None when it is none such."""
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return None
    seconds = int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + int(found["s"] or 0)
    return seconds * 1000 + int((found["f"] or "0").ljust(3, "0"))


def _is_playable(given: object) -> bool:
    parts = split_url(given)
    return parts is not None and parts.path.endswith(_EXTENSIONS)


def _is_short(given: object) -> bool:
    found = duration_ms(given)
    return found is not None and 1 <= found <= LONGEST_MS


_BODY: Form = {
    "type": one_of("play", required=True),
    "sourceType": one_of("url", required=True),
    "sourceUrl": Field("an http or https URL of a .wav, .mp3 or .ogg", _is_playable, required=True),
    "mute": flag(required=True),
    "maxDuration": Field("an ISO 8601 duration from PT0.001S to PT30S", _is_short, required=True),
}


@dataclass(frozen=True, slots=True)
class InjectionOrder:
    """What shall be played, how long at most, and whether the others are muted meanwhile."""

    url: str
    mute: bool
    duration_ms: int


def read_injection(given: Any) -> InjectionOrder:
    """The order in a body; BadInput names every field that is not as it must be."""
    if wrong := problems(given, _BODY):
        raise BadInput(wrong)
    return InjectionOrder(given["sourceUrl"], given["mute"], duration_ms(given["maxDuration"]) or 0)
