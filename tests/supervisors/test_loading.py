"""What is loaded and stays is left out of collections."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from supervisors.loading import kept

ROOT = Path(__file__).parents[2]
AFTERWARDS = "print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
PROGRAMS = {
    "switchboard": "from supervisors.application import main; ends = lambda: main(['--simulate', '--check-config'])",
    "switchboardctl": "from supervisors.operator_cli import main; sys.argv = ['', '--help']; ends = main",
}


def test_nothing_is_collected_meanwhile() -> None:
    with kept():
        assert not gc.isenabled()
    gc.unfreeze()
    assert gc.isenabled()


def test_collections_go_on_when_loading_fails() -> None:
    with pytest.raises(ImportError), kept():
        raise ImportError("it cannot be loaded")
    gc.unfreeze()
    assert gc.isenabled()


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_collection_looks_at_what_a_program_was_loaded_with(program: str) -> None:
    steps = f"""
import contextlib, gc, sys
{PROGRAMS[program]}
with contextlib.suppress(SystemExit):
    ends()
{AFTERWARDS}
"""
    command = [sys.executable, "-c", steps]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    assert said.splitlines()[-1] == "True True"
