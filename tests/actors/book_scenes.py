"""An actor of orders whose journal is a book that a model keeps: what is on record, what waits, what has ended."""

from typing import Any

from messages.journal import OpenOrder, OpenOrders, ProgressRecorded, RecordAccepted, RecordEnded, RecordProgress
from messages.orders import Order, Outcome
from messages.rest import Call
from tests.actors.audio_scenes import AudioScene
from tests.actors.scenes import PEER


class BookScene(AudioScene):
    """`kind` is that of the orders; `once` the step that is on record before what must not be done twice."""

    kind: str
    once: str

    def __init__(self, **doors: Any) -> None:
        self.accepted: dict[str, float] = {}
        self.begun: set[str] = set()  # those with the step `once`
        self.ends: dict[str, Outcome] = {}
        self.calls: list[Call] = []
        self.waiting: list[RecordAccepted | RecordProgress] = []
        super().__init__(**doors)

    def order(self, request_id: str) -> Order:
        """The order of that id, the same whenever it is given."""
        raise NotImplementedError

    def called(self, call: Call) -> None:
        """Genesys is asked something."""
        raise NotImplementedError

    def write(self) -> None:
        """The journal makes durable what it was told first, and says so."""
        message = self.waiting.pop(0)
        if isinstance(message, RecordAccepted):
            self._accept(message)
        elif message.request_id not in self.ends:
            if message.step == self.once:
                self.begun.add(message.request_id)
            if message.reply_to is not None:
                self.tell(ProgressRecorded(request_id=message.request_id, step=message.step))

    def _accept(self, message: RecordAccepted) -> None:
        request_id = message.order.request_id
        still_open = Outcome(request_id=request_id, kind=message.order.kind, status="accepted", detail="")
        earlier = self.ends.get(request_id, still_open) if request_id in self.accepted else None
        self.accepted.setdefault(request_id, self.stage.world.now_s)
        self.journal.heard.insert(0, message)
        self.record(earlier)

    def restart(self) -> None:
        """A crash; the journal has written all that waited before it says what is open."""
        self.crash()
        self.live(claim=False)
        while self.waiting:
            self.write()
            self.keep_book()
        self.tell(OpenOrders(kind=self.kind, orders=tuple(map(self.open_order, self.open_ids()))))

    def open_ids(self) -> list[str]:
        return [request_id for request_id in self.accepted if request_id not in self.ends]

    def open_order(self, request_id: str) -> OpenOrder:
        return OpenOrder(
            order=self.order(request_id),
            peer=PEER,
            effect_id=request_id,
            age_s=self.stage.world.now_s - self.accepted[request_id],
            steps=(self.once,) if request_id in self.begun else (),
        )

    def keep_book(self) -> None:
        for message in list(self.journal.heard):
            match message:
                case RecordEnded():
                    self.end_order(message.outcome)
                case RecordAccepted() | RecordProgress():
                    self.waiting.append(message)
        self.journal.heard.clear()
        for call in self.rest.take_all(Call):
            self.calls.append(call)
            self.called(call)

    def end_order(self, outcome: Outcome) -> None:
        """A second end is refused; it may only be that of a second submission that is not on record."""
        request_id = outcome.request_id
        submitted_again = any(
            isinstance(each, RecordAccepted) and each.order.request_id == request_id for each in self.waiting
        )
        assert request_id not in self.ends or submitted_again
        self.ends.setdefault(request_id, outcome)
