"""An actor of orders whose journal is a book that a model keeps: what is on record, what waits, what has ended."""

from collections import defaultdict
from typing import Any

from messages.journal import OpenOrder, OpenOrders, ProgressRecorded, RecordAccepted, RecordEnded, RecordProgress
from messages.orders import Order, Outcome
from messages.rest import Call
from tests.actors.audio_scenes import AudioScene
from tests.actors.scenes import PEER, OrderScene


class BookScene(OrderScene):
    """What waits for an answer of the journal gets it from `write`; all else is on record at once."""

    def __init__(self, **doors: Any) -> None:
        self.accepted: dict[str, float] = {}
        self.steps_of: defaultdict[str, list[str]] = defaultdict(list)
        self.outcomes: dict[str, Outcome] = {}
        self.waiting: list[RecordAccepted | RecordProgress] = []
        self.resumed: set[str] = set()
        super().__init__(**doors)

    def order(self, request_id: str) -> Order:
        """The order of that id, the same whenever it is given."""
        raise NotImplementedError

    def write(self) -> None:
        """The journal makes durable what it was told first, and says so."""
        message = self.waiting.pop(0)
        if isinstance(message, RecordAccepted):
            self._accept(message)
        elif message.request_id not in self.outcomes:
            self.steps_of[message.request_id].append(message.step)
            self.tell(ProgressRecorded(request_id=message.request_id, step=message.step))

    def _accept(self, message: RecordAccepted) -> None:
        """At most one order of an id is new."""
        request_id = message.order.request_id
        still_open = Outcome(request_id=request_id, kind=message.order.kind, status="accepted", detail="")
        earlier = self.outcomes.get(request_id, still_open) if request_id in self.accepted else None
        self.accepted.setdefault(request_id, self.stage.world.now_s)
        self.journal.heard.insert(0, message)
        self.record(earlier)

    def write_all(self) -> None:
        """Until nothing waits."""
        while self.waiting:
            self.write()
            self.keep_book()

    def restart(self) -> None:
        """A crash; the journal has written all that waited before it says what is open."""
        self.crash()
        self.live(claim=False)
        self.keep_book()
        self.write_all()
        self.resumed.update(self.open_ids())
        self.tell(OpenOrders(kind=self.actor.kind, orders=tuple(map(self.open_order, self.open_ids()))))

    def open_ids(self) -> list[str]:
        return [request_id for request_id in self.accepted if request_id not in self.outcomes]

    def open_order(self, request_id: str) -> OpenOrder:
        return OpenOrder(
            order=self.order(request_id),
            peer=PEER,
            effect_id=request_id,
            age_s=self.stage.world.now_s - self.accepted[request_id],
            steps=tuple(self.steps_of[request_id]),
        )

    def keep_book(self) -> None:
        """Take what was told since."""
        heard, self.journal.heard = self.journal.heard, []
        for message in heard:
            match message:
                case RecordEnded():
                    self.end_order(message)
                case RecordProgress(reply_to=None):
                    self.take_step(message)
                case RecordAccepted() | RecordProgress():
                    self.waiting.append(message)

    def take_step(self, step: RecordProgress) -> None:
        """A step that nobody waits for."""
        assert step.request_id not in self.outcomes, "a step after the end"
        self.steps_of[step.request_id].append(step.step)

    def end_order(self, end: RecordEnded) -> bool:
        """Whether it counts: a second end, which only an order given again and not on record may have, is refused."""
        request_id = end.outcome.request_id
        given_again = any(
            isinstance(each, RecordAccepted) and each.order.request_id == request_id for each in self.waiting
        )
        assert request_id not in self.outcomes or given_again
        counts = request_id not in self.outcomes
        self.outcomes.setdefault(request_id, end.outcome)
        return counts

    def ends_in_time(self, deadline_s: float) -> bool:
        """Whether every order that was accepted has ended within its deadline, and nothing of any is left."""
        in_time = all(end.latency_ms <= deadline_s * 1000 + 1 for end in self.outcomes.values())
        return in_time and not self.open_ids() and self.is_at_rest()

    def succeeded(self) -> set[str]:
        return {request_id for request_id, end in self.outcomes.items() if end.status == "succeeded"}


class AudioBookScene(BookScene, AudioScene):
    """The same for orders that play audio, whose calls to Genesys a model answers."""

    def __init__(self, **doors: Any) -> None:
        self.calls: list[Call] = []
        super().__init__(**doors)

    def called(self, call: Call) -> None:
        """Genesys is asked something."""
        raise NotImplementedError

    def keep_book(self) -> None:
        super().keep_book()
        for call in self.rest.take_all(Call):
            self.calls.append(call)
            self.called(call)
