"""Who is heard on an assist socket; what becomes of the actions is in test_assist_engine."""

from typing import Any

import pytest
import websocket

from simulator.server import Simulator
from tests.simulator.client import Line, assisted, id_of, line, order, send, token


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def connect(session: Line, given: str) -> dict[str, Any]:
    return session.ask({"type": "connect", "token": given})


def code(answer: dict[str, Any]) -> int:
    assert answer["type"] == "error", answer
    return int(answer["error"]["code"])


def test_anybody_may_open_the_socket_and_connects_by_a_frame(genesys_simulator: Simulator) -> None:
    with assisted(genesys_simulator) as session:
        assert session.ask(send())["type"] == "result"
    assert genesys_simulator.counts()["assist.connected"] == 1


def test_the_header_of_the_upgrade_is_not_a_login(genesys_simulator: Simulator) -> None:
    login = {"Authorization": f"Bearer {token(genesys_simulator)}"}
    with line(genesys_simulator, headers=login, url=genesys_simulator.assist_url) as session:
        assert code(session.ask(send())) == 401


@pytest.mark.parametrize("first", [send(), order(), {}, [], "no json", {"type": "connect"}, {"type": "connected"}])
def test_another_first_frame_is_401_and_connect_may_still_come(genesys_simulator: Simulator, first: object) -> None:
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        assert code(session.ask(first)) == 401
        assert connect(session, token(genesys_simulator)) == {"type": "connected"}


def test_a_send_before_connect_has_no_effect_and_is_answered_by_its_name(genesys_simulator: Simulator) -> None:
    wanted = send()
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        answer = session.ask(wanted)
        assert (answer["correlationId"], "connect" in answer["error"]["message"]) == (id_of(wanted), True)
        genesys_simulator.change_settings(assist_correlation_in="payload")
        assert session.ask(wanted)["payload"] == {"correlationId": id_of(wanted)}
    assert genesys_simulator.actions() == []
    assert genesys_simulator.counts()["refused.401"] == 2


def test_a_token_that_is_not_live_is_401(genesys_simulator: Simulator) -> None:
    revoked = token(genesys_simulator)
    genesys_simulator.revoke_tokens()
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        for given in (revoked, "never granted"):
            answer = connect(session, given)
            assert (code(answer), "correlationId" in answer) == (401, False)
            assert given not in answer["error"]["message"]
        assert connect(session, token(genesys_simulator)) == {"type": "connected"}


