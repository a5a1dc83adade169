"""One stream as the gateway tells of it, for tests of what operators see of it."""

from typing import Any

from messages.transcription import ListStreams, ShowStream, StreamRefused
from tests.control.house import FakeHouse

ROW: dict[str, Any] = {
    "stream_id": "s-1",
    "conversation_id": "c-1",
    "participant_id": "p-1",
    "protocol": "audiohook",
    "codec": "PCMU",
    "sample_rate_hz": 8000,
    "channel": "external",
    "language": "de",
    "language_confidence": 0.9,
    "language_source": "text",
    "frames": 250,
    "gaps": 1,
    "repeats": 0,
    "malformed": 0,
    "dropped": 0,
    "lag_ms": 12.5,
    "opened_at": "2026-01-01T00:00:00.000Z",
}
SAID = {"at": "2026-01-01T00:00:02.000Z", "sequence": 100, "text": "guten Tag", "confidence": "0.9", "final": True}
SHOWN = ROW | {
    "state": "live",
    "worker": "media.1",
    "language_evidence": "12 words",
    "jitter_ms": 1.0,
    "buffered": 0,
    "position_s": 5.0,
    "closed_at": None,
    "reason": None,
    "code": None,
    "timeline": [{"at": "2026-01-01T00:00:00.000Z", "what": "gap", "expected": 5, "got": 8}],
    "tail": [SAID],
    "others": [],
}
UNKNOWN = StreamRefused(code="SB-140", message="there is no such audio stream", remedy="see `stream list`")


def knows(house: FakeHouse, shown: dict[str, Any], **lists: Any) -> None:
    """The keeper knows one stream, by both of its ids."""

    def show(asked: ShowStream) -> Any:
        known = asked.stream_id == shown["stream_id"] or asked.conversation_id == shown["conversation_id"]
        return shown if known else UNKNOWN

    house.actors["transcription"].answers[ShowStream] = show
    house.actors["transcription"].answers[ListStreams] = {"streams": [ROW], "live": 1} | lists
