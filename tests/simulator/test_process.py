import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from simulator.process import DidNotComeUp, SimulatorProcess


def test_a_child_serves_until_it_is_stopped() -> None:
    with SimulatorProcess(["--set", "answer_latency_ms=1"]) as box:
        state = requests.get(f"{box.url}/sim/state", timeout=10).json()
        assert state["settings"]["answer_latency_ms"] == 1
        assert box.ws_url.startswith("ws://127.0.0.1:")
        assert box.assist_url == box.url.replace("http", "ws") + "/api/v2/agentassist/stream"
        assert box.events_url == box.url.replace("http", "ws") + "/api/v2/interactions/events/subscribe"
        assert box.cdn_url == box.url + "/cdn"
        assert (box.ca_file, box.client_id, box.client_secret) == (None, "simulator-client", "simulator-secret")
        assert box.running
        assert box.pid != os.getpid()
    assert not box.running


def test_a_child_with_tls_says_whom_to_trust(tmp_path: Path) -> None:
    with SimulatorProcess(["--tls", "--ca-file", str(tmp_path / "ca.pem")]) as box:
        assert box.ca_file == tmp_path / "ca.pem"
        assert requests.get(f"{box.url}/sim/state", timeout=10, verify=str(box.ca_file)).status_code == 200


def test_a_child_can_come_up_beside_what_its_parent_does() -> None:
    box = SimulatorProcess().begin()
    try:
        assert box.running
        url = box.wait_until_ready().url
        assert requests.get(f"{url}/sim/state", timeout=10).status_code == 200
    finally:
        box.stop()
    assert not box.running


def test_a_child_can_be_stopped_before_it_has_come_up() -> None:
    box = SimulatorProcess().begin()
    box.stop()
    assert not box.running


def test_a_child_that_cannot_start_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DidNotComeUp, match="exit code 78"):
        SimulatorProcess(["--set", "latency=1"]).start()
    assert "latency: not a field here" in capfd.readouterr().err


def test_ctrl_c_in_the_terminal_of_its_parent_does_not_reach_it() -> None:
    with SimulatorProcess() as child:
        assert os.getpgid(child.pid) != os.getpgid(0)


def test_a_child_ends_with_its_parent() -> None:
    program = (
        "from simulator.process import SimulatorProcess; print(SimulatorProcess().start().url, flush=True); input()"
    )
    home = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=home, text=True
    )
    with parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert requests.get(f"{url}/sim/state", timeout=10).status_code == 200
        parent.send_signal(signal.SIGKILL)
        assert parent.stdout.read() == ""
