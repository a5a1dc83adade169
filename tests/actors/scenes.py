"""Stages set for orders, transfers and sessions: the actor by hand, probes all round it, and short ways to speak."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from actors.base import ActorFailed, GatewayActor
from actors.orders import Case, OrderActor
from actors.session import Listening, SessionActor, SessionTimes
from actors.transfer import TransferActor, TransferTimes
from genesys.tutorial.dialect import TutorialDialect
from messages.journal import (
    ClaimOpenOrders,
    OpenOrder,
    OpenOrders,
    OrderRecorded,
    PublishEvent,
    RecordAccepted,
    RecordEnded,
)
from messages.orders import Order, OrderSettled, Outcome, Peer, Submit
from messages.rest import Call, CallAnswered, Failure, HttpResponse
from messages.sessions import (
    FramesArrived,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionPlan,
    SessionValid,
    ShowSession,
    ValidateSession,
)
from messages.streams import StreamClosed, StreamOpened, StreamPong
from messages.tokens import TokenGranted, WantToken
from messages.transfers import StartTransfer
from rules.transfers import GatewayLimits
from tests.kit import ManualTurns, Probe, Stage

PEER = Peer(role="operator", pid=4711, uid=1000, gid=1000)
ID = "0190a5a0-0000-7000-8000-000000000001"
OTHER_ID = "0190a5a0-0000-7000-8000-000000000002"
CALLBACK_URL = "https://media.example/hook"
TOKEN = "canary-token-9f3b"


def crash(actor: GatewayActor[Any], stage: Stage) -> None:
    """End an incarnation by hand as its loop would, on a message that it cannot know."""
    actor.address.tell(object())
    with pytest.raises(ActorFailed):
        stage.run()
    actor._end()


class BusyJournal(Probe):
    """A journal that a test can fill up."""

    def __init__(self) -> None:
        super().__init__("audit")
        self.full = False

    def offer(self, message: object) -> bool:
        return False if self.full else super().offer(message)


class CountedAttempt:
    """One admitted try; `ends` of its breaker hear how it went."""

    def __init__(self, breaker: "CountingBreaker") -> None:
        self._breaker = breaker

    def succeeded(self) -> None:
        self._breaker.ended("succeeded")

    def failed(self) -> None:
        self._breaker.ended("failed")

    def withdrawn(self) -> None:
        self._breaker.ended("withdrawn")


class CountingBreaker:
    """Lets everything through unless `is_open`, and keeps book: who was admitted must end once."""

    def __init__(self) -> None:
        self.is_open = False
        self.under_way = 0
        self.ends: list[str] = []

    @property
    def state(self) -> str:
        return "open" if self.is_open else "closed"

    def admit(self) -> CountedAttempt | None:
        if self.is_open:
            return None
        self.under_way += 1
        return CountedAttempt(self)

    def ended(self, how: str) -> None:
        self.under_way -= 1
        self.ends.append(how)


class OrderScene:
    """An actor of orders between a journal and one asker; `live` puts another incarnation on the same mailbox."""

    def __init__(self, actor_type: type[OrderActor[Any, Any]], **doors: Any) -> None:
        self.stage = Stage()
        self.journal = BusyJournal()
        self.asker = Probe("asker")
        self.seat = self.stage.seat("orders")
        self._actor_type, self._doors = actor_type, doors

    def live(self, *open_orders: OpenOrder, claim: bool = True) -> None:
        """Begin the next incarnation, and tell it which orders are open."""
        self.actor = self._actor_type(self.seat, journal=self.journal, **self._doors)
        self.seat = replace(self.seat, incarnation=self.seat.incarnation + 1)
        self.stage.play(self.actor)
        if claim:
            self.journal.take(ClaimOpenOrders)
            self.tell(OpenOrders(kind=self.actor.kind, orders=open_orders))

    def tell(self, message: object) -> None:
        self.actor.address.tell(message)
        self.stage.run()

    def crash(self) -> None:
        """End the incarnation on a message it cannot know."""
        crash(self.actor, self.stage)

    def submit(self, order: Order, asker: Probe | None = None) -> None:
        self.tell(Submit(order=order, peer=PEER, reply_to=asker or self.asker))

    def record(self, earlier: Outcome | None = None, *, conflict: bool = False) -> RecordAccepted:
        """Let the journal answer the oldest acceptance."""
        accepted = self.journal.take(RecordAccepted)
        self.tell(OrderRecorded(request_id=accepted.order.request_id, earlier=earlier, conflict=conflict))
        return accepted

    def accept(self, order: Order) -> None:
        self.submit(order)
        self.record()

    def ended(self) -> Outcome:
        """The one end on record since the last look."""
        (end,) = self.journal.take_all(RecordEnded)
        return end.outcome

    def settled(self) -> Outcome:
        """The one answer to the asker since the last look."""
        (settled,) = self.asker.take_all(OrderSettled)
        return settled.outcome

    def is_at_rest(self) -> bool:
        """Whether nothing is kept of any order: no case, no alarm."""
        return not self.actor.cases and not self.actor._alarms

    def cases(self) -> list[Case]:
        return list(self.actor.cases.values())


def transfer(**fields: Any) -> StartTransfer:
    """A transfer that nobody objects to."""
    given: dict[str, Any] = {"request_id": ID, "interaction_id": "conv-1", "destination_uri": "genesys://user/ada"}
    return StartTransfer(**{**given, **fields})


class TransferScene(OrderScene):
    """A TransferActor between journal, REST desk and session, all of them probes."""

    def __init__(self, *, callback_url: str | None = CALLBACK_URL, **times: float) -> None:
        self.rest, self.session, self.breaker = Probe("rest"), Probe("session"), CountingBreaker()
        super().__init__(
            TransferActor,
            rest=self.rest,
            session=self.session,
            dialect=TutorialDialect(api_url="https://api.example", streaming_url="wss://api.example"),
            limits=GatewayLimits(),
            times=TransferTimes(**times),  # type: ignore[arg-type] # all of them are seconds but for one count
            breaker=self.breaker,
            callback_url=callback_url,
        )
        self.live()

    def look_up(self, status: int = 200, body: bytes = b'{"state": "active"}', failure: Failure = "") -> None:
        """Let the desk answer the oldest look-up; with `failure` without a response."""
        call = self.rest.take(Call)
        response = None if failure else HttpResponse(status=status, headers={}, body=body)
        self.tell(CallAnswered(call_id=call.call_id, response=response, failure=failure))

    def pong(self, connection: int = 1) -> None:
        """Let the session prove itself for the oldest check."""
        check = self.session.take(ValidateSession)
        self.tell(SessionValid(session="transfer", check_id=check.check_id, connection=connection))

    def clear(self, connection: int = 1) -> None:
        """Let the oldest transfer through both gates."""
        self.look_up()
        self.pong(connection)

    def in_flight(self, order: StartTransfer | None = None, connection: int = 1) -> dict[str, Any]:
        """Take a transfer as far as its frame, which is returned."""
        self.accept(order or transfer())
        self.clear(connection)
        return self.frame()

    def frame(self) -> dict[str, Any]:
        """The oldest frame that went out."""
        sent: dict[str, Any] = orjson.loads(self.session.take(SendFrame).text)
        return sent

    def hear(self, *answers: dict[str, Any] | str) -> None:
        """Frames come in; one without an id answers ID."""
        frames = [answer if isinstance(answer, str) else orjson.dumps({"id": ID, **answer}) for answer in answers]
        self.tell(FramesArrived(session="transfer", frames=tuple(frames)))

    def lose(self, connection: int = 1, code: int = 1006) -> None:
        self.tell(SessionLost(session="transfer", connection=connection, code=code, reason="reset"))

    def is_at_rest(self) -> bool:
        return super().is_at_rest() and self.breaker.under_way == 0 and not self.actor._by_effect  # type: ignore[attr-defined]


class FakeStreams:
    """The I/O thread's face; keeps what was asked of it as (what, stream_id, ...)."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.headers: dict[str, str] = {}
        self.takes = True
        self._last = 0

    def connect(self, url: str, *, headers: dict[str, str], timeout_s: float, listener: Listening) -> int:
        self._last += 1
        self.headers = headers
        self.done.append(("connect", self._last, url, timeout_s))
        return self._last

    def send(self, stream_id: int, data: str | bytes) -> bool:
        self.done.append(("send", stream_id, data))
        return self.takes

    def ping(self, stream_id: int, payload: bytes) -> bool:
        self.done.append(("ping", stream_id, payload))
        return self.takes

    def close(self, stream_id: int, code: int, reason: str) -> None:
        self.done.append(("close", stream_id, code, reason))

    def abort(self, stream_id: int) -> None:
        self.done.append(("abort", stream_id))

    def take(self, what: str) -> list[tuple[Any, ...]]:
        """What was asked of that sort, without its name, and forgotten."""
        taken = [done[1:] for done in self.done if done[0] == what]
        self.done = [done for done in self.done if done[0] != what]
        return taken


