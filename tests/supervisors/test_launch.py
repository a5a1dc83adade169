"""What a start loads, what it leaves for later, and how it ends when it cannot be."""

import subprocess
import sys
from pathlib import Path

import pytest

from simulator.process import SimulatorProcess
from supervisors.launch import CONFIG, Launch, start

LATER = {
    "fastapi": "behind the HTTP door, on its own thread",
    "uvicorn": "the same",
    "prometheus_client": "the same",
    "alembic": "where an older journal has to be migrated",
    "sqlalchemy.dialects.postgresql": "where a journal is created, or kept in PostgreSQL",
    "grpc": "in the audio workers",
    "lingua": "in the audio workers",
    "aiohttp": "in the simulator",
    "soundfile": "in the process that measures loudness",
}
"""What loads slowly, and when it is loaded."""
ROOT = Path(__file__).parents[2]


def said(program: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return set(said("import sys, supervisors.launch; print(*sys.modules)").split())


@pytest.mark.parametrize("module", LATER)
def test_a_start_does_not_wait_for_what_is_not_needed_yet(loaded: set[str], module: str) -> None:
    assert module not in loaded


def test_the_simulator_is_begun_before_the_gateway_is_loaded() -> None:
    loaded = said("import sys, supervisors.application, supervisors.simulated; print(*sys.modules)").split()
    assert not {"supervisors.launch", "pydantic", "pykka", "sqlalchemy"} & set(loaded)


def test_one_long_value_does_not_fill_every_row_of_the_settings_up() -> None:
    rows = said("from supervisors.application import main; main(['--simulate', '--check-config'])").splitlines()
    assert min(map(len, rows)) < 100 < max(map(len, rows))


def test_a_box_that_does_not_come_up_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    box = SimulatorProcess(["--set", "latency=1"]).begin()
    assert start(Launch(environment={}, flags={}), box) == CONFIG
    told = capfd.readouterr().err
    assert "simulator: latency: not a field here" in told
    assert "switchboard: --simulate (flag): simulator did not come up: exit code 78" in told
