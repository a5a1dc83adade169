"""A gateway made of probes, with a real door in front of it and plain clients that speak lines."""

import os
import socket
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import orjson
import pykka

from actors.base import ActorFailed
from actors.mailbox import MailboxFull
from actors.reply import Reply
from control.admission import MOST_CLIENTS, Front
from control.calls import House
from control.claim import Claim
from control.correspondents import Failures
from control.entrance import LOOK_EVERY_S
from control.peers import Access, Credentials, Role
from control.reception import Rules
from control.routes import ROUTES
from control.server import ControlServer
from messages.base import Json
from messages.journal import EventPublished, Subscribe, Subscribed, Unsubscribe
from messages.orders import OrderSettled, Outcome, Submit
from rules.outcomes import outcome_as_json

PATIENCE_S = 20.0  # for what must happen; a test that waits this long has failed
FAILURES = Failures(full=MailboxFull, gone=pykka.ActorDeadError, crashed=ActorFailed)


class FakeActor:
    """Answers each type of message with what the test set; remembers what it heard."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: SimpleQueue[Any] = SimpleQueue()
        self.answers: dict[type, Any] = {}
        self.room = True
        self.notice: Callable[[], Any] | None = None

    def tell(self, message: object) -> None:
        self.heard.put(message)

    def offer(self, message: object) -> bool:
        if self.room:
            self.tell(message)
        return self.room

    def request(self, message: object, *, urgent: bool = False) -> Reply:
        self.tell(message)
        reply = Reply()
        answer = self.answers.get(type(message), NEVER)
        if isinstance(answer, Exception):
            reply.fail(answer)
        elif answer is not NEVER:
            reply.set(answer(message) if callable(answer) else answer)
        return reply

    def backlog(self) -> int:
        return 3

    def hears(self) -> Any:
        """The next message; fails the test when none comes."""
        return self.heard.get(timeout=PATIENCE_S)


NEVER = object()


class FakeJournal(FakeActor):
    """Holds every subscription at once, and publishes to whoever subscribed, in the caller's thread."""

    def __init__(self) -> None:
        super().__init__("audit")
        self.held: list[Subscribe] = []
        self.subscribed: SimpleQueue[Subscribe] = SimpleQueue()
        self.unsubscribed: SimpleQueue[str] = SimpleQueue()
        self.last_event = 0
        self.answers[Subscribe] = lambda wish: Subscribed(since_seq=wish.since_seq or self.last_event)

    def tell(self, message: object) -> None:
        if self.room:
            self._take(message)

    def request(self, message: object, *, urgent: bool = False) -> Reply:
        if isinstance(message, Unsubscribe) and urgent:  # there is always room for it
            self._take(message)
            return Reply()
        return super().request(message, urgent=urgent)

    def _take(self, message: object) -> None:
        if isinstance(message, Subscribe):
            self.held.append(message)
            self.subscribed.put(message)
        elif isinstance(message, Unsubscribe):
            self.held = [held for held in self.held if held.subscriber is not message.subscriber]
            self.unsubscribed.put(message.subscriber.name)
        else:
            super().tell(message)

    def publish(self, kind: str, /, **data: Json) -> None:
        self.last_event += 1
        event = EventPublished(seq=self.last_event, at="2026-01-01T00:00:00.000Z", kind=kind, data=data)
        for subscription in tuple(self.held):
            if not subscription.kinds or kind in subscription.kinds:
                subscription.subscriber.tell(event)

    def end(self, outcome: Outcome) -> None:
        self.publish("order.ended", **outcome_as_json(outcome))


class FakeTransfers(FakeActor):
    """Ends each order at once through the journal, or as a test decides."""

    def __init__(self, journal: FakeJournal) -> None:
        super().__init__("transfer")
        self.decide: Callable[[Submit], Outcome | None] = succeed
        self._journal = journal

    def tell(self, message: object) -> None:
        super().tell(message)
        if isinstance(message, Submit) and (outcome := self.decide(message)) is not None:
            if message.order.dry_run:
                assert message.reply_to is not None
                message.reply_to.tell(OrderSettled(outcome=outcome))
            else:
                self._journal.end(outcome)


