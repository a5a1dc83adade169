"""Transfers when something goes wrong: rate limits, broken sessions, the breaker, stops, restarts, late news."""

import pytest

from messages.journal import OpenOrder, RecordAccepted, RecordEnded, RecordProgress
from messages.orders import CancelOrders, DeadlinePassed, Outcome
from messages.rest import Call, CallAnswered, HttpResponse
from messages.sessions import (
    FrameUnsent,
    RenewSession,
    SendFrame,
    SessionInvalid,
    SessionOpened,
    SessionValid,
    ValidateSession,
)
from messages.transfers import AnswerOverdue, TryAgain
from tests.actors.scenes import ID, PEER, TransferScene, transfer

IDS = [f"0190a5a0-0000-7000-8000-00000000000{number}" for number in range(1, 6)]
DONE = {"status": "codec_negotiated", "codec": "opus"}
SLOW_DOWN = {"status": "rate_limited"}


@pytest.fixture
def scene() -> TransferScene:
    return TransferScene()


def invalid(check_id: str = ID) -> SessionInvalid:
    return SessionInvalid(session="transfer", check_id=check_id, why="the session is backing off")


def opened(connection: int = 1) -> SessionOpened:
    return SessionOpened(session="transfer", connection=connection)


def codes(outcome: Outcome) -> tuple[str, list[str]]:
    return outcome.status, [why.code for why in outcome.reasons]


# --- slow down -----------------------------------------------------------------------------------------------


