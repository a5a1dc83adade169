"""What /openapi.json promises is kept: every answer to generated requests is one that it names."""

import os
import subprocess
import sys
from pathlib import Path

from tests.web.house import KEY, Door, WebHouse


def explored(door: Door, directory: Path, *, examples: int = 60) -> subprocess.CompletedProcess[str]:
    """schemathesis with every check that it has, the same requests each time; it writes into `directory`."""
    command = (
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{door.url}/openapi.json"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", "1"),
        *("--header", f"Authorization: Bearer {KEY}", "--request-timeout", "20", "--no-color"),
    )
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=100)


def test_every_answer_to_generated_requests_is_one_that_the_contract_names(house: WebHouse, tmp_path: Path) -> None:
    with house.door(KEY) as door:
        found = explored(door, tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
