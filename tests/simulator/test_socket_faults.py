from uuid import uuid4

import pytest
import websocket
from websocket import ABNF

from simulator.server import Simulator
from tests.simulator.client import Line, line, order, text, with_codec


def effects(box: Simulator) -> int:
    return box.counts()["transfers.effected"]


def is_deaf(box: Simulator, session: Line) -> bool:
    """Whether the box hears a ping, answers nothing, and holds the connection."""
    before = box.counts()["frames.unheard"]
    session.socket.ping("are you there")
    box.wait_for(lambda world: world.count["frames.unheard"] == before + 1)
    return not session.waits() and box.counts()["sessions.now"] == 1


def test_latency_delays_one_answer_and_not_the_next(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", latency_ms=50, route="transfer")
    slow, quick = order(), order()
    with line(genesys_simulator) as session:
        session.say_together(text(slow), text(quick))
        assert [session.hear()["id"] for _ in range(2)] == [quick["id"], slow["id"]]


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1013, 4000])
def test_close_ends_the_session_before_the_effect(genesys_simulator: Simulator, code: int) -> None:
    genesys_simulator.add_fault("close", code=code, route="transfer")
    with line(genesys_simulator) as session:
        session.say(order())
        assert session.heard_close() == code
    assert effects(genesys_simulator) == 0
    assert genesys_simulator.transfers()[0]["outcomes"] == ["close"]


def test_abort_resets_the_connection_without_a_close_frame(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("abort", route="transfer")
    with line(genesys_simulator) as session:
        session.say(order())
        with pytest.raises(ConnectionResetError):
            session.hear()
    assert effects(genesys_simulator) == 0


def test_silence_leaves_the_connection_half_open(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("silence", route="transfer")
    with line(genesys_simulator) as session:
        session.say(order())
        assert is_deaf(genesys_simulator, session)
    assert effects(genesys_simulator) == 0


def test_half_a_frame_is_followed_by_silence(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("half_frame", route="transfer")
    with line(genesys_simulator) as session:
        session.say(order())
        genesys_simulator.wait_for(lambda world: world.count["faults.half_frame"] == 1)
        assert session.socket.sock is not None
        first, announced = session.socket.sock.recv(2)
        assert first == 0x81
        assert len(session.socket.sock.recv(4096)) == announced // 2
        assert is_deaf(genesys_simulator, session)


def test_a_muted_answer_comes_too_late_for_ever_but_the_effect_is_there(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("mute_answers")
    muted, answered = order(), order()
    with line(genesys_simulator) as session:
        session.say(muted)
        assert session.ask(answered)["id"] == answered["id"]
    assert effects(genesys_simulator) == 2


def test_a_muted_transfer_sent_again_has_its_answer_and_one_effect(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("mute_answers")
    wanted = order()
    with line(genesys_simulator) as session:
        session.say(wanted)
        assert session.ask(wanted)["status"] == "codec_negotiated"
    (row,) = genesys_simulator.transfers()
    assert (row["frames"], row["effects"]) == (2, 1)


def test_a_wrong_id_answers_somebody_else(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("wrong_id")
    genesys_simulator.add_fault("wrong_id", id="other")
    first, second = order(), order()
    with line(genesys_simulator) as session:
        assert session.ask(first)["id"] != first["id"]
        assert session.ask(second)["id"] == "other"
    assert effects(genesys_simulator) == 2


def test_a_duplicate_says_it_again(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("duplicate", copies=2)
    with line(genesys_simulator) as session:
        first = session.ask(order())
        assert [session.hear(), session.hear()] == [first, first]
    assert effects(genesys_simulator) == 1


@pytest.mark.parametrize(
    ("what", "opcode"), [("json", ABNF.OPCODE_TEXT), ("binary", ABNF.OPCODE_BINARY), ("huge", ABNF.OPCODE_TEXT)]
)
def test_junk_comes_before_the_answer(genesys_simulator: Simulator, what: str, opcode: int) -> None:
    genesys_simulator.add_fault("junk", what=what, route="transfer", size_bytes=300_000)
    wanted = order()
    with line(genesys_simulator) as session:
        session.say(wanted)
        heard, frame = session.socket.recv_data_frame()
        assert heard == opcode
        assert what != "huge" or len(frame.data) == 300_000
        assert session.hear()["id"] == wanted["id"]


def test_junk_that_is_not_utf8_is_found_out_by_the_reader(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("junk", what="utf8", route="transfer")
    with line(genesys_simulator) as session:
        session.say(order())
        with pytest.raises(websocket.WebSocketPayloadException):
            session.hear()


def test_junk_can_come_instead_of_the_answer(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("junk", what="binary", instead=True, route="transfer")
    junked, answered = order(), order()
    with line(genesys_simulator) as session:
        session.say(junked)
        session.socket.recv_data_frame()
        assert session.ask(answered)["id"] == answered["id"]


def test_a_codec_can_be_refused_by_a_fault(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("codec_unsupported", codec="opus", times="always")
    name = str(uuid4())
    with line(genesys_simulator) as session:
        assert session.ask(with_codec("opus", id=name))["status"] == "codec_unsupported"
        assert session.ask(with_codec("pcmu", id=name))["status"] == "codec_negotiated"


def test_a_rate_limit_is_a_frame(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("rate_limited", retry_after=2)
    wanted = order()
    with line(genesys_simulator) as session:
        assert session.ask(wanted) == {"id": wanted["id"], "status": "rate_limited", "retry_after": 2}
        assert session.ask(wanted)["status"] == "codec_negotiated"


def test_any_other_status_can_be_answered(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("reject", status="destination_busy", interaction_id="interaction-1")
    with line(genesys_simulator) as session:
        assert session.ask(order())["status"] == "destination_busy"
    assert effects(genesys_simulator) == 0


def test_a_dropped_session_may_have_had_its_effect(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("effect_then_drop")
    wanted = order()
    with line(genesys_simulator) as session:
        session.say(wanted)
        with pytest.raises(ConnectionResetError):
            session.hear()
    with line(genesys_simulator) as session:
        assert session.ask(wanted)["status"] == "codec_negotiated"
    (row,) = genesys_simulator.transfers()
    assert (row["frames"], row["effects"]) == (2, 1)


def test_a_drop_after_the_effect_may_have_a_close_code(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("effect_then_drop", code=1011)
    with line(genesys_simulator) as session:
        session.say(order())
        assert session.heard_close() == 1011
    assert effects(genesys_simulator) == 1


def test_a_fault_can_be_for_one_transfer(genesys_simulator: Simulator) -> None:
    chosen, other = order(), order()
    genesys_simulator.add_fault("reject", transfer_id=chosen["id"], times="always")
    with line(genesys_simulator) as session:
        assert session.ask(other)["status"] == "codec_negotiated"
        assert session.ask(chosen)["status"] == "transfer_failed"


def test_the_faults_latency_comes_on_top_of_the_action(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("close", code=1012, route="transfer", latency_ms=50)
    with line(genesys_simulator) as session:
        later = order()
        session.say_together(text(order()), text(later))
        assert session.hear()["id"] == later["id"]
        assert session.heard_close() == 1012
