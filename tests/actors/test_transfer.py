"""Transfers: through the gates, over the socket, to one outcome."""

from typing import Any

import pytest

from messages.journal import RecordEnded, RecordProgress
from messages.orders import Outcome
from messages.rest import Failure
from messages.sessions import SendFrame, SessionInvalid, ValidateSession
from messages.transfers import AudioMatrix, MediaMatrix
from tests.actors.scenes import CALLBACK_URL, ID, TransferScene, transfer

IDS = [f"0190a5a0-0000-7000-8000-00000000000{number}" for number in range(1, 6)]
DONE = {"status": "codec_negotiated", "codec": "opus"}
UNSUPPORTED = {"status": "codec_unsupported"}
SLOW_DOWN = {"status": "rate_limited"}


@pytest.fixture
def scene() -> TransferScene:
    return TransferScene()


def invalid(check_id: str = ID) -> SessionInvalid:
    return SessionInvalid(session="transfer", check_id=check_id, why="the session is backing off")


def codes(outcome: Outcome) -> tuple[str, list[str]]:
    return outcome.status, [why.code for why in outcome.reasons]


# --- success -------------------------------------------------------------------------------------------------


def test_a_transfer_goes_through_with_its_codec_latency_and_callback(scene: TransferScene) -> None:
    scene.in_flight()
    scene.stage.advance(0.05)
    scene.hear(DONE)
    (end,) = scene.journal.take_all(RecordEnded)
    assert (end.outcome.status, end.outcome.latency_ms, end.outcome.retries) == ("succeeded", 50.0, 0)
    assert end.outcome.extra == {
        "interaction_id": "conv-1",
        "transfer_id": ID,
        "gateway_status": "codec_negotiated",
        "codec": "opus",
        "codecs_tried": ["opus"],
    }
    (delivery,) = end.deliveries
    assert (delivery.url, delivery.subject) == (CALLBACK_URL, "conv-1")
    assert delivery.body == {
        "interaction_id": "conv-1",
        "transfer_id": ID,
        "status": "transferred",
        "latency_ms": 50.0,
    }
    assert scene.breaker.ends == ["succeeded"]
    assert scene.is_at_rest()


def test_an_initiated_transfer_is_done_too_with_the_codec_that_was_asked_for(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear({"status": "transfer_initiated"})
    outcome = scene.ended()
    assert (outcome.status, outcome.extra["codec"]) == ("succeeded", "opus")


def test_without_a_media_server_there_is_no_callback() -> None:
    scene = TransferScene(callback_url=None)
    scene.in_flight()
    scene.hear(DONE)
    (end,) = scene.journal.take_all(RecordEnded)
    assert end.deliveries == ()


def test_look_up_and_validation_run_side_by_side_and_only_after_the_record(scene: TransferScene) -> None:
    scene.submit(transfer(deadline_s=12.0))
    assert not scene.rest.heard
    assert not scene.session.heard
    scene.record()
    (call,) = scene.rest.heard
    assert (call.priority, call.deadline_s, call.call_id) == ("steer", 12.0, ID)
    assert call.request.url == "https://api.example/api/v2/interactions/conv-1"
    assert scene.session.heard == [ValidateSession(check_id=ID)]


@pytest.mark.parametrize("gates", [("look_up", "pong"), ("pong", "look_up")])
def test_the_frame_leaves_once_both_gates_are_passed_in_either_order(
    scene: TransferScene, gates: tuple[str, str]
) -> None:
    scene.accept(transfer())
    getattr(scene, gates[0])()
    assert not scene.session.take_all(SendFrame)
    getattr(scene, gates[1])()
    (sent,) = scene.session.take_all(SendFrame)
    assert (sent.connection, sent.frame_id) == (1, ID)
    step = scene.journal.take(RecordProgress)
    assert (step.step, step.data) == ("sent", {"codec": "opus", "attempt": 1, "retry": 0})


def test_a_refused_transfer_asks_and_sends_nothing(scene: TransferScene) -> None:
    scene.submit(transfer(interaction_id="", destination_uri="ftp://x"))
    scene.record()
    assert not scene.rest.heard
    assert not scene.session.heard
    assert scene.is_at_rest()


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_transfer_of_one_participant_is_refused_with_all_that_is_wrong_besides(
    scene: TransferScene, dry_run: bool
) -> None:
    scene.submit(transfer(participant_id="p-1", destination_uri="ftp://x", dry_run=dry_run))
    outcome = scene.settled() if dry_run else scene.record().outcome
    assert outcome is not None
    assert codes(outcome) == ("refused", ["SB-102", "SB-123"])
    assert not scene.rest.heard


# --- dry runs ------------------------------------------------------------------------------------------------


def test_a_dry_run_passes_every_gate_and_sends_nothing(scene: TransferScene) -> None:
    scene.submit(transfer(dry_run=True))
    scene.clear()
    outcome = scene.settled()
    assert (outcome.status, outcome.detail) == ("succeeded", "dry run: every gate passed, nothing was sent")
    assert not scene.journal.heard
    assert not scene.session.heard
    assert scene.is_at_rest()


def test_a_dry_run_finds_the_breaker_open(scene: TransferScene) -> None:
    scene.breaker.is_open = True
    scene.submit(transfer(dry_run=True))
    scene.clear()
    assert codes(scene.settled()) == ("refused", ["SB-207"])


def test_a_dry_run_is_refused_by_the_look_up(scene: TransferScene) -> None:
    scene.submit(transfer(dry_run=True))
    scene.look_up(status=404)
    assert codes(scene.settled()) == ("refused", ["SB-201"])
    assert not scene.journal.heard


# --- the look-up ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, b"", ("refused", ["SB-201"])),
        (200, b'{"state": "completed"}', ("refused", ["SB-202"])),
        (200, b'{"state": "abandoned"}', ("refused", ["SB-202"])),
        (401, b"", ("failed", ["SB-208"])),
        (403, b"", ("failed", ["SB-208"])),
        (429, b"", ("failed", ["SB-206"])),
        (500, b"", ("failed", ["SB-209"])),
        (400, b"", ("failed", ["SB-213"])),
        (200, b"<html>", ("failed", ["SB-211"])),
        (200, b'{"state": 7}', ("failed", ["SB-211"])),
    ],
)
def test_the_look_ups_answer_decides(
    scene: TransferScene, status: int, body: bytes, expected: tuple[str, list[str]]
) -> None:
    scene.accept(transfer())
    scene.look_up(status, body)
    assert codes(scene.ended()) == expected
    scene.pong()
    assert not scene.session.take_all(SendFrame)
    assert scene.is_at_rest()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("rate_limited", "SB-206"),
        ("circuit_open", "SB-207"),
        ("unauthorized", "SB-208"),
        ("timeout", "SB-209"),
        ("transport", "SB-209"),
        ("deadline", "SB-209"),
        ("busy", "SB-209"),
        ("refused", "SB-209"),
        ("malformed", "SB-209"),
    ],
)
def test_a_look_up_without_an_answer_fails_the_transfer(scene: TransferScene, failure: Failure, code: str) -> None:
    scene.accept(transfer())
    scene.look_up(failure=failure)
    assert codes(scene.ended()) == ("failed", [code])
    assert scene.is_at_rest()


