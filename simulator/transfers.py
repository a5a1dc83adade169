"""Transfer frames: logged, decided, carried out at most once an id, answered after the gateway's latency."""

from typing import Any

import orjson

from simulator.answers import deliver, later, say
from simulator.box import Box
from simulator.faults import Fault
from simulator.forms import BadInput
from simulator.sessions import Session
from simulator.socket_faults import PREVENTING, answer_frames, forced_verdict
from simulator.state import Frame, Transfer
from simulator.transfer_rules import Order, Verdict, decide, read_order


class TransferDesk:
    """Takes the text frames of every session. The effect comes at once, the answer after the latency."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world

    def take(self, session: Session, raw: bytes) -> None:
        """Handle one text frame, whatever it holds."""
        self._world.count["frames.text"] += 1
        try:
            order = read_order(raw)
        except BadInput as bad:
            self._refuse(session, raw, bad.problems)
            return
        fault = self._box.plan.choose(_occasion(order))
        if fault is not None:
            self._world.tally(f"faults.{fault.action}")
        if fault is not None and fault.action in PREVENTING:
            self._log(session, order, fault.action)
            later(fault.latency_s, deliver, self._world, session, fault, [])
            return
        self._answer(session, order, fault)

    def _answer(self, session: Session, order: Order, fault: Fault | None) -> None:
        verdict = forced_verdict(order, fault) or self._decide(session, order)
        transfer = self._log(session, order, str(verdict.answer["status"]))
        if verdict.effect:
            self._effect(transfer, verdict)
        drops = fault is not None and fault.action == "effect_then_drop"
        answers = [] if drops else answer_frames(verdict.answer, fault)
        later(self._latency_s(fault), deliver, self._world, session, fault if drops else None, answers)

    def _decide(self, session: Session, order: Order) -> Verdict:
        known = self._world.transfers.get(order.id)
        first_answer = known.answer if known is not None else None
        interaction = self._world.interaction(order.interaction_id)
        return decide(order, first_answer, interaction, session.scopes, self._world.settings)

    def _effect(self, transfer: Transfer, verdict: Verdict) -> None:
        transfer.effects += 1
        transfer.effected_at_s = self._box.now_s()
        transfer.answer = verdict.answer
        self._world.tally("transfers.effected")

    def _log(self, session: Session, order: Order, outcome: str) -> Transfer:
        transfer = self._world.transfers.get(order.id)
        if transfer is None:
            transfer = Transfer(order.id, order.interaction_id, order.destination_uri)
            self._world.transfers[order.id] = transfer
        transfer.frames.append(Frame(self._box.now_s(), session.id, order.codec, order.attempt, outcome))
        self._world.tally("frames.transfer")
        return transfer

    def _latency_s(self, fault: Fault | None) -> float:
        settings = self._world.settings
        jitter_ms = self._box.chance.uniform(0, settings.answer_jitter_ms) if settings.answer_jitter_ms else 0.0
        return (settings.answer_latency_ms + jitter_ms) / 1000 + (fault.latency_s if fault is not None else 0.0)

    def _refuse(self, session: Session, raw: bytes, problems: list[str]) -> None:
        self._world.tally("frames.invalid")
        say(session, {"id": _id_in(raw), "status": "invalid", "errors": problems})


def _occasion(order: Order) -> dict[str, str]:
    return {
        "route": "transfer",
        "socket": "transfer",
        "interaction_id": order.interaction_id,
        "transfer_id": order.id,
        "codec": order.codec,
    }


def _id_in(raw: bytes) -> str | None:
    try:
        given: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    found = given.get("id") if isinstance(given, dict) else None
    return found if isinstance(found, str) else None
