"""Orders through the door: one mechanism from the line to the outcome."""

import pytest

from control.reception import still_open
from control.server import ControlServer
from control.wire import BUSY, DRAINING
from messages.orders import OrderSettled, Outcome, Reason, Submit
from messages.transfers import StartTransfer
from tests.control.house import PATIENCE_S, Client, FakeHouse, succeed, until

ORDER = {"interaction_id": "i-1", "destination_uri": "sip:a@b.example"}


def refused(submit: Submit, code: str = "SB-101") -> Outcome:
    reason = Reason(code=code, gate="state", message="it is over", remedy="choose a live one")
    order = submit.order
    return Outcome(request_id=order.request_id, kind="transfer", status="refused", detail="refused", reasons=(reason,))


def test_an_order_is_given_to_its_actor_and_answered_with_its_outcome(house: FakeHouse, client: Client) -> None:
    outcome = client.call("transfer.start", **ORDER, request_id="mine", reason="asked by the caller")
    assert outcome == {
        "request_id": "mine",
        "kind": "transfer",
        "status": "succeeded",
        "detail": "transferred",
        "reasons": [],
        "latency_ms": 12.5,
        "retries": 0,
        "codec": "opus",
    }
    submit = house.transfers.hears()
    assert isinstance(submit.order, StartTransfer)
    assert (submit.order.interaction_id, submit.order.reason) == ("i-1", "asked by the caller")
    assert (submit.peer.role, submit.peer.pid, submit.peer.uid) == ("admin", 4711, 1000)


def test_an_order_without_an_id_gets_one(client: Client) -> None:
    assert client.call("transfer.start", **ORDER)["request_id"] == "minted-1"


def test_a_refusal_is_a_result_with_every_reason(house: FakeHouse, client: Client) -> None:
    house.transfers.decide = refused
    outcome = client.call("transfer.start", **ORDER)
    assert outcome["status"] == "refused"
    assert outcome["reasons"] == [
        {"code": "SB-101", "gate": "state", "message": "it is over", "remedy": "choose a live one"}
    ]


def test_a_dry_run_is_answered_by_its_actor_alone(house: FakeHouse, client: Client) -> None:
    assert client.call("transfer.start", **ORDER, dry_run=True)["status"] == "succeeded"
    assert house.transfers.hears().order.dry_run


def test_what_its_actor_says_at_once_needs_no_event(house: FakeHouse, client: Client) -> None:
    def settle(submit: Submit) -> None:
        assert submit.reply_to is not None
        submit.reply_to.tell(OrderSettled(outcome=refused(submit, "SB-108")))

    house.transfers.decide = settle
    assert client.call("transfer.start", **ORDER, request_id="taken")["reasons"][0]["code"] == "SB-108"


def test_a_full_actor_is_busy_at_once(house: FakeHouse, client: Client) -> None:
    house.transfers.room = False
    error = client.fails("transfer.start", **ORDER)
    assert error["code"] == BUSY
    assert error["data"]["actor"] == "transfer"


def test_an_order_whose_end_would_not_be_heard_of_is_not_taken(house: FakeHouse) -> None:
    house.journal.room = False
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        error = client.fails("transfer.start", **ORDER)
        assert (error["code"], error["data"]["actor"]) == (BUSY, "audit")
        assert house.transfers.heard.empty()
        house.journal.room = True
        assert client.call("transfer.start", **ORDER)["status"] == "succeeded"
    server.stop(PATIENCE_S)


def test_a_draining_gateway_takes_no_orders_and_answers_questions(house: FakeHouse, client: Client) -> None:
    house.draining = True
    assert client.fails("transfer.start", **ORDER)["code"] == DRAINING
    assert house.transfers.heard.empty()
    assert "methods" in client.call("rpc.discover")


def test_a_kind_without_its_actor_says_so(house: FakeHouse, client: Client) -> None:
    del house.actors["transfer"]
    assert "no actor takes orders of the kind transfer" in client.fails("transfer.start", **ORDER)["message"]


def test_two_who_give_the_same_order_hear_the_same_outcome(house: FakeHouse, client: Client) -> None:
    first: list[Submit] = []
    house.transfers.decide = first.append  # and no outcome yet
    with Client(house.claim.path) as other:
        client.ask("transfer.start", **ORDER, request_id="both")
        other.ask("transfer.start", **ORDER, request_id="both")
        for _ in range(2):
            house.transfers.hears()
        house.journal.end(succeed(first[0]))
        assert client.read()["result"] == other.read()["result"]


def test_orders_are_answered_as_they_end(house: FakeHouse, client: Client) -> None:
    waiting: list[Submit] = []
    house.transfers.decide = waiting.append
    slow, quick = (client.ask("transfer.start", **ORDER, request_id=name) for name in ("slow", "quick"))
    for _ in range(2):
        house.transfers.hears()
    by_id = {submit.order.request_id: submit for submit in waiting}
    house.journal.end(succeed(by_id["quick"]))
    assert client.read()["id"] == quick
    house.journal.end(succeed(by_id["slow"]))
    assert client.read()["id"] == slow


def test_nobody_waits_for_an_order_whose_client_has_gone(house: FakeHouse, door: ControlServer) -> None:
    house.transfers.decide = lambda _submit: None
    with Client(house.claim.path) as client:
        client.ask("transfer.start", **ORDER)
        house.transfers.hears()
        assert door.facts()["orders_waited_for"] == 1
    until(lambda: door.facts()["orders_waited_for"] == 0)


@pytest.mark.parametrize("deadline_s", [-1.0, 1e308])
def test_a_nonsensical_deadline_is_the_rules_business(client: Client, deadline_s: float) -> None:
    assert client.call("transfer.start", **ORDER, deadline_s=deadline_s)["status"] == "succeeded"


def test_an_order_that_has_not_ended_in_time_is_told_how_to_go_on(house: FakeHouse) -> None:
    house.transfers.decide = lambda _submit: None
    house.grace_s = 0.01
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        outcome = client.call("transfer.start", **ORDER, request_id="long", deadline_s=0.01)
    assert outcome["status"] == "accepted"
    assert "switchboardctl command show long" in outcome["detail"]
    until(lambda: server.facts()["orders_waited_for"] == 0)
    server.stop(PATIENCE_S)


def test_what_is_still_open_is_accepted() -> None:
    outcome = still_open(StartTransfer(request_id="r", interaction_id="i", destination_uri="tel:1"))
    assert (outcome.request_id, outcome.kind, outcome.status) == ("r", "transfer", "accepted")
