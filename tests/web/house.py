"""A gateway made of probes with the real HTTP door in front of it, and clients that speak bytes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from queue import SimpleQueue
from typing import Any, cast

import h11
import orjson

from control.calls import House
from control.reception import Rules
from messages.archive import MeasureOrders
from messages.barges import InjectBarge
from messages.gateway import ShowGateway
from messages.orders import OrderSettled, Outcome, Submit
from messages.rest import ShowBudget
from messages.supervision import DescribeTree
from messages.tokens import ShowToken
from rules.barge import objections
from rules.catalogue import reason
from tests.control.house import FAILURES, PATIENCE_S, FakeActor, FakeJournal
from tests.web.inquired import BUDGET, MEASURED, STATUS, TOKEN, TREE
from web.keys import Keys, read_keys
from web.limits import Limits
from web.listener import HttpClaim
from web.server import HttpServer

KEY = "k" * 20
INJECT: dict[str, Any] = {
    "conversationId": "c-1",
    "participantId": "p-1",
    "audioUrl": "https://cdn.example.com/notice.wav?signature=s3cret",
    "streamMatrix": {"agentMute": True, "callerMute": False, "normalizeLevel": True},
    "maxDurationMs": 15_000,
}


class FakeBarges(FakeActor):
    """Judges each order by the real rules and ends it through the journal; remembers ends, as the journal would."""

    def __init__(self, journal: FakeJournal) -> None:
        super().__init__("barge")
        self.decide: Callable[[Submit], Outcome | None] = judged
        self._journal = journal
        self._ends: dict[str, tuple[InjectBarge, Outcome]] = {}

    def tell(self, message: object) -> None:
        super().tell(message)
        if not isinstance(message, Submit):
            return
        order = cast(InjectBarge, message.order)
        assert message.reply_to is not None
        if (earlier := self._ends.get(order.request_id)) is not None:
            outcome = earlier[1] if earlier[0] == order else refused(message, "SB-108")
            message.reply_to.tell(OrderSettled(outcome=outcome))
        elif (ended := self.decide(message)) is not None:
            self._ends[order.request_id] = (order, ended)
            self._journal.end(ended)


def judged(submit: Submit) -> Outcome:
    """By the rules; what they allow succeeds."""
    reasons = objections(cast(InjectBarge, submit.order))
    return end(submit, "refused", *reasons) if reasons else succeeded(submit)


def succeeded(submit: Submit) -> Outcome:
    return end(submit, "succeeded", extra={"interaction_id": f"i-{submit.order.request_id}", "warnings": []})


def refused(submit: Submit, *codes: str) -> Outcome:
    return end(submit, "refused", *(reason(code) for code in codes))


def end(submit: Submit, status: Any, *reasons: Any, extra: Any = None) -> Outcome:
    order = submit.order
    detail = "; ".join(each.message for each in reasons) or "the audio is played"
    return Outcome(
        request_id=order.request_id,
        kind=order.kind,
        status=status,
        detail=detail,
        reasons=reasons,
        extra=extra or {},
    )


class WebHouse:
    """Every actor that the door asks, and the door."""

    def __init__(self) -> None:
        self.journal = FakeJournal()
        self.barges = FakeBarges(self.journal)
        self.actors: dict[str, FakeActor] = {"audit": self.journal, "barge": self.barges}
        answers: dict[str, tuple[type, Any]] = {
            "gateway": (ShowGateway, STATUS),
            "token": (ShowToken, TOKEN),
            "rest": (ShowBudget, BUDGET),
            "root": (DescribeTree, TREE),
            "archive": (MeasureOrders, MEASURED),
        }
        for name, (question, answer) in answers.items():
            self.actors[name] = FakeActor(name)
            self.actors[name].answers[question] = answer
        self.deaths: SimpleQueue[BaseException] = SimpleQueue()
        self.loaded = threading.Event()
        self.draining = False
        self.grace_s = PATIENCE_S
        self._ids = count(1)

    def find(self, name: str) -> FakeActor | None:
        return self.actors.get(name)

    def names(self) -> list[str]:
        return list(self.actors)

    def server(self, claim: HttpClaim, keys: Keys, limits: Limits, version: str = "9.9.9") -> HttpServer:
        rules = Rules(new_id=lambda: f"minted-{next(self._ids)}", draining=lambda: self.draining, grace_s=self.grace_s)
        house = House(addresses=self, failures=FAILURES, rules=rules, new_export=lambda: "/data/audit-now.jsonl")
        return HttpServer(claim, house, keys, version, self.deaths.put, limits, self.loaded.set)

    @contextmanager
    def door(self, *keys: str, limits: Limits | None = None) -> Iterator["Door"]:
        """An open door on a free port; it must not have died of anything."""
        claim = HttpClaim("127.0.0.1", 0, keyless=not keys)
        server = self.server(claim, read_keys(keys), limits or Limits())
        server.start()
        try:
            yield Door(server, claim.port)
        finally:
            server.stop(PATIENCE_S)
            claim.release()
        assert self.deaths.empty(), self.deaths.get()


class Door:
    """An open door, and how to talk to it."""

    def __init__(self, server: HttpServer, port: int) -> None:
        self.server, self.port = server, port
        self.url = f"http://127.0.0.1:{port}"

    def connect(self) -> "Talk":
        return Talk(self.port)

    def get(self, path: str, **headers: Any) -> "Reply":
        return self.ask("GET", path, **headers)

    def inject(self, body: Any = None, **headers: Any) -> "Reply":
        """POST /inject with `body`, INJECT unless told otherwise, as JSON unless it is bytes."""
        raw = body if isinstance(body, bytes) else orjson.dumps(INJECT if body is None else body)
        told: dict[str, Any] = {"Content-Type": "application/json", **headers}
        return self.ask("POST", "/inject", raw, **told)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: Any) -> "Reply":
        with self.connect() as talk:
            talk.send(talk.request(method, path, body, **headers))
            return talk.reply()


class Reply:
    """One answer."""

    def __init__(self, response: h11.Response, body: bytes) -> None:
        self.status = response.status_code
        self.headers = {name.decode().lower(): value.decode() for name, value in response.headers}
        self.body = body

    def json(self) -> dict[str, Any]:
        read: dict[str, Any] = orjson.loads(self.body)
        return read

    def problem(self) -> dict[str, Any]:
        """The problem document; fails the test where it is none."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        problem = self.json()
        assert problem["status"] == self.status
        assert problem["detail"] == problem["message"] != ""
        assert problem["title"]
        assert problem["type"].startswith("urn:switchboard:problem:")
        return problem


class Talk:
    """One connection; every wait has a deadline."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.port = port
        self._http = h11.Connection(h11.CLIENT)

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def request(self, method: str, path: str, body: bytes = b"", **headers: Any) -> bytes:
        """The bytes of a request; headers named with underscores for hyphens."""
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        length = {"content-length": str(len(body))} if body or method == "POST" else {}
        head = {"host": f"127.0.0.1:{self.port}", **length, **named}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def reply(self, method: str = "POST") -> Reply:
        """The next answer; what was sent to get it does not matter."""
        if self._http.our_state is not h11.IDLE:
            self._http = h11.Connection(h11.CLIENT)
        self._http.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        self._http.send(h11.EndOfMessage())
        response, body = None, b""
        while not isinstance(event := self._http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                self._http.receive_data(self.socket.recv(65536))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                assert isinstance(event, h11.InformationalResponse), event
        assert response is not None
        if self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return Reply(response, body)

    def at_end(self) -> bool:
        """Whether the door closes the connection; waits for it to, and takes a reset for a close."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True
