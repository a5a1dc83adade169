"""The outbox as it is, journal and all, with callers that a test answers for."""

from contextlib import ExitStack
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from actors.audit import LINGER_S, AuditActor, Desk
from actors.webhooks import WebhookActor
from messages.base import Recipient
from messages.journal import Delivery, TakeDeliveries
from messages.rest import CallerReady, Dial, Dialled, Failure, HttpResponse, RollCall
from messages.webhooks import RedeliverWebhook, SwitchEndpoint
from storage.store import Store
from tests.kit import EPOCH, Probe, Stage
from tests.storage.kit import OPERATOR, delivery, open_store, posted

A, B, C = "https://a.example/hook", "https://b.example/hook", "https://c.example/hook"


class Wire:
    """Passes messages on to whoever stands at its end now, but no questions of the outbox while it is `cut`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.end: Recipient = Probe(name)
        self.taken: list[TakeDeliveries] = []
        self.cut = False

    def tell(self, message: object) -> None:
        if isinstance(message, TakeDeliveries):
            self.taken.append(message)
            if self.cut:
                return
        self.end.tell(message)


class Scene:
    """Webhooks and their journal on one stage; what arrived where is in `arrived`, oldest first."""

    def __init__(self, folder: Path, callers: int = 8, **limits: Any) -> None:
        self._folder, self._limits, self._numbers = folder, limits, count(1)
        self._closing = ExitStack()
        self.callers = [Probe(f"caller.{number}") for number in range(callers)]
        self.arrived: list[str] = []
        self.now_before_s = 0.0
        self.begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def begin(self) -> None:
        """A process starts: nothing is left of an earlier one but the store."""
        self.stage = Stage(seed=next(self._numbers))
        self.stage.world.now_s = self.now_before_s
        self.to_journal, self.to_webhooks = Wire("audit"), Wire("webhooks")
        store: Store = open_store(self._folder)
        self._closing.callback(store.close)
        seat = self.stage.seat("audit")
        self.audit = AuditActor(seat, open_journal=store.journal, desk=Desk(), webhooks=self.to_webhooks)
        self.to_journal.end = self.stage.play(self.audit)
        self._closing.callback(self.audit.release)
        self.archive = store.archive()
        self._closing.callback(self.archive.close)
        self.play(1)

    def end(self) -> None:
        """The process is killed."""
        self.now_before_s = self.stage.world.now_s
        for caller in self.callers:
            caller.heard.clear()
        self._closing.close()

    def play(self, incarnation: int) -> None:
        """An incarnation of the webhooks actor starts."""
        self.actor = WebhookActor(
            self.stage.seat("webhooks", incarnation=incarnation),
            journal=self.to_journal,
            callers=tuple(self.callers),
            **self._limits,
        )
        self.to_webhooks.end = self.webhooks = self.stage.play(self.actor)
        for caller in self.callers:
            caller.take(RollCall)
            self.webhooks.tell(CallerReady(caller=caller))
        self.stage.run()

    def put(self, *deliveries: Delivery) -> None:
        """Put them into the outbox with the end of one order."""
        for message in posted(*deliveries, request_id=f"r-{next(self._numbers)}"):
            self.to_journal.end.tell(message)
        self.stage.run()

    def send(self, *webhook_ids: str, url: str = A, subject: str | None = None) -> None:
        """The same, each of a subject of its own unless one is given."""
        self.put(*(delivery(webhook_id, url=url, subject=subject or webhook_id) for webhook_id in webhook_ids))

    def ask(self, message: RedeliverWebhook | SwitchEndpoint) -> Any:
        """What the journal answers an operator."""
        reply = self.audit.address.request(message)
        self.stage.run()
        return reply.get(timeout=0)

    def redeliver(self, webhook_id: str) -> Any:
        return self.ask(RedeliverWebhook(webhook_id=webhook_id, peer=OPERATOR))

    def switch(self, url: str, *, enabled: bool) -> Any:
        return self.ask(SwitchEndpoint(url=url, enabled=enabled, peer=OPERATOR))

    def under_way(self) -> list[str]:
        return sorted(dial.call_id for _caller, dial in self.dials())

    def dials(self) -> list[tuple[Probe, Dial]]:
        return [(caller, heard) for caller in self.callers for heard in caller.heard if isinstance(heard, Dial)]

    def land(
        self, webhook_id: str, status: int | None = 200, failure: Failure = "", headers: dict[str, str] | None = None
    ) -> None:
        """The try of this delivery that is under way ends so."""
        ((caller, dial),) = [found for found in self.dials() if found[1].call_id == webhook_id]
        caller.heard.remove(dial)
        self.arrived.append(webhook_id)
        self.webhooks.tell(
            Dialled(
                call_id=webhook_id,
                attempt=dial.attempt,
                caller=caller,
                response=None if status is None else HttpResponse(status=status, headers=headers or {}, body=b""),
                failure=failure,
                maybe_sent=True,
                detail="the words" if failure else "",
            )
        )
        self.stage.advance(LINGER_S)

    def row(self, webhook_id: str) -> Any:
        return self.archive.webhook(webhook_id)

    def due_at_s(self, webhook_id: str) -> float:
        return datetime.fromisoformat(self.row(webhook_id)["due_at"]).timestamp()

    def states(self) -> dict[str, str]:
        shown: Any = self.archive.webhooks(None, 10_000)["webhooks"]
        return {row["webhook_id"]: row["state"] for row in reversed(shown)}

    def kinds(self) -> list[str]:
        """The kinds of the records about webhooks."""
        records: Any = self.archive.query(None, "webhook", None, 10_000)["records"]
        return [record["kind"] for record in records]

    def now_s(self) -> float:
        return EPOCH.timestamp() + self.stage.world.now_s
