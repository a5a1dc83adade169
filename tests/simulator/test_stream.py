import pytest
import requests
import websocket
from websocket import ABNF

from simulator.server import Simulator
from tests.simulator.client import WAIT_S, bearer, line, order


def test_a_session_needs_a_token(genesys_simulator: Simulator) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught, line(genesys_simulator, headers={}):
        pass
    assert caught.value.status_code == 401
    assert genesys_simulator.counts()["sessions.total"] == 0


def test_a_revoked_token_opens_no_session(genesys_simulator: Simulator) -> None:
    headers = bearer(genesys_simulator)
    genesys_simulator.revoke_tokens()
    with pytest.raises(websocket.WebSocketBadStatusException) as caught, line(genesys_simulator, headers=headers):
        pass
    assert caught.value.status_code == 401


def test_a_session_needs_the_scope(genesys_simulator: Simulator) -> None:
    with (
        pytest.raises(websocket.WebSocketBadStatusException) as caught,
        line(genesys_simulator, scope="interaction:view"),
    ):
        pass
    assert caught.value.status_code == 403
    assert caught.value.resp_body is not None
    assert b"websocket:use" in caught.value.resp_body


def test_pings_are_answered_with_their_payload(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as session:
        session.socket.ping("17")
        assert session.heard_pong() == b"17"
    assert genesys_simulator.counts()["frames.ping"] == 1


def test_a_pong_can_be_muted(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("mute_pong")
    with line(genesys_simulator) as session:
        session.socket.ping("1")
        session.socket.ping("2")
        assert session.heard_pong() == b"2"


def test_a_pong_can_be_late(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", latency_ms=50, route="ping")
    with line(genesys_simulator) as session:
        session.say_together((ABNF.OPCODE_PING, b"1"), (ABNF.OPCODE_PING, b"2"))
        assert [session.heard_pong(), session.heard_pong()] == [b"2", b"1"]


def test_a_close_frame_is_answered_with_its_code(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as session:
        session.socket.send_close(1000)
        assert session.heard_close() == 1000
        genesys_simulator.wait_for(lambda world: world.count["sessions.ended"] == 1)


def test_a_close_frame_can_stay_without_an_answer(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("never_close")
    with line(genesys_simulator) as session:
        session.socket.send_close(1000)
        genesys_simulator.wait_for(lambda world: world.count["faults.never_close"] == 1)
        assert not session.waits()
        assert genesys_simulator.counts()["sessions.now"] == 1
    genesys_simulator.wait_for(lambda world: world.count["sessions.ended"] == 1)


def test_a_client_that_vanishes_leaves_no_session(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator):
        genesys_simulator.wait_for(lambda world: world.count["sessions.total"] == 1)
    genesys_simulator.wait_for(lambda world: world.count["sessions.ended"] == 1)


@pytest.mark.parametrize("action", ["close", "abort", "silence", "half_frame", "junk"])
def test_a_session_can_go_wrong_as_soon_as_it_is_open(genesys_simulator: Simulator, action: str) -> None:
    genesys_simulator.add_fault(action, route="open")
    with line(genesys_simulator):
        genesys_simulator.wait_for(lambda world: world.count[f"faults.{action}"] == 1)


def test_sessions_are_dropped_with_a_code(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as first, line(genesys_simulator) as second:
        genesys_simulator.wait_for(lambda world: world.count["sessions.total"] == 2)
        assert genesys_simulator.drop_sessions(count=1, code=1012) == 1
        assert first.heard_close() == 1012
        assert second.ask(order())["status"] == "codec_negotiated"


def test_all_sessions_are_dropped_by_a_reset(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as first, line(genesys_simulator) as second:
        genesys_simulator.wait_for(lambda world: world.count["sessions.total"] == 2)
        assert genesys_simulator.drop_sessions(abort=True) == 2
        for session in (first, second):
            with pytest.raises(ConnectionResetError):
                session.hear()


def test_a_message_over_the_limit_ends_the_session_with_1009(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(max_message_bytes=1000)
    with line(genesys_simulator) as session:
        session.say("x" * 2000)
        assert session.heard_close() == 1009


def test_binary_frames_are_counted_and_not_answered(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as session:
        session.socket.send_binary(b"\x00\x01")
        genesys_simulator.wait_for(lambda world: world.count["frames.binary"] == 1)
        assert session.ask(order())["status"] == "codec_negotiated"


def test_a_plain_request_is_no_handshake(genesys_simulator: Simulator) -> None:
    url = genesys_simulator.ws_url.replace("ws://", "http://")
    assert requests.get(url, headers=bearer(genesys_simulator), timeout=WAIT_S).status_code == 400


def test_handshakes_are_counted_by_the_second(genesys_simulator: Simulator) -> None:
    for _ in range(3):
        with line(genesys_simulator):
            pass
    state = genesys_simulator.state()
    assert sum(state["handshakes_per_s"]) == state["counts"]["sessions.handshakes"] == 3
    assert 1 <= state["busiest_second"] <= 3
