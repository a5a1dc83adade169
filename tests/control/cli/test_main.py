"""The program as a whole: what it says of itself, and how fast it says it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from control.cli import build
from control.cli.nouns import NOUNS
from tests.control.cli.conftest import loaded_by

PROGRAM = (sys.executable, "-c", "from control.cli import main; main()")
HEAVY = {"rich", "prompt_toolkit", "pydantic", "orjson", "asyncio", "urllib.request", "loguru"}


def said(*words: str) -> str:
    result = CliRunner().invoke(build(), list(words), prog_name="switchboardctl")
    return result.stdout + result.stderr


def test_help_shows_every_noun_where_to_start_and_the_exit_codes() -> None:
    help_text = said("--help")
    for noun in (*NOUNS, "watch", "shell"):
        assert f"\n  {noun} " in help_text
    assert "switchboardctl gateway status" in help_text
    assert "124 no answer in time" in help_text


@pytest.mark.parametrize(
    ("typed", "offered"), [("tr", "transfer"), ("transfer st", "start"), ("gateway log-level DE", "DEBUG")]
)
def test_a_shell_is_told_which_nouns_verbs_and_values_may_come_next(typed: str, offered: str) -> None:
    words = f"switchboardctl {typed}"
    asked = {
        "_SWITCHBOARDCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    ran = subprocess.run(PROGRAM, capture_output=True, text=True, env=asked, check=False, timeout=60)
    assert ran.stdout.split() == [offered]


@pytest.mark.parametrize("noun", ["", *NOUNS, "watch", "shell"])
def test_no_help_is_cut_off(noun: str) -> None:
    assert "..." not in said(*noun.split(), "--help").partition("Commands:")[2].replace("ARGS]...", "")


@pytest.mark.parametrize(
    "verb", ["gateway status", "transfer start", "audit verify", "events tail", "rpc call", "sim faults add"]
)
def test_each_verbs_help_has_examples_and_the_common_options(verb: str) -> None:
    help_text = said(*verb.split(), "--help")
    assert "Examples:" in help_text
    for option in ("--json", "--socket", "--wait"):
        assert option in help_text


@pytest.mark.parametrize("words", ["--help", "session list --help", "gateway status --socket /nonexistent"])
def test_nothing_heavy_is_loaded(words: str) -> None:
    heavy = HEAVY if "--help" in words else HEAVY - {"orjson"}  # it is what answers are read with
    assert heavy & loaded_by(*words.split()) == set()


def test_a_reader_that_has_enough_is_not_complained_about() -> None:
    with subprocess.Popen((*PROGRAM, "--help"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ctl:
        assert ctl.stdout is not None
        assert ctl.stderr is not None
        ctl.stdout.close()
        assert ctl.stderr.read() == b""


def test_a_terminal_without_our_signs_is_no_error() -> None:
    environment = {"PYTHONIOENCODING": "ascii", "SWITCHBOARD_CONTROL_SOCKET": "/nonexistent/control.sock"}
    ran = subprocess.run((*PROGRAM, "gateway", "status"), capture_output=True, env=environment, check=False, timeout=60)
    assert ran.returncode == 4
    assert b"there is no gateway" in ran.stderr
