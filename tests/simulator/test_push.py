import json
from time import monotonic_ns

import pytest
import websocket

from simulator.server import Simulator
from tests.simulator.client import admin, line, order


def test_a_session_asks_for_messages_in_its_address(genesys_simulator: Simulator) -> None:
    before = monotonic_ns()
    with line(genesys_simulator, query="?push_per_s=500&push_bytes=160&push_count=20") as session:
        raw = [session.socket.recv() for _ in range(20)]
    heard = [json.loads(message) for message in raw]
    assert [message["seq"] for message in heard] == list(range(1, 21))
    assert {len(message) for message in raw} == {160}
    times = [message["sent_ns"] for message in heard]
    assert times == sorted(times)
    assert before < times[0] <= times[-1] < monotonic_ns()


def test_every_open_session_is_pushed_to_on_command(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as first, line(genesys_simulator) as second:
        genesys_simulator.wait_for(lambda world: world.count["sessions.total"] == 2)
        assert genesys_simulator.push(per_s=1000, count=3) == 2
        for session in (first, second):
            assert [session.hear()["seq"] for _ in range(3)] == [1, 2, 3]
        genesys_simulator.wait_for(lambda world: world.count["push.sent"] == 6)
        assert genesys_simulator.state()["pushing"] == 0


def test_sequence_numbers_go_on_from_one_push_to_the_next(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as session:
        for _ in range(2):
            genesys_simulator.wait_for(lambda world: world.count["sessions.total"] == 1)
            genesys_simulator.push(per_s=1000, count=1)
        assert [session.hear()["seq"], session.hear()["seq"]] == [1, 2]


def test_pushing_stops_on_command_and_transfers_go_on(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, query="?push_per_s=1000") as session:
        session.hear()
        assert genesys_simulator.stop_push() == 1
        sent = genesys_simulator.counts()["push.sent"]
        rest = [session.hear() for _ in range(sent - 1)]
        assert len(rest) == sent - 1
        assert session.ask(order())["status"] == "codec_negotiated"
        assert genesys_simulator.counts()["push.sent"] == sent


def test_a_session_that_ends_is_pushed_to_no_more(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, query="?push_per_s=1000") as session:
        session.hear()
    genesys_simulator.wait_for(lambda world: world.count["sessions.ended"] == 1)
    with line(genesys_simulator, query="?push_per_s=100&push_count=3") as session:
        assert [session.hear()["seq"] for _ in range(3)] == [1, 2, 3]
    assert genesys_simulator.state()["pushing"] == 0


@pytest.mark.parametrize(
    "query", ["?push_per_s=fast", "?push_bytes=160", "?push_per_s=25&push_bytes=10", "?colour=red"]
)
def test_a_rate_that_makes_no_sense_refuses_the_handshake(genesys_simulator: Simulator, query: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught, line(genesys_simulator, query=query):
        pass
    assert caught.value.status_code == 400


def test_a_reader_that_does_not_read_loses_messages_and_they_are_counted(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, query="?push_per_s=10000&push_bytes=1048576"):
        genesys_simulator.wait_for(lambda world: world.count["push.skipped"] > 0, timeout_s=30)


def test_push_has_a_door(genesys_simulator: Simulator) -> None:
    assert admin(genesys_simulator, "POST", "push", {"per_s": 1}).json() == {"sessions": 0}
    assert admin(genesys_simulator, "DELETE", "push").json() == {"stopped": 0}
    assert admin(genesys_simulator, "POST", "push", {"bytes": 5}).status_code == 400
