"""Going out of service: nobody's order is lost, and everybody is told."""

import pytest

from tests.trips.house import House, Lodge, transfer
from tests.trips.wire import Hung, Wire

DRAINING = -32003


def hold(house: House, wire: Wire, *interactions: str) -> list[int]:
    """Orders that stay open until `let_go`: Genesys carries them out, but its answer is lost with the session."""
    before = house.genesys.counts()["frames.transfer"]
    house.genesys.add_fault("mute_answers", times=len(interactions))
    asked = [wire.ask("transfer.start", **transfer(name, deadline_s=120.0)) for name in interactions]
    house.await_genesys("frames.transfer", before + len(interactions))
    return asked


def let_go(house: House) -> None:
    """The session drops; what was held is asked for again and answered."""
    house.genesys.drop_sessions(abort=True)


@pytest.fixture
def house(lodge: Lodge) -> House:
    """A gateway whose answers may take as long as a test holds them."""
    return lodge(transfers__answer_timeout_s=120, drain__timeout_s=120)


def test_the_first_term_refuses_new_orders_and_waits_for_the_open_ones(house: House) -> None:
    wire = house.wire()
    asked = hold(house, wire, "one", "two", "three")
    house.terminate()
    house.process.log.await_line("draining")
    error = wire.error("transfer.start", **transfer("late"))
    assert error["code"] == DRAINING
    assert "resume" in error["data"]["remedy"]
    assert wire.call("gateway.status")["state"] == "draining"
    let_go(house)
    assert [wire.result(number)["status"] for number in asked] == ["succeeded"] * 3
    assert house.process.code() == 0
    assert [house.seen(name)[0]["effects"] for name in ("one", "two", "three")] == [1, 1, 1]
    assert house.seen("late") == []
    assert not house.socket.exists()


def test_a_second_term_stops_at_once_and_the_callers_hear_what_became_of_their_orders(house: House) -> None:
    wire = house.wire()
    asked = hold(house, wire, "one", "two")
    house.terminate()
    house.process.log.await_line("draining")
    house.terminate()
    outcomes = [wire.result(number) for number in asked]
    assert {outcome["status"] for outcome in outcomes} == {"interrupted"}
    assert [reason["code"] for outcome in outcomes for reason in outcome["reasons"]] == ["SB-504"] * 2
    assert house.process.code() == 0
    again = house.open().wire()
    for outcome in outcomes:
        shown = again.call("command.show", request_id=outcome["request_id"])
        assert {name: shown[name] for name in outcome} == outcome
    assert again.call("audit.verify")["ok"]
    assert house.genesys.counts()["frames.transfer"] == 2


def test_a_drain_that_takes_too_long_interrupts_what_is_left(lodge: Lodge) -> None:
    house = lodge(transfers__answer_timeout_s=120, drain__timeout_s=0.5)
    wire = house.wire()
    (asked,) = hold(house, wire, "one")
    house.terminate()
    outcome = wire.result(asked)
    assert (outcome["status"], outcome["reasons"][0]["code"]) == ("interrupted", "SB-504")
    assert house.process.code() == 0


def test_an_idle_gateway_ends_on_term_at_once_and_lets_its_sessions_go(house: House) -> None:
    wire = house.wire()
    house.terminate()
    assert house.process.code() == 0
    with pytest.raises(Hung):
        wire.line()
    house.await_genesys("sessions.ended", 2)
    assert house.genesys.counts()["frames.close"] == 2
    assert not house.process.left_something_running()


def test_a_drain_by_socket_can_be_taken_back(house: House) -> None:
    wire = house.wire()
    (held,) = hold(house, wire, "one")
    drained = wire.call("gateway.drain", timeout_s=0.1)
    assert drained == {"drained": False, "open": 1, "state": "draining"}
    assert wire.error("transfer.start", **transfer("two"))["code"] == DRAINING
    assert wire.call("gateway.resume")["state"] == "running"
    assert wire.call("transfer.start", **transfer("two"))["status"] == "succeeded"
    let_go(house)
    assert wire.result(held)["status"] == "succeeded"


def test_a_drain_by_socket_ends_with_the_last_open_order(house: House) -> None:
    wire, other = house.wire(), house.wire()
    (held,) = hold(house, other, "one")
    assert wire.call("gateway.drain", timeout_s=0.0)["drained"] is False
    asked = wire.ask("gateway.drain", timeout_s=100.0)
    let_go(house)
    assert wire.result(asked) == {"drained": True, "open": 0, "state": "draining"}
    assert other.result(held)["status"] == "succeeded"
    assert wire.call("gateway.status")["state"] == "draining"


def test_a_drain_by_socket_that_cancels_interrupts_what_is_left(house: House) -> None:
    wire = house.wire()
    (held,) = hold(house, wire, "one")
    assert wire.call("gateway.drain", timeout_s=0.1, cancel=True)["drained"]
    assert wire.result(held)["status"] == "interrupted"


def test_a_stop_by_socket_ends_the_process_in_good_order(house: House) -> None:
    wire = house.wire()
    (held,) = hold(house, wire, "one")
    assert wire.call("gateway.stop") == {"stopping": True}
    assert wire.result(held)["status"] == "interrupted"
    assert house.process.code() == 0
    assert not house.socket.exists()


def test_a_dead_gateways_socket_is_no_obstacle_to_the_next(house: House) -> None:
    house.kill()
    assert house.socket.exists()
    house.open()
    assert house.wire().call("transfer.start", **transfer("one"))["status"] == "succeeded"