def test_a_429_renews_the_session_and_tries_again_after_a_back_off(scene: TransferScene) -> None:
    scene.in_flight(connection=3)
    scene.hear(SLOW_DOWN)
    assert scene.session.take(RenewSession).connection == 3
    assert not scene.session.heard
    scene.stage.advance(0.5)
    assert scene.session.heard == [ValidateSession(check_id=ID)]
    scene.pong(connection=4)
    sent = scene.session.take(SendFrame)
    assert (sent.connection, sent.frame_id) == (4, ID)
    scene.hear(DONE)
    assert (scene.ended().retries, scene.breaker.ends) == (1, ["withdrawn", "succeeded"])
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_retry_after_is_obeyed(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear({**SLOW_DOWN, "retry_after": 7})
    scene.session.take(RenewSession)
    scene.stage.advance(6.9)
    assert not scene.session.heard
    scene.stage.advance(0.7)
    assert scene.session.heard == [ValidateSession(check_id=ID)]


@pytest.mark.parametrize(("deadline_s", "retry_after"), [(30.0, 30), (30.0, 31), (600.0, 180.1), (600.0, 1e300)])
def test_a_wait_that_is_too_long_ends_the_transfer_at_once(
    scene: TransferScene, deadline_s: float, retry_after: float
) -> None:
    scene.in_flight(transfer(deadline_s=deadline_s))
    scene.hear({**SLOW_DOWN, "retry_after": retry_after})
    outcome = scene.ended()
    assert codes(outcome) == ("failed", ["SB-206"])
    assert outcome.detail.startswith("rate_limited")
    assert (outcome.latency_ms, scene.is_at_rest()) == (0.0, True)


def test_three_minutes_are_waited_for_where_the_deadline_allows_it(scene: TransferScene) -> None:
    scene.in_flight(transfer(deadline_s=600.0))
    scene.hear({**SLOW_DOWN, "retry_after": 180})
    assert scene.cases()


def test_gives_up_after_three_retries(scene: TransferScene) -> None:
    scene.in_flight()
    for _ in range(3):
        scene.hear(SLOW_DOWN)
        scene.stage.advance(2.0)
        scene.pong()
        scene.frame()
    scene.hear(SLOW_DOWN)
    outcome = scene.ended()
    assert codes(outcome) == ("failed", ["SB-206"])
    assert (outcome.retries, scene.is_at_rest()) == (3, True)


def test_a_second_429_during_the_back_off_costs_nothing(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear(SLOW_DOWN, SLOW_DOWN)
    assert [step.data["retry"] for step in scene.journal.take_all(RecordProgress) if step.step == "retry"] == [1]
    assert len(scene.session.take_all(RenewSession)) == 1


def test_good_news_is_taken_during_a_back_off(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear(SLOW_DOWN, DONE)
    assert scene.ended().status == "succeeded"
    assert scene.is_at_rest()
    scene.stage.advance(10.0)
    assert not scene.session.take_all(ValidateSession)


def test_a_pong_from_before_does_not_cut_a_back_off_short(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear({**SLOW_DOWN, "retry_after": 5})
    scene.tell(SessionValid(session="transfer", check_id=ID, connection=1))
    assert not scene.session.take_all(SendFrame)


# --- a session that breaks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("close_code", "counted"), [(1006, "failed"), (1011, "failed"), (1008, "withdrawn")])
def test_a_lost_connection_means_the_same_id_again_on_the_next(
    scene: TransferScene, close_code: int, counted: str
) -> None:
    first = scene.in_flight(connection=1)
    scene.lose(1, close_code)
    assert not scene.session.heard
    scene.stage.advance(0.5)
    scene.session.take(ValidateSession)
    scene.tell(invalid())
    assert not scene.session.heard
    scene.tell(opened(2))
    scene.pong(2)
    sent = scene.session.take(SendFrame)
    assert (sent.connection, sent.frame_id, first["id"] in sent.text) == (2, ID, True)
    scene.hear(DONE)
    assert (scene.ended().retries, scene.breaker.ends) == (1, [counted, "succeeded"])
    assert scene.is_at_rest()


@pytest.mark.parametrize(("close_code", "code"), [(1006, "SB-210"), (1008, "SB-206")])
def test_at_most_three_retries_over_lost_connections(scene: TransferScene, close_code: int, code: str) -> None:
    scene.in_flight(connection=1)
    for connection in (1, 2, 3):
        scene.lose(connection, close_code)
        scene.stage.advance(4.0)
        scene.pong(connection + 1)
        scene.frame()
    scene.lose(4, close_code)
    outcome = scene.ended()
    assert (codes(outcome), outcome.retries) == (("failed", [code]), 3)
    assert scene.is_at_rest()


def test_one_lost_connection_is_one_failure_however_many_it_carried(scene: TransferScene) -> None:
    for request_id in IDS:
        scene.in_flight(transfer(request_id=request_id), connection=1)
    scene.lose(1)
    assert sorted(scene.breaker.ends) == ["failed"] + ["withdrawn"] * 4
    scene.stage.advance(0.5)
    assert len(scene.session.take_all(ValidateSession)) == 5


def test_a_connection_that_was_closed_in_order_is_no_failure(scene: TransferScene) -> None:
    scene.in_flight()
    scene.lose(1, 1000)
    assert scene.breaker.ends == ["withdrawn"]


def test_the_loss_of_another_connection_changes_nothing(scene: TransferScene) -> None:
    scene.in_flight(connection=2)
    scene.lose(1)
    scene.hear(DONE)
    assert scene.ended().retries == 0


def test_a_connection_lost_before_the_frame_is_no_retry(scene: TransferScene) -> None:
    scene.accept(transfer())
    scene.pong(1)
    scene.lose(1)
    scene.look_up()
    scene.pong(2)
    assert scene.session.take(SendFrame).connection == 2
    scene.hear(DONE)
    assert scene.ended().retries == 0


def test_waits_for_a_session_and_validates_it_before_it_sends(scene: TransferScene) -> None:
    scene.accept(transfer())
    scene.session.take(ValidateSession)
    scene.tell(invalid())
    scene.look_up()
    assert not scene.session.heard
    scene.tell(opened(9))
    assert not scene.session.take_all(SendFrame)
    scene.pong(9)
    assert scene.session.take(SendFrame).connection == 9


def test_a_pong_that_a_crashed_session_still_owes_is_asked_for_again(scene: TransferScene) -> None:
    scene.accept(transfer())
    scene.look_up()
    scene.session.take(ValidateSession)
    scene.tell(opened(2))
    scene.pong(2)
    assert scene.session.take(SendFrame).connection == 2


def test_two_pongs_send_one_frame(scene: TransferScene) -> None:
    scene.in_flight()
    scene.tell(SessionValid(session="transfer", check_id=ID, connection=1))
    assert not scene.session.take_all(SendFrame)


def test_a_frame_that_did_not_leave_is_tried_again_and_is_no_retry(scene: TransferScene) -> None:
    scene.in_flight()
    for connection in range(2, 8):
        scene.tell(FrameUnsent(session="transfer", frame_id=ID, why="the connection was replaced"))
        scene.stage.advance(0.5)
        scene.pong(connection)
        scene.frame()
    scene.hear(DONE)
    assert scene.ended().retries == 0
    assert scene.breaker.ends == ["withdrawn"] * 6 + ["succeeded"]
    assert scene.is_at_rest()


# --- the breaker ---------------------------------------------------------------------------------------------


def test_a_breaker_that_opened_in_between_fails_what_may_have_happened(scene: TransferScene) -> None:
    scene.in_flight()
    scene.breaker.is_open = True
    scene.lose(1)
    scene.stage.advance(0.5)
    scene.pong(2)
    assert codes(scene.ended()) == ("failed", ["SB-207"])


# --- stops, restarts, late news ------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", ["nothing", "look_up", "pong", "clear"])
def test_a_stop_interrupts_a_transfer_wherever_it_stands(scene: TransferScene, reach: str) -> None:
    scene.accept(transfer())
    if reach != "nothing":
        getattr(scene, reach)()
    scene.tell(CancelOrders())
    assert codes(scene.ended()) == ("interrupted", ["SB-504"])
    assert scene.is_at_rest()


def found(*steps: str, age_s: float = 1.0) -> OpenOrder:
    return OpenOrder(order=transfer(request_id="monday-7"), peer=PEER, effect_id=ID, age_s=age_s, steps=steps)


def restarted(*open_orders: OpenOrder) -> TransferScene:
    scene = TransferScene()
    scene.crash()
    scene.live(*open_orders)
    return scene


def test_what_was_sent_before_a_restart_is_sent_again_with_the_same_id_and_no_look_up() -> None:
    scene = restarted(found("sent"))
    assert not scene.rest.heard
    scene.pong()
    assert scene.frame()["id"] == ID
    scene.hear(DONE)
    outcome = scene.ended()
    assert (outcome.status, outcome.request_id, outcome.retries) == ("succeeded", "monday-7", 1)
    assert scene.is_at_rest()


def test_what_was_not_sent_before_a_restart_is_looked_up_again() -> None:
    scene = restarted(found())
    scene.clear()
    assert scene.frame()["id"] == ID


@pytest.mark.parametrize("status", [404, 503])
def test_after_a_restart_an_interaction_that_is_gone_may_have_been_transferred(status: int) -> None:
    scene = restarted(found())
    scene.look_up(status)
    assert scene.ended().status == "interrupted"


def test_an_answer_that_was_on_its_way_during_a_crash_is_taken() -> None:
    scene = restarted(found("sent"))
    scene.hear(DONE)
    assert scene.ended().status == "succeeded"
    scene.pong()
    assert not scene.session.take_all(SendFrame)
    assert scene.is_at_rest()


def test_a_crash_tells_who_waits_for_a_dry_run(scene: TransferScene) -> None:
    scene.submit(transfer(dry_run=True))
    scene.crash()
    assert scene.settled().status == "interrupted"


def test_a_look_up_from_before_a_crash_clears_no_order_that_is_not_on_record(scene: TransferScene) -> None:
    scene.submit(transfer())
    scene.tell(CallAnswered(call_id=ID, response=HttpResponse(status=200, headers={}, body=b'{"state": "active"}')))
    scene.record()
    scene.pong()
    assert not scene.session.take_all(SendFrame)
    scene.look_up(404)
    assert codes(scene.ended()) == ("refused", ["SB-201"])


def test_a_crash_lets_go_of_its_breaker(scene: TransferScene) -> None:
    scene.in_flight()
    scene.crash()
    assert scene.breaker.ends == ["withdrawn"]


@pytest.mark.parametrize(
    "message",
    [
        CallAnswered(call_id="nobody", response=None, failure="timeout"),
        SessionValid(session="transfer", check_id="nobody", connection=1),
        invalid("nobody"),
        opened(),
        FrameUnsent(session="transfer", frame_id="nobody", why="gone"),
        AnswerOverdue(request_id="nobody"),
        TryAgain(request_id="nobody"),
        DeadlinePassed(request_id="nobody"),
        CancelOrders(),
    ],
    ids=lambda message: type(message).__name__,
)
def test_news_of_nobody_changes_nothing(scene: TransferScene, message: object) -> None:
    scene.tell(message)
    scene.lose()
    assert not scene.journal.take_all(RecordEnded)
    assert scene.is_at_rest()


def bring(scene: TransferScene, reach: str) -> None:
    scene.submit(transfer())
    if reach != "unrecorded":
        scene.record()
    if reach == "cleared":
        scene.look_up()
    elif reach in {"in flight", "resting", "ended"}:
        scene.clear()
        scene.frame()
    if reach in {"resting", "ended"}:
        scene.hear(SLOW_DOWN if reach == "resting" else DONE)


@pytest.mark.parametrize("reach", ["unrecorded", "checking", "cleared", "in flight", "resting", "ended"])
@pytest.mark.parametrize(
    "message",
    [
        CallAnswered(call_id=ID, response=None, failure="timeout"),
        SessionValid(session="transfer", check_id=ID, connection=1),
        invalid(),
        opened(),
        FrameUnsent(session="transfer", frame_id=ID, why="gone"),
        AnswerOverdue(request_id=ID),
        TryAgain(request_id=ID),
    ],
    ids=lambda message: type(message).__name__,
)
def test_news_at_the_wrong_moment_never_ends_an_order_twice_or_leaves_it_open(
    scene: TransferScene, reach: str, message: object
) -> None:
    bring(scene, reach)
    scene.tell(message)
    sent = scene.session.take_all(SendFrame)
    scene.stage.advance(30.0)
    assert len(scene.journal.take_all(RecordEnded)) == 1
    if reach == "unrecorded":
        assert not sent
        scene.record()
    assert scene.is_at_rest()


def test_the_same_transfer_twice_is_one_transfer(scene: TransferScene) -> None:
    scene.in_flight()
    scene.submit(transfer())
    assert not scene.journal.take_all(RecordAccepted)
    assert not scene.rest.take_all(Call)
    scene.hear(DONE)
    assert scene.ended().status == "succeeded"
