"""switchboardctl rpc …"""

from messages.orders import Outcome, Submit
from tests.control.cli.conftest import Ctl
from tests.control.house import FakeHouse

ORDER = '{"interaction_id": "i", "destination_uri": "tel:1"}'


def test_calls_any_method_and_prints_json(house: FakeHouse, ctl: Ctl) -> None:
    ran = ctl("rpc", "call", "transfer.start", ORDER)
    assert (ran.code, ran.json["status"]) == (0, "succeeded")


def test_an_orders_outcome_decides_the_exit_code(house: FakeHouse, ctl: Ctl) -> None:
    def fail(submit: Submit) -> Outcome:
        return Outcome(request_id=submit.order.request_id, kind="transfer", status="failed", detail="no")

    house.transfers.decide = fail
    assert ctl("rpc", "call", "transfer.start", ORDER).code == 1


def test_parameters_that_are_no_object_are_a_usage_error(ctl: Ctl) -> None:
    assert ctl("rpc", "call", "gateway.status", "{").code == 2
    assert ctl("rpc", "call", "gateway.status", "[]").code == 2


def test_an_unknown_method_suggests_one(ctl: Ctl) -> None:
    ran = ctl("rpc", "call", "gateway.stats")
    assert ran.code == 2
    assert "did you mean gateway.status" in ran.err


def test_lists_methods_with_what_they_take(ctl: Ctl) -> None:
    row = next(line for line in ctl("rpc", "methods").lines if line.startswith("actor.restart"))
    assert row.split("\t")[1:3] == ["admin", "name [reason]"]