def test_a_token_without_the_scope_is_403_which_names_it(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        answer = connect(session, token(genesys_simulator, "agentassist:read websocket:use"))
        assert (code(answer), "agentassist:trigger" in answer["error"]["message"]) == (403, True)
        assert connect(session, token(genesys_simulator, "agentassist:trigger")) == {"type": "connected"}
    assert genesys_simulator.counts()["refused.403"] == 1


def test_the_end_of_the_token_is_the_end_of_the_login_until_the_next_connect() -> None:
    clock = Hands()
    with Simulator(clock=clock, settings={"assist_latency_ms": 0, "token_lifetime_s": 60}) as box:
        with assisted(box) as session:
            clock.now_s = 59
            assert session.ask(send())["type"] == "result"
            clock.now_s = 60
            assert code(session.ask(send())) == 401
            assert connect(session, token(box)) == {"type": "connected"}
            assert session.ask(send())["type"] == "result"
        assert [row["effects"] for row in box.actions()] == [1, 1]


def test_a_new_connect_in_time_outlives_the_first_token() -> None:
    clock = Hands()
    with Simulator(clock=clock, settings={"assist_latency_ms": 0, "token_lifetime_s": 60}) as box:
        with assisted(box) as session:
            clock.now_s = 50
            assert connect(session, token(box)) == {"type": "connected"}
            clock.now_s = 109
            assert session.ask(send())["type"] == "result"
            clock.now_s = 110
            assert code(session.ask(send())) == 401
        assert box.counts()["assist.connected"] == 2


def test_a_revoked_token_is_the_end_of_the_login(genesys_simulator: Simulator) -> None:
    with assisted(genesys_simulator) as session:
        genesys_simulator.revoke_tokens()
        assert code(session.ask(send())) == 401


def test_a_refused_connect_leaves_the_session_as_it_was(genesys_simulator: Simulator) -> None:
    with assisted(genesys_simulator) as session:
        assert code(connect(session, "wrong")) == 401
        assert session.ask(send())["type"] == "result"


def test_an_action_under_way_is_told_after_the_token_has_ended(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=50)
    wanted = send()
    with assisted(genesys_simulator) as session:
        session.say(wanted)
        genesys_simulator.wait_for(lambda world: world.count["assist.effected"] == 1)
        genesys_simulator.revoke_tokens()
        assert session.hear()["correlationId"] == id_of(wanted)


def test_a_frame_that_does_not_fit_is_400_with_every_problem(genesys_simulator: Simulator) -> None:
    wanted = send(maxRetries=9, actionType="guess")
    with assisted(genesys_simulator) as session:
        answer = session.ask(wanted)
        assert (code(answer), answer["correlationId"]) == (400, id_of(wanted))
        assert "payload.actionType" in answer["error"]["message"]
        assert "payload.maxRetries" in answer["error"]["message"]
        told = session.ask("no json")
        assert (code(told), "not JSON" in told["error"]["message"], "correlationId" in told) == (400, True, False)
        assert code(session.ask("null")) == 400
    assert (genesys_simulator.counts()["frames.invalid"], genesys_simulator.actions()) == (3, [])


@pytest.mark.parametrize("refusal", [401, 403, 429, 500])
def test_a_connect_can_be_refused_by_a_fault(genesys_simulator: Simulator, refusal: int) -> None:
    genesys_simulator.add_fault("error", code=refusal, message="not now", route="connect")
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        given = token(genesys_simulator)
        assert connect(session, given)["error"] == {"code": refusal, "message": "not now"}
        assert code(session.ask(send())) == 401
        assert connect(session, given) == {"type": "connected"}


def test_a_connect_can_be_accepted_without_a_word(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("mute_answers", route="connect")
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        session.say({"type": "connect", "token": token(genesys_simulator)})
        assert session.ask(send())["type"] == "result"


def test_a_connect_can_be_heard_late(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", latency_ms=30, route="connect")
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        session.say({"type": "connect", "token": token(genesys_simulator)})
        assert code(session.ask(send())) == 401
        assert session.hear() == {"type": "connected"}


def test_a_connect_can_end_the_connection(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("close", code=1008, route="connect")
    with line(genesys_simulator, headers={}, url=genesys_simulator.assist_url) as session:
        session.say({"type": "connect", "token": token(genesys_simulator)})
        assert session.heard_close() == 1008
    assert genesys_simulator.counts()["assist.connected"] == 0


def test_a_handshake_fault_can_be_for_assist_sockets_only(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("refuse_handshake", socket="assist")
    with line(genesys_simulator) as session:
        assert session.ask(order())["status"] == "codec_negotiated"
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        line(genesys_simulator, headers={}, url=genesys_simulator.assist_url).__enter__()
    assert caught.value.status_code == 503


def test_only_assist_sockets_can_be_dropped(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as transfers, assisted(genesys_simulator) as session:
        assert genesys_simulator.drop_sessions(socket="assist", code=1012) == 1
        assert session.heard_close() == 1012
        assert transfers.ask(order())["status"] == "codec_negotiated"


def test_assist_sockets_work_over_tls(genesys_simulator_tls: Simulator) -> None:
    with assisted(genesys_simulator_tls) as session:
        session.socket.ping("17")
        assert session.heard_pong() == b"17"
        assert session.ask(send())["type"] == "result"
