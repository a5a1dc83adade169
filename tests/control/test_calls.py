"""What becomes of a question whose actor cannot answer it."""

from dataclasses import replace

import pykka
import pytest

from actors.base import ActorFailed
from actors.mailbox import MailboxFull
from control.route import Ask, Asking
from control.routes import ROUTES
from control.wire import BUSY, INTERNAL_ERROR
from messages.gateway import Resume, ShowGateway
from tests.control.house import PATIENCE_S, Client, FakeHouse


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (MailboxFull("gateway has 10000 messages waiting"), BUSY, "as much waiting as it may"),
        (pykka.ActorDeadError("gateway is not running"), INTERNAL_ERROR, "is not running"),
        (ActorFailed("gateway failed: ZeroDivisionError"), INTERNAL_ERROR, "crashed on the question"),
    ],
)
def test_each_failure_of_an_actor_has_its_own_answer(
    house: FakeHouse, client: Client, failure: Exception, code: int, words: str
) -> None:
    house.actors["gateway"].answers[ShowGateway] = failure
    error = client.fails("gateway.status")
    assert error["code"] == code
    assert words in error["message"]
    assert error["data"]["actor"] == "gateway"
    assert error["data"]["remedy"]


def test_an_actor_that_is_not_there_is_told_of(house: FakeHouse, client: Client) -> None:
    del house.actors["gateway"]
    error = client.fails("gateway.status")
    assert error["code"] == INTERNAL_ERROR
    assert error["message"] == "the actor gateway is not running"


def test_what_an_actor_has_posted_is_answered_without_asking_it(house: FakeHouse, client: Client) -> None:
    house.actors["gateway"].notice = lambda: {"state": "running", "posted": True}
    assert client.call("gateway.status") == {"state": "running", "posted": True}
    assert house.actors["gateway"].heard.empty()


def test_what_is_posted_answers_no_other_question(house: FakeHouse, client: Client) -> None:
    house.actors["gateway"].notice = lambda: {"posted": True}
    house.actors["gateway"].answers[Resume] = {"drained": False}
    assert client.call("gateway.resume") == {"drained": False}


def test_patience_has_an_end(house: FakeHouse) -> None:
    route = ROUTES["gateway.status"]
    assert isinstance(route, Ask)
    house.routes["gateway.status"] = replace(route, patience_s=lambda _params: 0.01)
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        assert "did not answer within 0.01 s" in client.fails("gateway.status")["message"]
    server.stop(PATIENCE_S)


def test_the_message_may_depend_on_who_asks(house: FakeHouse) -> None:
    route = ROUTES["gateway.status"]
    assert isinstance(route, Ask)

    def by_whom(_params: object, asking: Asking) -> object:
        return asking

    house.routes["gateway.status"] = replace(route, message=by_whom)
    house.actors["gateway"].answers[Asking] = lambda asking: {"pid": asking.peer.pid}
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        assert client.call("gateway.status") == {"pid": 4711}
    server.stop(PATIENCE_S)
