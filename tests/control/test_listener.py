"""A client is told that it hears events once the journal holds its subscription, and hears none of them before that."""

from dataclasses import replace

import pykka
import pytest

from actors.base import ActorFailed
from actors.mailbox import MailboxFull
from actors.reply import Reply
from control.route import Listen
from control.routes import ROUTES
from control.server import ControlServer
from control.wire import BUSY, INTERNAL_ERROR
from messages.gateway import ShowGateway
from messages.journal import Subscribe, Subscribed
from tests.control.house import PATIENCE_S, Client, FakeHouse, until


@pytest.fixture
def held(house: FakeHouse, client: Client) -> Reply:
    """The journal's answer to the next subscription, which the test gives."""
    house.journal.subscribed.get(timeout=PATIENCE_S)  # the door's own, for order.ended
    reply = Reply()
    house.journal.answers[Subscribe] = reply
    return reply


def subscribed(house: FakeHouse) -> Subscribe:
    """The next subscription that comes to the journal."""
    return house.journal.subscribed.get(timeout=PATIENCE_S)


def test_the_answer_waits_until_the_journal_holds_the_subscription(
    house: FakeHouse, client: Client, held: Reply
) -> None:
    house.actors["gateway"].answers[ShowGateway] = {"state": "running"}
    asked = client.ask("events.subscribe", kinds=["order.ended"])
    subscribed(house)
    assert client.call("gateway.status") == {"state": "running"}, "the first to be answered"
    held.set(Subscribed(since_seq=41))
    answer = client.read()
    assert (answer["id"], answer["result"]) == (asked, {"subscribed": ["order.ended"], "since_seq": 41})


def test_what_the_journal_tells_before_the_answer_comes_behind_it(
    house: FakeHouse, client: Client, held: Reply
) -> None:
    asked = client.ask("events.subscribe")
    subscribed(house)
    house.journal.publish("order.accepted")
    house.journal.publish("order.ended")
    held.set(Subscribed(since_seq=0))
    assert client.read()["id"] == asked
    assert [client.read()["params"]["seq"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (MailboxFull("audit has 10000 messages waiting"), BUSY, "as much waiting as it may"),
        (pykka.ActorDeadError("audit is not running"), INTERNAL_ERROR, "is not running"),
        (ActorFailed("audit failed: OSError"), INTERNAL_ERROR, "crashed on the question"),
    ],
)
def test_a_journal_that_cannot_hold_it_is_told_of_and_nothing_is_left_there(
    house: FakeHouse, client: Client, failure: Exception, code: int, words: str
) -> None:
    house.journal.answers[Subscribe] = failure
    error = client.fails("events.subscribe")
    assert (error["code"], error["data"]["actor"]) == (code, "audit")
    assert words in error["message"]
    assert [held.subscriber.name for held in house.journal.held] == ["control"]


def test_a_gateway_without_a_journal_says_so(house: FakeHouse, client: Client) -> None:
    del house.actors["audit"]
    assert client.fails("events.subscribe")["message"] == "the actor audit is not running"


def test_patience_with_the_journal_has_an_end(house: FakeHouse) -> None:
    route = ROUTES["events.subscribe"]
    assert isinstance(route, Listen)
    house.routes["events.subscribe"] = replace(route, patience_s=0.01)
    house.journal.answers[Subscribe] = late = Reply()
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        assert "did not answer within 0.01 s" in client.fails("events.subscribe")["message"]
        assert house.journal.unsubscribed.empty(), "that would overtake the subscription"
        late.set(Subscribed(since_seq=1))
        assert house.journal.unsubscribed.get(timeout=PATIENCE_S) == "control.1"
    server.stop(PATIENCE_S)


def test_the_old_subscription_goes_on_where_the_new_one_cannot_be(house: FakeHouse, client: Client) -> None:
    client.call("events.subscribe", kinds=["a"])
    house.journal.answers[Subscribe] = MailboxFull("audit has 10000 messages waiting")
    assert client.fails("events.subscribe", kinds=["b"])["code"] == BUSY
    house.journal.publish("a")
    assert client.read()["params"]["kind"] == "a"


def test_the_old_subscription_tells_nothing_while_the_new_one_is_awaited(house: FakeHouse, client: Client) -> None:
    client.call("events.subscribe", kinds=["a"])
    house.journal.answers[Subscribe] = held = Reply()
    asked = client.ask("events.subscribe", kinds=["b"])
    for _ in ("the door's own", "the old one", "the new one"):
        subscribed(house)
    house.journal.publish("a")
    held.set(Subscribed(since_seq=1))
    assert client.read()["id"] == asked
    house.journal.publish("b")
    assert client.read()["params"]["seq"] == 2


def test_two_that_are_asked_for_at_once_are_held_one_after_the_other(
    house: FakeHouse, client: Client, held: Reply
) -> None:
    first, second = client.ask("events.subscribe", kinds=["a"]), client.ask("events.subscribe", kinds=["b"])
    assert subscribed(house).kinds == ("a",)
    held.set(Subscribed(since_seq=0))
    assert subscribed(house).kinds == ("b",)
    assert [client.read()["id"] for _ in range(2)] == [first, second]


def test_a_client_that_goes_before_the_answer_leaves_nothing_with_the_journal(
    house: FakeHouse, door: ControlServer, client: Client, held: Reply
) -> None:
    client.ask("events.subscribe")
    subscribed(house)
    client.close()
    until(lambda: door.facts()["clients"] == 0)
    held.set(Subscribed(since_seq=0))
    assert house.journal.unsubscribed.get(timeout=PATIENCE_S) == "control.1"


def test_a_client_that_goes_is_let_go_of_however_much_waits_at_the_journal(house: FakeHouse, client: Client) -> None:
    client.call("events.subscribe")
    house.journal.room = False
    client.close()
    assert house.journal.unsubscribed.get(timeout=PATIENCE_S) == "control.1"
