"""The frames of an assist socket: connect, and send once connected. Source: contracts 5, seed 004 steps 1 and 3."""

from collections.abc import Mapping
from typing import Any

from simulator.access import Denial, authorize, is_live
from simulator.answers import deliver, later, say
from simulator.assist_engine import AssistEngine
from simulator.assist_rules import (
    TRIGGER,
    correlation_in,
    error,
    error_about,
    forced_error,
    placed,
    read_action,
    read_connect,
)
from simulator.box import Box
from simulator.faults import Fault
from simulator.forms import BadInput, read_json
from simulator.sessions import Session
from simulator.socket_faults import PREVENTING, answer_frames, strike

CONNECTED = {"type": "connected"}


class AssistDesk:
    """Takes the text frames of every assist socket. What the contract leaves open is in docs/simulator.md."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world
        self._engine = AssistEngine(box)

    def take(self, session: Session, raw: bytes) -> None:
        """Handle one text frame, whatever it holds."""
        self._world.count["frames.text"] += 1
        given = _read(raw)
        if isinstance(given, dict) and given.get("type") == "connect":
            self._heard_connect(session, given)
        elif session.grant is None or not is_live(self._box, session.grant):
            self._world.tally("refused.401")
            self._refuse(session, given, 401, _why_unheard(session))
        else:
            self._heard_send(session, raw, given)

    def _heard_connect(self, session: Session, given: dict[str, Any]) -> None:
        self._world.tally("frames.connect")
        fault = self._fault({"route": "connect", "socket": "assist"})
        later(fault.latency_s if fault is not None else 0.0, self._connect, session, given, fault)

    def _connect(self, session: Session, given: dict[str, Any], fault: Fault | None) -> None:
        if fault is not None and fault.action in PREVENTING:
            strike(session, fault)
            return
        answer = forced_error(fault) or self._authenticate(session, given)
        deliver(self._world, session, None, answer_frames(answer, fault))

    def _authenticate(self, session: Session, given: dict[str, Any]) -> Mapping[str, Any]:
        """The answer to a connect frame. One that is refused leaves the session as it was."""
        try:
            found = authorize(self._box, read_connect(given), *TRIGGER)
        except BadInput as bad:
            self._world.tally("frames.invalid")
            return error(401, "; ".join(bad.problems))
        if isinstance(found, Denial):
            return error(found.status, found.message)
        session.grant = found
        self._world.tally("assist.connected")
        return CONNECTED

    def _heard_send(self, session: Session, raw: bytes, given: Any) -> None:
        try:
            order = read_action(read_json(raw) if given is None else given)
        except BadInput as bad:
            self._world.tally("frames.invalid")
            self._refuse(session, given, 400, "; ".join(bad.problems))
            return
        occasion = {
            "route": "assist",
            "socket": "assist",
            "correlation_id": order.correlation_id,
            "action_type": order.action_type,
            "agent_id": order.agent_id,
            "session_id": order.session_id,
        }
        self._engine.take(session, order, self._fault(occasion))

    def _refuse(self, session: Session, given: Any, code: int, message: str) -> None:
        told = error_about(correlation_in(given), error(code, message))
        say(session, placed(told, self._world.settings.assist_correlation_in))

    def _fault(self, occasion: Mapping[str, str]) -> Fault | None:
        fault = self._box.plan.choose(occasion)
        if fault is not None:
            self._world.tally(f"faults.{fault.action}")
        return fault


def _read(raw: bytes) -> Any:
    """The value in `raw`; None also when it is not JSON."""
    try:
        return read_json(raw)
    except BadInput:
        return None


def _why_unheard(session: Session) -> str:
    if session.grant is None:
        return "not connected: the first frame must be connect, with a token"
    return "the token has expired or was revoked: connect again with a new one"
