"""The entities of AudioHook's `event` messages. Source: genesys-platform 3.5; entities-transcript.ts."""

from dataclasses import dataclass
from typing import Any

import orjson

from genesys.audiohook_durations import write_duration
from genesys.audiohook_media import Samples, seconds_of

LONGEST_TRANSCRIPT = 9_000  # characters of one entity: even if JSON escapes every one, a message holds it
BARGE_IN = b'{"type":"barge_in","data":{}}'  # makes the client drop what it has not played yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was understood on one channel; `span` in samples since the session opened, None: not known."""

    id: str
    channel: int
    text: str
    confidence: float
    language: str | None = None
    span: tuple[Samples, Samples] | None = None


def transcript(heard: Heard) -> bytes:
    """The entity `transcript` of a final result, encoded."""
    said = {"type": "display", "transcript": heard.text[:LONGEST_TRANSCRIPT]}
    alternative: dict[str, Any] = {"confidence": heard.confidence, "interpretations": [said]}
    if heard.language is not None:
        alternative["languages"] = [heard.language]
    data: dict[str, Any] = {"id": heard.id, "channelId": heard.channel, "isFinal": True}
    if heard.span is not None:
        begins, ends = heard.span
        data["offset"] = write_duration(seconds_of(begins))
        data["duration"] = write_duration(seconds_of(ends - begins))
    return orjson.dumps({"type": "transcript", "data": data | {"alternatives": [alternative]}})


def confidence_of(words: str) -> float:
    """The service's confidence as a share of 1; a service that gives no such number vouches for what it says: 1."""
    try:
        share = float(words)
    except ValueError:
        return 1.0
    return share if 0.0 <= share <= 1.0 else 1.0
