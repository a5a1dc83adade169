"""Orders from the command line: what is sent, what is shown, and how the program ends."""

import pytest

from control.cli.show import number_of
from messages.archive import FindCommand, ListCommands
from messages.orders import Outcome, Reason, Status, Submit
from messages.transfers import AudioMatrix, MediaMatrix, StartTransfer, VideoMatrix
from tests.control.cli.conftest import Ctl
from tests.control.house import FakeHouse

START = ("transfer", "start", "i-1", "sip:desk@example.com")


def ending(status: Status) -> "object":
    def decide(submit: Submit) -> Outcome:
        reason = Reason(code="SB-103", gate="codec", message="no codec fits", remedy="allow opus")
        return Outcome(
            request_id=submit.order.request_id,
            kind="transfer",
            status=status,
            detail="it went so",
            reasons=() if status == "succeeded" else (reason, reason),
            latency_ms=7.25,
            retries=2,
        )

    return decide


def test_a_success_is_one_line_and_exit_code_0(ctl: Ctl) -> None:
    ran = ctl(*START)
    assert ran.code == 0
    assert ran.lines == ["✔ succeeded transfer minted-1: transferred (12.5 ms)"]


@pytest.mark.parametrize("status", ["failed", "refused", "interrupted"])
def test_any_other_end_is_exit_code_1_with_every_reason_and_remedy(house: FakeHouse, ctl: Ctl, status: Status) -> None:
    house.transfers.decide = ending(status)  # type: ignore[assignment] # a function of the same shape
    ran = ctl(*START)
    assert ran.code == 1
    assert ran.lines[0] == f"✘ {status} transfer minted-1: it went so (7.25 ms, 2 retries)"
    assert ran.lines[1:] == ["  SB-103 codec: no codec fits", "    → allow opus"] * 2


def test_a_time_of_hours_is_told_in_figures() -> None:
    assert [number_of(value) for value in (0.0, 5.0, 13.9, 3000.56, 1_234_567.8912)] == [
        "0",
        "5",
        "13.9",
        "3000.56",
        "1234567.891",
    ]


def test_json_is_the_outcome_and_nothing_else(house: FakeHouse, ctl: Ctl) -> None:
    house.transfers.decide = ending("refused")  # type: ignore[assignment] # a function of the same shape
    ran = ctl(*START, "--json")
    assert (ran.code, ran.json["status"], len(ran.json["reasons"])) == (1, "refused", 2)


def test_every_option_reaches_the_order(house: FakeHouse, ctl: Ctl) -> None:
    options = "--codec pcmu --audio-kbps 32 --video --participant p-1 --request-id mine --deadline 9 --reason why"
    assert ctl(*START, *options.split()).code == 0
    assert house.transfers.hears().order == StartTransfer(
        request_id="mine",
        deadline_s=9.0,
        reason="why",
        interaction_id="i-1",
        destination_uri="sip:desk@example.com",
        media_matrix=MediaMatrix(audio=AudioMatrix(codec="pcmu", bandwidth_kbps=32), video=VideoMatrix()),
        participant_id="p-1",
    )


def test_without_options_the_order_has_the_gateways_defaults(house: FakeHouse, ctl: Ctl) -> None:
    ctl(*START)
    assert house.transfers.hears().order.media_matrix == MediaMatrix()


def test_a_dry_run_is_one(house: FakeHouse, ctl: Ctl) -> None:
    assert ctl(*START, "--dry-run").code == 0
    assert house.transfers.hears().order.dry_run


def test_a_full_gateway_asks_to_try_again(house: FakeHouse, ctl: Ctl) -> None:
    house.transfers.room = False
    ran = ctl(*START)
    assert ran.code == 75
    assert "try again" in ran.err


def test_a_draining_gateway_asks_to_try_again(house: FakeHouse, ctl: Ctl) -> None:
    house.draining = True
    ran = ctl(*START, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (75, -32003)


def test_waiting_too_long_ends_with_124(house: FakeHouse, ctl: Ctl) -> None:
    house.transfers.decide = lambda _submit: None
    ran = ctl(*START, "--wait", "0.05")
    assert ran.code == 124
    assert "no answer within 0.05 s" in ran.err


def test_an_order_still_open_when_the_gateway_gives_up_ends_with_124(house: FakeHouse, ctl: Ctl) -> None:
    house.transfers.decide = ending("accepted")  # type: ignore[assignment] # a function of the same shape
    assert ctl(*START).code == 124


def test_what_is_missing_is_a_usage_error(ctl: Ctl) -> None:
    ran = ctl("transfer", "start", "i-1")
    assert ran.code == 2
    assert "DESTINATION" in ran.err


def test_shows_one_order(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[FindCommand] = {
        "request_id": "r-1",
        "kind": "transfer",
        "status": "failed",
        "detail": "no answer",
        "reasons": [],
        "latency_ms": 10000.0,
        "retries": 0,
        "accepted_at": "2026-01-01T00:00:00.000Z",
        "ended_at": "2026-01-01T00:00:10.000Z",
        "order": {"interaction_id": "i-1", "request_id": "r-1"},
    }
    ran = ctl("command", "show", "r-1")
    assert ran.code == 0
    assert ran.lines[0] == "✘ failed transfer r-1: no answer (10000 ms)"
    assert "interaction_id  i-1" in ran.lines


def test_an_unknown_order_is_told_how_to_find_it(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[FindCommand] = lambda _message: None
    ran = ctl("command", "show", "nope")
    assert ran.code == 2
    assert "→ `command list` has the orders on record" in ran.err


def test_lists_orders_with_tabs_between_where_no_terminal_is(house: FakeHouse, ctl: Ctl) -> None:
    row = {"accepted_at": "now", "status": "succeeded", "kind": "transfer", "request_id": "r", "detail": "fine"}
    house.actors["archive"].answers[ListCommands] = {"commands": [{**row, "latency_ms": 1.5, "retries": 0}]}
    ran = ctl("command", "list", "--status", "succeeded", "--limit", "5")
    assert ran.lines[0].split("\t")[:4] == ["ACCEPTED AT", "STATUS", "KIND", "REQUEST ID"]
    assert ran.lines[1] == "now\tsucceeded\ttransfer\tr\t1.5\t0\tfine"
    assert house.actors["archive"].hears() == ListCommands(status="succeeded", limit=5)


def test_what_comes_from_outside_cannot_steer_the_terminal(house: FakeHouse, ctl: Ctl) -> None:
    row = {"request_id": "r", "detail": "\x1b[2Jgone\nnext", "kind": "transfer", "status": "failed"}
    house.actors["archive"].answers[ListCommands] = {"commands": [row]}
    ran = ctl("command", "list")
    assert "\x1b" not in ran.out
    assert "\\x1b[2Jgone\\x0anext" in ran.out