def test_a_queued_interaction_may_be_transferred(scene: TransferScene) -> None:
    scene.accept(transfer())
    scene.look_up(body=b'{"state": "queued"}')
    scene.pong()
    assert scene.frame()["interaction_id"] == "conv-1"


# --- answers -------------------------------------------------------------------------------------------------


def test_many_in_flight_are_matched_by_id_whatever_the_order_of_the_answers(scene: TransferScene) -> None:
    for number, request_id in enumerate(IDS):
        scene.in_flight(transfer(request_id=request_id, interaction_id=f"conv-{number}"))
    scene.hear(*({**DONE, "id": request_id} for request_id in reversed(IDS)))
    ends = [end.outcome for end in scene.journal.take_all(RecordEnded)]
    assert [end.request_id for end in ends] == IDS[::-1]
    assert [end.extra["interaction_id"] for end in ends] == [f"conv-{number}" for number in (4, 3, 2, 1, 0)]
    assert scene.is_at_rest()


def test_the_frame_carries_an_id_of_its_own_where_the_callers_is_no_uuid(scene: TransferScene) -> None:
    sent = scene.in_flight(transfer(request_id="monday-7"))
    scene.hear({**DONE, "id": "monday-7"})
    assert scene.cases()
    scene.hear({**DONE, "id": sent["id"]})
    assert (scene.ended().request_id, scene.is_at_rest()) == ("monday-7", True)


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[1, 2]",
        "{}",
        '{"id": 7, "status": "codec_negotiated"}',
        '{"id": "somebody-else", "status": "codec_negotiated"}',
        f'{{"id": "{ID}"}}',
        f'{{"id": "{ID}", "status": {{}}}}',
        f'{{"id": "{ID}", "status": "codec_unsupported", "attempt": 2}}',
    ],
)
def test_what_answers_no_transfer_is_counted_and_let_go(scene: TransferScene, frame: str) -> None:
    scene.in_flight()
    scene.hear(frame)
    assert scene.actor.facts() == {"open_orders": 1, "unmatched_frames": 1}
    scene.hear(DONE)
    assert scene.ended().status == "succeeded"


