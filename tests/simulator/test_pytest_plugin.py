import os
import subprocess
import sys
from pathlib import Path

from simulator.server import Simulator
from tests.simulator.client import fetch

HOME = Path(__file__).parents[2]

USER_TEST = """
import requests

def test_mine(genesys_simulator):
    assert requests.get(genesys_simulator.url + "/sim/state", timeout=10).status_code == 200

def test_mine_too(genesys_simulator_tls):
    trust = str(genesys_simulator_tls.ca_file)
    assert requests.get(genesys_simulator_tls.url + "/sim/state", timeout=10, verify=trust).status_code == 200
"""


def test_others_can_use_the_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(USER_TEST)
    environment = os.environ | {"PYTHONPATH": str(HOME), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "simulator.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-q",
        "-W",
        "error",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_loads_nothing_until_it_is_used() -> None:
    program = (
        "import sys, simulator.pytest_plugin; sys.exit('aiohttp' in sys.modules or 'simulator.server' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=HOME, timeout=60, check=False).returncode == 0


def test_each_test_has_a_box_of_its_own(genesys_simulator: Simulator, genesys_simulator_tls: Simulator) -> None:
    fetch(genesys_simulator)
    assert genesys_simulator.counts()["token.fetches"] == 1
    assert genesys_simulator_tls.counts()["token.fetches"] == 0