class SessionScene:
    """A SessionActor between token, streams, journal and owner."""

    def __init__(self, *, opening: tuple[str, ...] = (), **times: float) -> None:
        self.stage = Stage()
        self.owner, self.token, self.journal = Probe("owner"), Probe("token"), Probe("audit")
        self.streams = FakeStreams()
        self.times = SessionTimes(**times)
        self.plan = SessionPlan(
            name="transfer",
            kind="transfer",
            url="wss://api.example/api/v2/websocket",
            owner=self.owner,
            headers={"Accept": "application/json"},
            opening=opening,
        )
        self.seat = self.stage.seat("session.transfer")
        self.live()

    def live(self) -> None:
        """Begin the next incarnation."""
        self.actor = SessionActor(
            self.seat,
            ManualTurns(),
            plan=self.plan,
            streams=self.streams,
            token=self.token,
            journal=self.journal,
            times=self.times,
        )
        self.seat = replace(self.seat, incarnation=self.seat.incarnation + 1)
        self.stage.play(self.actor)

    def tell(self, message: object) -> None:
        self.actor.address.tell(message)
        self.stage.run()

    def grant(self, generation: int = 1) -> None:
        """Let the token actor answer."""
        self.token.take(WantToken)
        self.tell(TokenGranted(secret=TOKEN, generation=generation, good_until_s=3600.0))

    def open(self) -> int:
        """Take the session to OPEN; returns the connection."""
        self.grant()
        ((connection, _url, _timeout_s),) = self.streams.take("connect")
        self.tell(StreamOpened(stream_id=connection, tls_version="TLSv1.3", tls_cipher="TLS_AES_256_GCM_SHA384"))
        return int(connection)

    def pong(self, connection: int) -> None:
        """The peer answers the newest ping."""
        (_stream_id, payload) = self.streams.take("ping")[-1]
        self.tell(StreamPong(stream_id=connection, payload=payload))

    def events(self) -> list[str]:
        return [event.kind for event in self.journal.take_all(PublishEvent)]

    def invalid_checks(self) -> list[str]:
        return [invalid.check_id for invalid in self.owner.take_all(SessionInvalid)]

    def close(self, connection: int, code: int = 1006, **facts: Any) -> None:
        """The stream is gone."""
        self.tell(StreamClosed(stream_id=connection, code=code, reason="reset by peer", **facts))

    def show(self) -> dict[str, Any]:
        reply = self.actor.address.request(ShowSession())
        self.stage.run()
        shown: dict[str, Any] = reply.get(timeout=0)
        return shown

    def alarms(self) -> set[str]:
        return set(self.actor._alarms)
