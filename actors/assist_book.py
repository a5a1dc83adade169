"""Actions by their correlation ids, and what became of those that the engine still speaks of.

Not an actor: the book that AssistActor keeps, to tell an answer that comes late or twice from a stranger's.
"""

from collections import Counter, OrderedDict

from actors.assist_case import AssistCase, Stage
from messages.assists import AssistAnswer
from messages.base import Json

REMEMBERED = 4096  # correlation ids of ended actions


class AssistBook:
    """Open actions; of ended ones, whether the engine had answered."""

    def __init__(self) -> None:
        self._open: dict[str, AssistCase] = {}
        self._ended: OrderedDict[str, bool] = OrderedDict()
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, case: AssistCase) -> None:
        """An action is begun."""
        self._open[case.effect_id] = case

    def strike(self, case: AssistCase) -> bool:
        """An action has ended; False where its correlation id belongs to another."""
        if self._open.get(case.effect_id) is not case:
            return False
        del self._open[case.effect_id]
        self._ended[case.effect_id] = case.answer is not None
        self._ended.move_to_end(case.effect_id)
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        return True

    def of(self, correlation_id: str) -> AssistCase | None:
        """The open action of that id."""
        return self._open.get(correlation_id)

    def sent_with(self, frame_id: str) -> AssistCase | None:
        """The action that waits for the answer to that very frame."""
        case = self._open.get(frame_id.partition("#")[0])
        return case if case is not None and case.stage is Stage.ANSWERING and case.frame_id == frame_id else None

    def sent_on(self, connection: int) -> list[AssistCase]:
        """The actions that wait for an answer on `connection`, oldest first."""
        waiting = (case for case in self._open.values() if case.stage is Stage.ANSWERING)
        return [case for case in waiting if case.connection == connection]

    def ignore(self, answer: AssistAnswer | None) -> None:
        """Count a frame that changes nothing any more, or never did."""
        if answer is None:
            self._counts["unknown_frames"] += 1
        elif self._ended.get(answer.correlation_id):
            self._counts["repeated_answers"] += 1
        elif answer.correlation_id in self._ended or answer.correlation_id in self._open:
            self._counts["late_answers"] += 1
            self._note(answer)
        else:
            self._counts["unknown_answers"] += 1

    def facts(self) -> dict[str, Json]:
        """For operators."""
        names = ("late_answers", "repeated_answers", "unknown_answers", "unknown_frames")
        return {name: self._counts[name] for name in names}

    def _note(self, answer: AssistAnswer) -> None:
        if answer.correlation_id in self._ended and answer.meaning != "acknowledged":
            self._ended[answer.correlation_id] = True
