"""A result as the messages that carry it: usually one, with a fault none, several or junk. Pure but for chance."""

from random import Random
from uuid import uuid4

from simulator.faults import Fault
from simulator.state import Settings
from simulator.transcription.script import Line
from simulator.transcription_pb2 import TranscriptResult

_FIELD_TEXT = 0x12  # field 2, length-delimited
_JUNK = {"json": b'{"id": "1", "text": ', "binary": b"\xff" * 64, "utf8": bytes([_FIELD_TEXT, 2, 0xE2, 0x82])}
HUGE_BYTES = 8 * 1024 * 1024


def messages(conversation_id: str, sequence: int, line: Line, fault: Fault | None) -> list[tuple[bytes, bool]]:
    """Each message, and whether it is the one that counts as the result."""
    right = encoded(conversation_id, sequence, line)
    match fault:
        case Fault(action="wrong_id"):
            return [(encoded(fault.options.get("id", str(uuid4())), sequence, line), True)]
        case Fault(action="duplicate"):
            return [(right, True)] + [(right, False)] * fault.options.get("copies", 1)
        case Fault(action="junk"):
            instead = bool(fault.options.get("instead"))
            return [(_junk(fault), instead)] + ([] if instead else [(right, True)])
        case _:
            return [(right, True)]


def encoded(conversation_id: str, sequence: int, line: Line) -> bytes:
    made = TranscriptResult(
        conversation_id=conversation_id,
        text=line.text,
        language_confidence=line.confidence,
        sequence_number=sequence,
    )
    return made.SerializeToString()


def latency_s(settings: Settings, chance: Random) -> float:
    """How long the service works on a result. `log_normal`: `transcription_latency_ms` is the median."""
    base_ms = settings.transcription_latency_ms
    match settings.transcription_latency:
        case "uniform":
            return (base_ms + chance.uniform(0, settings.transcription_latency_spread_ms)) / 1000
        case "log_normal":
            return base_ms * chance.lognormvariate(0, settings.transcription_latency_sigma) / 1000
        case _:
            return base_ms / 1000


def _junk(fault: Fault) -> bytes:
    what = fault.options.get("what", "json")
    return _JUNK.get(what) or b"\x00" * fault.options.get("size_bytes", HUGE_BYTES)
