"""What faults do to an open WebSocket: before the effect, to the verdict, or to the frames of the answer."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import orjson

from simulator import frames
from simulator.faults import Fault
from simulator.sessions import Session
from simulator.transfer_rules import Order, Verdict

PREVENTING = frozenset({"close", "abort", "silence", "half_frame"})
"""These strike a frame before it has any effect, and an event before it is told."""
_LOST_WORDS = b'{"id":"00000000-0000-4000-8000-000000000000","status":"codec_negotiated","codec":"opus"}'


def strike(session: Session, fault: Fault) -> None:
    """What a fault does to the connection itself; nothing for those that only concern an answer."""
    options = fault.options
    match fault.action:
        case "close":
            session.close(options.get("code", 1011), options.get("reason", "simulated fault"))
        case "abort":
            session.abort()
        case "silence":
            session.fall_silent()
        case "half_frame":
            session.fall_silent(frames.half(_LOST_WORDS))
        case "junk":
            session.write(_junk(options))
        case "effect_then_drop" if "code" in options:
            session.close(options["code"], "simulated fault")
        case "effect_then_drop":
            session.abort()
        case _:
            pass


def forced_verdict(order: Order, fault: Fault | None) -> Verdict | None:
    """The verdict that a fault gives in the gateway's stead, without an effect; None when the gateway decides."""
    match fault:
        case Fault(action="codec_unsupported"):
            return Verdict({"id": order.id, "status": "codec_unsupported", "codec": order.codec})
        case Fault(action="rate_limited"):
            wait = {"retry_after": fault.options["retry_after"]} if "retry_after" in fault.options else {}
            return Verdict({"id": order.id, "status": "rate_limited", **wait})
        case Fault(action="reject"):
            return Verdict({"id": order.id, "status": fault.options.get("status", "transfer_failed")})
        case _:
            return None


def answer_frames(
    answer: Mapping[str, Any],
    fault: Fault | None,
    id_field: str = "id",
    worded: Callable[[dict[str, Any]], bytes] = orjson.dumps,
) -> list[bytes]:
    """The frames that carry `answer`: usually one; with a fault none, a wrong one, several, or junk before it.

    `id_field` says whose answer it is: what `wrong_id` makes wrong. `worded` makes the text of a frame.
    """
    right = frames.frame(frames.TEXT, worded(dict(answer)))
    match fault:
        case Fault(action="mute_answers" | "drop_events"):
            return []
        case Fault(action="wrong_id"):
            wrong = {**answer, id_field: fault.options.get("id", str(uuid4()))}
            return [frames.frame(frames.TEXT, worded(wrong))]
        case Fault(action="duplicate"):
            return [right] * (1 + fault.options.get("copies", 1))
        case Fault(action="junk"):
            return [_junk(fault.options)] if fault.options.get("instead") else [_junk(fault.options), right]
        case _:
            return [right]


def _junk(options: Mapping[str, Any]) -> bytes:
    return frames.junk(options.get("what", "json"), options.get("size_bytes", frames.HUGE_BYTES))
