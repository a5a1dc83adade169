"""The assist engine: a limit on actions in flight, each carried out at most once and answered after its latency."""

from typing import Any

import orjson

from simulator.answers import deliver, later
from simulator.assist_records import Action, Arrival
from simulator.assist_rules import ActionOrder, error_about, forced_error, latency_ms, over_limit, placed, result
from simulator.box import Box
from simulator.faults import Fault
from simulator.sessions import Session
from simulator.socket_faults import PREVENTING, answer_frames, strike

Waiting = list[tuple[Session, Fault | None]]
"""Who hears of an action's end: the session of every frame that came for it meanwhile."""


HELD_S = 0.02  # between two looks whether what is held may end


class AssistEngine:
    """Belongs to the whole box, as the limit does. An action goes on when the session that sent it has ended."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world
        self._book = box.world.assist
        self._waiting: dict[str, Waiting] = {}

    def take(self, session: Session, order: ActionOrder, fault: Fault | None) -> None:
        """Heed one send frame: begin the action, join the one under way, or say again how it ended."""
        action = self._action(order)
        if fault is not None and fault.action in PREVENTING:
            self._log(session, action, fault.action)
            later(fault.latency_s, strike, session, fault)
        elif action.answer is not None or order.correlation_id in self._waiting:
            self._log(session, action, "repeated")
            self._repeat(session, action, fault)
        else:
            self._begin(session, order, action, fault)

    def _begin(self, session: Session, order: ActionOrder, action: Action, fault: Fault | None) -> None:
        settings, book = self._world.settings, self._book
        is_one_too_many = book.in_flight >= settings.assist_limit
        book.most_in_flight = max(book.most_in_flight, book.in_flight + 1)
        told = forced_error(fault) or (over_limit(settings) if is_one_too_many else None)
        self._log(session, action, "result" if told is None else f"error.{told['error']['code']}")
        answer = result(order) if told is None else error_about(order.correlation_id, told)
        if told is None:
            self._effect(action)
        if is_one_too_many:
            self._world.tally("assist.over_limit")
            later(_delay_s(fault), self._tell, session, fault, answer)
            return
        book.in_flight += 1
        self._waiting[order.correlation_id] = [(session, fault)]
        later(latency_ms(settings, self._box.chance) / 1000 + _delay_s(fault), self._end, action, answer)

    def _repeat(self, session: Session, action: Action, fault: Fault | None) -> None:
        told = forced_error(fault)
        answer = action.answer if told is None else error_about(action.correlation_id, told)
        if answer is not None:
            later(_delay_s(fault), self._tell, session, fault, answer)
        else:
            self._waiting[action.correlation_id].append((session, fault))

    def _end(self, action: Action, answer: dict[str, Any]) -> None:
        """Free the slot, and only then tell: who hears of it may send the next action at once."""
        if self._world.settings.assist_answers == "held":
            later(HELD_S, self._end, action, answer)
            return
        (first, fault), *joined = self._waiting.pop(action.correlation_id)
        self._book.in_flight -= 1
        action.ended_at_s = self._box.now_s()
        if answer["type"] == "result":
            action.answer = answer
        self._world.tally("assist.ended")
        self._tell(first, fault, answer)
        for session, later_fault in joined:
            later(_delay_s(later_fault), self._tell, session, later_fault, answer)

    def _tell(self, session: Session, fault: Fault | None, answer: dict[str, Any]) -> None:
        drops = fault is not None and fault.action == "effect_then_drop"
        answers = [] if drops else answer_frames(answer, fault, "correlationId", self._worded)
        deliver(self._world, session, fault if drops else None, answers)

    def _worded(self, answer: dict[str, Any]) -> bytes:
        return orjson.dumps(placed(answer, self._world.settings.assist_correlation_in))

    def _effect(self, action: Action) -> None:
        action.effects += 1
        action.effected_at_s = self._box.now_s()
        self._world.tally("assist.effected")

    def _action(self, order: ActionOrder) -> Action:
        action = self._book.actions.get(order.correlation_id)
        if action is None:
            action = Action(order.correlation_id, order.action_type, order.agent_id, order.session_id)
            self._book.actions[order.correlation_id] = action
        return action

    def _log(self, session: Session, action: Action, outcome: str) -> None:
        self._book.heard += 1
        action.frames.append(Arrival(self._box.now_s(), self._book.heard, session.id, outcome))
        self._world.tally("frames.assist")


def _delay_s(fault: Fault | None) -> float:
    return fault.latency_s if fault is not None else 0.0
