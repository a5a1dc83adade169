"""Genesys fails in the middle of transfers: each still ends once, with at most one effect and the truth about it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.trips.house import Lodge, transfer
from tests.trips.wire import Wire


def given(wire: Wire, *interactions: str, **more: Any) -> list[int]:
    """Orders for these interactions, all of them under way at once."""
    return [wire.ask("transfer.start", **transfer(name, **more)) for name in interactions]


def codes(outcome: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in outcome["reasons"]]


# --- the answer does not come ----------------------------------------------------------------------------------


def test_an_answer_that_never_comes_or_names_another_transfer_is_a_negotiation_timeout(lodge: Lodge) -> None:
    house = lodge(transfers__answer_timeout_s=2)
    house.genesys.add_fault("mute_answers", interaction_id="muted")
    house.genesys.add_fault("wrong_id", interaction_id="mistaken")
    wire = house.wire()
    muted, mistaken, heard = map(wire.result, given(wire, "muted", "mistaken", "heard"))
    for outcome in (muted, mistaken):
        assert (outcome["status"], codes(outcome)) == ("failed", ["SB-205"])
        assert "negotiation_timeout" in outcome["detail"]
        assert "look at the interaction" in outcome["reasons"][0]["remedy"]
        assert outcome["latency_ms"] >= 2000
    assert heard["status"] == "succeeded"
    assert [house.seen(name)[0]["frames"] for name in ("muted", "mistaken", "heard")] == [1, 1, 1]


def test_a_late_order_fails_by_its_own_deadline(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("mute_answers", interaction_id="muted")
    wire = house.wire()
    outcome = wire.call("transfer.start", **transfer("muted", deadline_s=2.0))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-301"])


@pytest.mark.parametrize("what", ["json", "binary", "huge"])
def test_junk_before_the_answer_is_passed_over_or_survived(lodge: Lodge, what: str) -> None:
    house = lodge()
    house.genesys.add_fault("junk", what=what, route="transfer")
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert outcome["status"] == "succeeded"
    (row,) = house.seen("one")
    assert row["effects"] == 1


def test_answers_that_come_three_times_end_an_order_once(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("duplicate", copies=2, times="always")
    wire = house.wire()
    names = [f"i-{number}" for number in range(10)]
    outcomes = [wire.result(number) for number in given(wire, *names)]
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    house.await_genesys("answers.sent", 30)
    ends = wire.call("audit.query", kind="transfer.ended")["records"]
    assert sorted(end["interaction_id"] for end in ends) == sorted(names)


# --- Genesys asks to slow down ---------------------------------------------------------------------------------


def test_a_rate_limit_is_waited_for_and_the_same_id_sent_on_a_new_connection(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("rate_limited", retry_after=1, route="transfer")
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert (outcome["status"], outcome["retries"]) == ("succeeded", 1)
    first, second = house.frames("one")
    assert second["at_s"] - first["at_s"] >= 1.0
    assert second["session"] != first["session"]


def test_a_rate_limit_beyond_the_deadline_ends_the_order_at_once(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("rate_limited", retry_after=100, route="transfer")
    outcome = house.wire().call("transfer.start", **transfer("one", deadline_s=60.0))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-206"])
    assert outcome["latency_ms"] < 60_000
    assert "100 s" in outcome["detail"]


def test_close_code_1008_sends_the_same_id_again_on_a_new_connection(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("close", code=1008, route="transfer")
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert (outcome["status"], outcome["retries"]) == ("succeeded", 1)
    first, second = house.frames("one")
    assert second["session"] != first["session"]
    (row,) = house.seen("one")
    assert row["effects"] == 1


# --- the connection breaks -------------------------------------------------------------------------------------


def test_a_session_that_drops_with_answers_outstanding_costs_no_transfer_and_doubles_none(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("mute_answers", times=20)
    wire = house.wire()
    names = [f"i-{number}" for number in range(20)]
    asked = given(wire, *names)
    house.await_genesys("frames.transfer", 20)
    house.genesys.drop_sessions(abort=True)
    outcomes = [wire.result(number) for number in asked]
    assert {(outcome["status"], outcome["retries"]) for outcome in outcomes} == {("succeeded", 1)}
    rows = [row for name in names for row in house.seen(name)]
    assert [(row["effects"], row["frames"]) for row in rows] == [(1, 2)] * 20
    assert {len(set(row["sessions"])) for row in rows} == {2}
    (session,) = [one for one in wire.call("session.list")["sessions"] if one["name"] == "transfer"]
    assert (session["state"], session["reconnects"]) == ("open", 1)


@pytest.mark.parametrize("fault", [{"action": "effect_then_drop"}, {"action": "effect_then_drop", "code": 1011}])
def test_an_effect_whose_answer_was_lost_is_not_repeated(lodge: Lodge, fault: dict[str, Any]) -> None:
    house = lodge()
    house.genesys.add_faults([fault])
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert (outcome["status"], outcome["retries"]) == ("succeeded", 1)
    (row,) = house.seen("one")
    assert (row["effects"], row["frames"]) == (1, 2)


def test_a_transfer_whose_connection_breaks_every_time_is_given_up(lodge: Lodge) -> None:
    house = lodge(transfers__max_retries=1)
    house.genesys.add_fault("abort", route="transfer", times="always")
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert (outcome["status"], codes(outcome), outcome["retries"]) == ("failed", ["SB-210"], 1)
    assert len(house.frames("one")) == 2


def test_a_half_open_session_is_found_out_before_the_transfer_is_sent(lodge: Lodge) -> None:
    house = lodge(transfers__pong_timeout_s=0.5)
    house.genesys.add_fault("silence", route="ping")
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert (outcome["status"], outcome["retries"]) == ("succeeded", 0)
    (frame,) = house.frames("one")
    assert frame["session"] != 1


def test_without_a_session_the_order_says_so_in_time(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("refuse_handshake", times="always")
    house.genesys.drop_sessions(abort=True)
    wire = house.wire()
    outcome = wire.call("transfer.start", **transfer("one", deadline_s=1.0))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-212"])
    (session,) = [one for one in wire.call("session.list")["sessions"] if one["name"] == "transfer"]
    assert session["state"] != "open"
    assert session["last_error"]
    assert house.seen("one") == []


# --- credentials -----------------------------------------------------------------------------------------------


def test_a_token_that_is_revoked_meanwhile_is_replaced_once_for_all(lodge: Lodge) -> None:
    house = lodge()
    wire = house.wire()
    assert house.genesys.counts()["token.fetches"] == 1
    house.genesys.revoke_tokens()
    outcomes = [wire.result(number) for number in given(wire, *(f"i-{number}" for number in range(20)))]
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    assert house.genesys.counts()["token.fetches"] == 2
    assert wire.call("token.status")["generation"] == 2


def test_a_missing_scope_is_named(lodge: Lodge) -> None:
    house = lodge(token__scopes="websocket:use,interaction:transfer")
    outcome = house.wire().call("transfer.start", **transfer("one"))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-208"])
    (reason,) = outcome["reasons"]
    assert "403" in reason["message"]
    assert "interaction:view" in reason["message"] + reason["remedy"]
    assert house.seen("one") == []


# --- enough is enough ------------------------------------------------------------------------------------------


def test_after_five_unanswered_transfers_in_a_row_nothing_more_is_sent(lodge: Lodge) -> None:
    house = lodge(transfers__answer_timeout_s=0.5)
    house.genesys.add_fault("mute_answers", times="always")
    wire = house.wire()
    outcomes = [wire.result(number) for number in given(wire, *(f"i-{number}" for number in range(5)))]
    assert [codes(outcome) for outcome in outcomes] == [["SB-205"]] * 5
    refused = wire.call("transfer.start", **transfer("sixth"))
    assert (refused["status"], codes(refused)) == ("refused", ["SB-207"])
    assert house.seen("sixth") == []


def test_after_five_failed_look_ups_in_a_row_genesys_is_left_alone(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=500, route="interaction", times="always")
    wire = house.wire()
    for number in given(wire, *(f"i-{number}" for number in range(5))):
        assert wire.result(number)["status"] == "failed"
    asked = house.genesys.counts()["faults.status"]
    outcome = wire.call("transfer.start", **transfer("sixth"))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-207"])
    assert house.genesys.counts()["faults.status"] == asked
    assert wire.call("budget.show")["circuits"]["GET /api/v2/interactions/{id}"] == "open"
    assert house.genesys.counts()["frames.transfer"] == 0


def test_a_request_id_that_failed_stays_failed_and_a_new_one_goes_through(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("reject", status="destination_busy")
    wire = house.wire()
    order = transfer("one", request_id=str(uuid4()))
    first = wire.call("transfer.start", **order)
    assert first["status"] == "failed"
    assert wire.call("transfer.start", **order) == first
    assert wire.call("transfer.start", **transfer("one"))["status"] == "succeeded"
