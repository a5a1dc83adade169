"""The door's life, as its keeper sees it."""

import threading

import orjson
import pytest

from messages.journal import Unsubscribe
from tests.control.house import PATIENCE_S, FakeJournal, until
from tests.web.house import INJECT, KEY, Door, Talk, WebHouse, succeeded
from web.keys import read_keys
from web.limits import Limits
from web.listener import HttpClaim

BODY = orjson.dumps(INJECT)


def test_the_door_hears_of_ends_from_its_start_to_its_stop(house: WebHouse) -> None:
    with house.door():
        assert house.journal.subscribed.get(timeout=PATIENCE_S).subscriber.name == "http"
    assert house.journal.unsubscribed.get(timeout=PATIENCE_S) == "http"


def test_facts_tell_where_and_how_much_and_no_key(house: WebHouse) -> None:
    with house.door(f"crm:{KEY}") as door:
        door.get("/health")
        until(lambda: door.server.facts()["requests"] == 1)
        facts = door.server.facts()
    assert facts["listens"] == [f"127.0.0.1:{door.port}"]
    assert facts["keys"] == ["crm"]
    assert KEY not in str(facts)


def test_after_one_door_the_next_serves_the_same_address(house: WebHouse) -> None:
    claim = HttpClaim("127.0.0.1", 0, keyless=True)
    for _ in range(2):
        server = house.server(claim, read_keys(()), Limits())
        server.start()
        server.stop(PATIENCE_S)
    claim.release()
    assert house.deaths.empty()


def test_a_stop_lets_an_order_end(house: WebHouse) -> None:
    house.barges.decide = lambda _submit: None
    with house.door() as door, door.connect() as talk:
        talk.send(talk.request("POST", "/inject", BODY, Content_Type="application/json"))
        submit = house.barges.hears()
        stopping = threading.Thread(target=door.server.stop, args=(PATIENCE_S,))
        stopping.start()
        house.journal.end(succeeded(submit))
        assert talk.reply().status == 201
        stopping.join(PATIENCE_S)
        assert not stopping.is_alive()


def test_a_stop_answers_an_order_that_does_not_end(house: WebHouse) -> None:
    house.barges.decide = lambda _submit: None
    with house.door() as door, door.connect() as talk:
        talk.send(talk.request("POST", "/inject", BODY, Content_Type="application/json", Idempotency_Key="k-1"))
        house.barges.hears()
        door.server.stop(1.0)
        reply = talk.reply()
    assert (reply.status, reply.headers["idempotency-key"]) == (202, "k-1")


def test_a_stop_does_not_wait_for_a_request_that_is_on_its_way(house: WebHouse) -> None:
    with house.door() as door, door.connect() as talk:
        talk.send(talk.request("POST", "/inject", Content_Length="9", Content_Type="application/json"))
        until(lambda: door.server.facts()["connections"] == 1)
        door.server.stop(1.0)
        assert talk.at_end()


def test_a_stop_without_time_is_at_once(house: WebHouse) -> None:
    house.barges.decide = lambda _submit: None
    with house.door() as door, door.connect() as talk:
        talk.send(talk.request("POST", "/inject", BODY, Content_Type="application/json"))
        house.barges.hears()
        door.server.stop(0.0)
        assert talk.at_end()


def test_without_its_address_a_door_does_not_start(house: WebHouse) -> None:
    claim = HttpClaim("127.0.0.1", 0, keyless=True)
    server = house.server(claim, read_keys(()), Limits())
    claim.release()
    with pytest.raises(OSError):
        server.start()
    server.stop(0.0)


def test_whoever_knocks_before_the_paths_are_loaded_is_answered(house: WebHouse) -> None:
    claim = HttpClaim("127.0.0.1", 0, keyless=True)
    server = house.server(claim, read_keys(()), Limits())
    with Door(server, claim.port).connect() as talk:  # the address listens; nobody serves it yet
        talk.send(talk.request("GET", "/health"))
        assert not house.loaded.is_set()
        server.start()
        assert talk.reply("GET").status == 200
        assert house.loaded.is_set()
    server.stop(PATIENCE_S)
    claim.release()


def test_a_door_behind_which_nothing_can_be_served_says_why_and_can_be_stopped(house: WebHouse) -> None:
    claim = HttpClaim("127.0.0.1", 0, keyless=True)
    server = house.server(claim, read_keys(()), Limits(), version="")  # a contract has to have one
    server.start()
    assert "version" in str(house.deaths.get(timeout=PATIENCE_S))
    server.stop(PATIENCE_S)
    claim.release()
    with pytest.raises(ConnectionRefusedError):
        Talk(claim.port)


class FallingJournal(FakeJournal):
    """Fails whoever takes leave of it."""

    def tell(self, message: object) -> None:
        if isinstance(message, Unsubscribe):
            raise LookupError("fallen")
        super().tell(message)


def test_a_door_that_falls_says_why(house: WebHouse) -> None:
    house.actors["audit"] = FallingJournal()
    with pytest.raises(AssertionError, match="fallen"), house.door():
        pass