def succeed(submit: Submit) -> Outcome:
    return Outcome(
        request_id=submit.order.request_id,
        kind=submit.order.kind,
        status="succeeded",
        detail="transferred",
        latency_ms=12.5,
        extra={"codec": "opus"},
    )


class FakeHouse:
    """Every actor that routes know, and the door to them."""

    def __init__(self, directory: Path) -> None:
        self.journal = FakeJournal()
        self.transfers = FakeTransfers(self.journal)
        named = ("gateway", "root", "archive", "token", "rest", "transcription")
        self.actors: dict[str, FakeActor] = {"audit": self.journal, "transfer": self.transfers}
        self.actors |= {name: FakeActor(name) for name in named}
        self.draining = False
        self.grace_s = PATIENCE_S
        self.deaths: SimpleQueue[BaseException] = SimpleQueue()
        self.who = Credentials(pid=4711, uid=1000, gid=1000)
        self.most_clients = MOST_CLIENTS
        self.look_every_s = LOOK_EVERY_S
        self.claim = Claim(directory / "run" / "control.sock")
        self.routes = dict(ROUTES)
        self._ids = count(1)

    def find(self, name: str) -> FakeActor | None:
        return self.actors.get(name)

    def names(self) -> list[str]:
        return list(self.actors)

    def add(self, name: str) -> FakeActor:
        self.actors[name] = FakeActor(name)
        return self.actors[name]

    def server(self, role: Role | None = "admin") -> ControlServer:
        """A door at which everybody has `role`."""
        house = House(
            addresses=self,
            failures=FAILURES,
            rules=Rules(
                new_id=lambda: f"minted-{next(self._ids)}",
                draining=lambda: self.draining,
                grace_s=self.grace_s,
            ),
            new_export=lambda: "/data/audit-now.jsonl",
        )
        front = Front(
            version="9.9.9",
            pid=os.getpid(),
            access=Access(uids=frozenset({(role, 1000)} if role else ())),
            most_clients=self.most_clients,
            credentials=lambda _socket: self.who,
        )
        return ControlServer(self.claim, house, front, self.deaths.put, self.routes, self.look_every_s)


class Client:
    """One connection that reads its hello and speaks lines; every wait has a deadline."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(str(path))
        self._reader = self.socket.makefile("rb")
        self._ids = count(1)
        self.hello = self.read()["params"]

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def read(self) -> dict[str, Any]:
        line = self._reader.readline()
        assert line.endswith(b"\n"), "the connection was closed"
        read: dict[str, Any] = orjson.loads(line)
        return read

    def at_end(self) -> bool:
        """Whether the door has closed the connection; waits for it to."""
        return self._reader.read() == b""

    def ask(self, method: str, /, **params: Any) -> int:
        number = next(self._ids)
        self.send(orjson.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + b"\n")
        return number

    def call(self, method: str, /, **params: Any) -> Any:
        """The result; fails the test on an error."""
        self.ask(method, **params)
        answer = self.read()
        assert "result" in answer, answer
        return answer["result"]

    def fails(self, method: str, /, **params: Any) -> dict[str, Any]:
        """The error; fails the test on a result."""
        self.ask(method, **params)
        answer = self.read()
        assert "error" in answer, answer
        error: dict[str, Any] = answer["error"]
        return error

    def close(self) -> None:
        self._reader.close()
        self.socket.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to make true, turn by turn."""
    tick = threading.Event()
    for _ in range(int(PATIENCE_S * 100)):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come true")


def fields_of(error: Any) -> dict[str, str]:
    """The bad fields that an error names, with what is wrong with each."""
    return {wrong["field"]: wrong["problem"] for wrong in error["data"]["fields"]}