def test_an_answer_that_comes_twice_counts_once(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear(DONE, DONE)
    assert scene.ended().status == "succeeded"
    assert scene.actor.facts()["unmatched_frames"] == 1


def test_an_answer_before_the_frame_is_nobodys(scene: TransferScene) -> None:
    scene.accept(transfer())
    scene.hear(DONE)
    assert scene.actor.facts() == {"open_orders": 1, "unmatched_frames": 1}


def test_any_other_status_fails_the_transfer_with_that_status(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear({"status": "interaction_not_active"})
    outcome = scene.ended()
    assert codes(outcome) == ("failed", ["SB-204"])
    assert "interaction_not_active" in outcome.detail
    assert (outcome.extra["gateway_status"], outcome.extra["codec"]) == ("interaction_not_active", None)
    assert scene.breaker.ends == ["succeeded"]
    assert scene.is_at_rest()


# --- codecs --------------------------------------------------------------------------------------------------


def asks_with(frame: dict[str, Any]) -> tuple[str, str, int | None]:
    return frame["id"], frame["media_matrix"]["audio"]["codec"], frame.get("attempt")


def test_falls_back_in_the_order_of_the_gateways_list_with_the_same_id(scene: TransferScene) -> None:
    order = transfer(media_matrix=MediaMatrix(audio=AudioMatrix(codec="g722")))
    assert asks_with(scene.in_flight(order)) == (ID, "g722", None)
    scene.hear(UNSUPPORTED)
    assert asks_with(scene.frame()) == (ID, "opus", 2)
    scene.hear({**UNSUPPORTED, "attempt": 2})
    assert asks_with(scene.frame()) == (ID, "pcmu", 3)
    scene.hear({"status": "codec_negotiated"})
    outcome = scene.ended()
    assert (outcome.extra["codec"], outcome.extra["codecs_tried"]) == ("pcmu", ["g722", "opus", "pcmu"])
    assert (outcome.retries, scene.is_at_rest()) == (0, True)


def test_each_codec_has_ten_seconds_of_its_own(scene: TransferScene) -> None:
    scene.in_flight()
    scene.stage.advance(9.0)
    scene.hear(UNSUPPORTED)
    scene.stage.advance(9.0)
    assert scene.cases()
    scene.stage.advance(1.0)
    assert codes(scene.ended()) == ("failed", ["SB-205"])


def test_fails_when_no_codec_is_left(scene: TransferScene) -> None:
    scene.in_flight()
    scene.hear(UNSUPPORTED, UNSUPPORTED, UNSUPPORTED)
    outcome = scene.ended()
    assert codes(outcome) == ("failed", ["SB-203"])
    assert outcome.extra["gateway_status"] == "codec_unsupported"
    assert outcome.extra["codecs_tried"] == ["opus", "g722", "pcmu"]
    assert scene.is_at_rest()


def test_a_repeated_refusal_of_one_codec_does_not_use_up_the_next(scene: TransferScene) -> None:
    scene.in_flight()
    refusal = {**UNSUPPORTED, "codec": "opus"}
    scene.hear(refusal, refusal)
    assert len(scene.session.take_all(SendFrame)) == 1
    assert scene.actor.facts()["unmatched_frames"] == 1


# --- silence -------------------------------------------------------------------------------------------------


def test_no_answer_in_ten_seconds_is_a_negotiation_timeout(scene: TransferScene) -> None:
    scene.in_flight()
    scene.stage.advance(10.0)
    outcome = scene.ended()
    assert codes(outcome) == ("failed", ["SB-205"])
    assert "negotiation_timeout" in outcome.detail
    assert scene.breaker.ends == ["failed"]
    assert scene.is_at_rest()


@pytest.mark.parametrize(
    ("reach", "code", "waited_for"),
    [
        ("look_up", "SB-212", "the session's pong"),
        ("pong", "SB-301", "the look-up of the interaction"),
        ("clear", "SB-301", "the gateway's answer"),
    ],
)
def test_the_deadline_says_what_was_waited_for(scene: TransferScene, reach: str, code: str, waited_for: str) -> None:
    scene.accept(transfer(deadline_s=5.0))
    getattr(scene, reach)()
    scene.stage.advance(5.0)
    outcome = scene.ended()
    assert codes(outcome) == ("failed", [code])
    assert waited_for in outcome.detail
    assert outcome.extra["transfer_id"] == ID
    assert scene.is_at_rest()


def test_a_deadline_after_the_frame_warns_that_the_transfer_may_have_happened(scene: TransferScene) -> None:
    scene.in_flight(transfer(deadline_s=5.0))
    scene.stage.advance(5.0)
    assert "may have happened" in scene.ended().reasons[0].remedy


def test_the_deadline_ends_a_back_off_and_a_wait_for_a_session(scene: TransferScene) -> None:
    scene.in_flight(transfer(deadline_s=5.0))
    scene.hear({**SLOW_DOWN, "retry_after": 4.9})
    scene.accept(transfer(request_id=IDS[1], deadline_s=5.0))
    scene.look_up()
    scene.tell(invalid(IDS[1]))
    scene.stage.advance(5.0)
    scene.stage.advance(5.0)
    ends = {end.outcome.request_id: codes(end.outcome) for end in scene.journal.take_all(RecordEnded)}
    assert ends[IDS[1]] == ("failed", ["SB-212"])
    assert ends[ID][0] == "failed"
    assert scene.is_at_rest()


# --- the breaker ---------------------------------------------------------------------------------------------


def test_an_open_breaker_refuses_and_nothing_is_sent(scene: TransferScene) -> None:
    scene.breaker.is_open = True
    scene.accept(transfer())
    scene.clear()
    assert codes(scene.ended()) == ("refused", ["SB-207"])
    assert not scene.session.take_all(SendFrame)
    assert scene.is_at_rest()
