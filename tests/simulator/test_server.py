import socket
import threading
from queue import SimpleQueue

import pytest
import websocket

from simulator.forms import BadInput
from simulator.server import Simulator
from tests.simulator.client import fetch, line, order


def test_serves_while_the_block_runs_and_lets_go_of_the_port() -> None:
    with Simulator() as box:
        port = int(box.url.rpartition(":")[2])
        assert fetch(box).status_code == 200
    with Simulator(port=port) as again:
        assert again.url == box.url


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        box = Simulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="address already in use"):
            box.start()
        box.stop()


def test_bad_settings_and_faults_stop_it_before_it_serves() -> None:
    with pytest.raises(BadInput, match="did you mean answer_latency_ms"):
        Simulator(settings={"answer_latency": 1})
    with pytest.raises(BadInput, match="action"):
        Simulator(faults=[{"action": "nap"}])


def test_addresses_are_of_one_origin() -> None:
    with Simulator() as box:
        assert box.url.startswith("http://127.0.0.1:")
        assert box.ws_url == box.url.replace("http", "ws") + "/api/v2/websocket"
        assert box.events_url == box.url.replace("http", "ws") + "/api/v2/interactions/events/subscribe"
        assert box.cdn_url == box.url + "/cdn"
        assert box.ca_file is None


def test_stopping_ends_open_sessions_and_keeps_what_was_recorded() -> None:
    with Simulator() as box:
        session = line(box)
        open_line = session.__enter__()
        open_line.ask(order())
    with pytest.raises((ConnectionError, websocket.WebSocketConnectionClosedException)):
        open_line.hear()
    session.__exit__(None, None, None)
    assert box.transfers()[0]["effects"] == 1
    box.stop()


def test_faults_of_a_script_are_armed_from_the_start() -> None:
    with Simulator(faults=[{"action": "status", "status": 503, "match": {"route": "token"}}]) as box:
        assert [fetch(box).status_code for _ in range(2)] == [503, 200]


def test_waiting_ends_as_soon_as_the_condition_holds(genesys_simulator: Simulator) -> None:
    done: SimpleQueue[str] = SimpleQueue()

    def wait() -> None:
        genesys_simulator.wait_for(lambda world: world.count["token.granted"] == 2)
        done.put("both")

    waiter = threading.Thread(target=wait)
    waiter.start()
    fetch(genesys_simulator)
    assert done.empty()
    fetch(genesys_simulator)
    assert done.get(timeout=10) == "both"
    waiter.join()


def test_waiting_in_vain_says_what_there_was_instead(genesys_simulator: Simulator) -> None:
    with pytest.raises(TimeoutError, match=r"not within 0.01 s; counts: .*'token.granted': 0"):
        genesys_simulator.wait_for(lambda world: world.count["token.granted"] == 1, timeout_s=0.01)


def test_a_condition_that_raises_is_told_to_the_waiter(genesys_simulator: Simulator) -> None:
    with pytest.raises(ZeroDivisionError):
        genesys_simulator.wait_for(lambda world: world.count["token.fetches"] / 0)


def test_a_bad_fault_is_refused_in_the_callers_thread(genesys_simulator: Simulator) -> None:
    with pytest.raises(BadInput) as caught:
        genesys_simulator.add_fault("close", code=1, route="token", tmies=2)
    assert len(caught.value.problems) == 3
