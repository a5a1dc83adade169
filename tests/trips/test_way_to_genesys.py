"""The way of REST calls with real threads and sockets: desk, callers and token against the simulator."""

import threading
from collections import Counter
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from loguru import logger

from actors.address import ask
from actors.base import GatewayActor, Seat
from actors.caller import CallerActor
from actors.directory import Directory
from actors.rest import RestDesk
from actors.timers import TimerThread
from actors.tokens import Credentials, TokenActor
from actors.world import RealWorld
from clients.breaker import CircuitGuard
from clients.rest import RestDoor
from clients.tls import tls_context
from genesys.tutorial.oauth import TutorialOAuth
from messages.rest import Call, CallAnswered, HttpRequest, ShowBudget
from messages.supervision import Shutdown
from messages.tokens import ShowToken, TokenGranted, WantToken
from rules.budget import Budget
from simulator.server import Simulator

CALLERS = 4
AT_ONCE = {"answer_latency_ms": 0, "rate_allowed": 100_000}


class Ear:
    """Hears messages from any thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._heard: SimpleQueue[Any] = SimpleQueue()

    def tell(self, message: object) -> None:
        self._heard.put(message)

    urge = tell

    def next(self) -> Any:
        return self._heard.get(timeout=20)


class Way:
    """What the supervisors' tree puts together, without supervisors."""

    def __init__(self, genesys: Simulator) -> None:
        self.world, self.genesys = RealWorld(), genesys
        self.timers = TimerThread(self.world.monotonic)
        self.directory = Directory(self._bury)
        self.journal, self.superior, self.asker = Ear("journal"), Ear("superior"), Ear("asker")
        self.ringing = threading.Thread(target=self.timers.run, daemon=True)
        self.desk, self.token = self.directory.address("rest"), self.directory.address("token")
        names = [f"rest.{number}" for number in range(CALLERS)]
        context = tls_context(genesys.ca_file)
        self.actors: list[GatewayActor[Any]] = [
            RestDesk(
                self.seat("rest"),
                token=self.token,
                breaker=lambda: CircuitGuard(self.world.monotonic),
                bearer_origins=frozenset({genesys.url}),
                budget=Budget(100_000),
                callers=[self.directory.address(name) for name in names],
            ),
            TokenActor(
                self.seat("token"),
                desk=self.desk,
                journal=self.journal,
                oauth=TutorialOAuth(login_url=genesys.url),
                credentials=Credentials(client_id=genesys.client_id, client_secret=genesys.client_secret),
            ),
            *(CallerActor(self.seat(name), door=RestDoor(context), desk=self.desk) for name in names),
        ]

    def __enter__(self) -> "Way":
        self.ringing.start()
        for actor in self.actors:
            actor.begin()
        return self

    def __exit__(self, *_error: object) -> None:
        for actor in self.actors:
            actor.address.urge(Shutdown())
        for actor in self.actors:
            assert actor.actor_stopped.wait(10)
        self.timers.close()
        self.ringing.join(10)

    def seat(self, name: str) -> Seat:
        address = self.directory.address(name)
        return Seat(
            address=address,
            incarnation=1,
            superior=self.superior,
            world=self.world,
            timers=self.timers,
            office=self._bury,
        )

    def call(self, number: int = 0, **fields: Any) -> None:
        url = f"{self.genesys.url}/api/v2/interactions/{fields.pop('interaction', 'i1')}"
        request = HttpRequest(route="GET interaction", method="GET", url=url, **fields)
        deadline_s = self.world.monotonic() + 20
        self.desk.tell(
            Call(call_id=f"c{number}", request=request, priority="read", deadline_s=deadline_s, reply_to=self.asker)
        )

    def answer(self) -> CallAnswered:
        answer: CallAnswered = self.asker.next()
        return answer

    def _bury(self, receiver: str, message: object, why: str) -> None:
        raise AssertionError(f"{receiver} never got {type(message).__name__}: {why}")


@pytest.fixture
def way() -> Iterator[Way]:
    with Simulator(settings=AT_ONCE) as genesys, Way(genesys) as opened:
        yield opened


def statuses(way: Way, count: int) -> Counter[int | str]:
    answers = [way.answer() for _ in range(count)]
    return Counter(answer.response.status if answer.response else answer.failure for answer in answers)


def test_hundreds_of_calls_share_one_token_and_a_few_connections(way: Way) -> None:
    for number in range(400):
        way.call(number)
    assert statuses(way, 400) == {200: 400}
    assert ask(way.token, ShowToken())["fetches"] == 1
    assert ask(way.desk, ShowBudget())["used"] == 400


def test_a_revoked_token_is_replaced_once_and_nobody_notices(way: Way) -> None:
    way.call()
    assert statuses(way, 1) == {200: 1}
    way.genesys.revoke_tokens()
    for number in range(100):
        way.call(number)
    assert statuses(way, 100) == {200: 100}
    shown = ask(way.token, ShowToken())
    assert (shown["fetches"], shown["generation"]) == (2, 2)


def test_over_tls_it_is_the_same() -> None:
    with Simulator(tls=True, settings=AT_ONCE) as genesys, Way(genesys) as way:
        way.call()
        assert statuses(way, 1) == {200: 1}


def test_what_genesys_fails_at_is_tried_again(way: Way) -> None:
    way.genesys.add_fault("status", status=503, route="interaction", times=2)
    way.call()
    answer = way.answer()
    assert answer.response is not None
    assert (answer.response.status, answer.attempts) == (200, 3)


def test_a_connection_that_breaks_off_is_made_again(way: Way) -> None:
    way.genesys.add_fault("abort", route="interaction")
    way.call()
    answer = way.answer()
    assert answer.response is not None
    assert (answer.response.status, answer.attempts) == (200, 2)


def test_what_is_asked_to_wait_too_long_ends_at_once(way: Way) -> None:
    way.genesys.add_fault("status", status=429, route="interaction", retry_after=3_600)
    way.call()
    answer = way.answer()
    assert (answer.failure, answer.retry_after_s) == ("rate_limited", 3_600)


def test_neither_token_nor_secret_is_said_by_anybody(way: Way) -> None:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="TRACE", backtrace=False, diagnose=False)
    way.token.tell(WantToken(reply_to=way.asker))
    granted: TokenGranted = way.asker.next()
    way.call()
    answer = way.answer()
    way.genesys.revoke_tokens()
    way.call()
    shown = [repr(way.answer()), repr(answer), repr(granted), repr(way.journal.next())]
    shown += [str(ask(way.desk, ShowBudget())), str(ask(way.token, ShowToken())), *lines]
    shown += [repr(vars(actor)) for actor in way.actors]
    logger.remove(sink)
    for secret in (granted.secret, way.genesys.client_secret):
        assert not [text for text in shown if secret in text]
