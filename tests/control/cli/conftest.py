"""switchboardctl against a real door with probes behind it."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from control.cli import build
from control.server import ControlServer
from tests.control.house import PATIENCE_S, FakeHouse

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Ran:
    """How one command line went."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Ctl = Callable[..., Ran]


@pytest.fixture
def ctl(house: FakeHouse, door: ControlServer) -> Ctl:
    """Runs one command line against the door; `at` is another socket."""
    return runner(house.claim.path)


def runner(path: Path) -> Ctl:
    def run(*words: str, stdin: str | None = None, at: Path = path) -> Ran:
        environment = {"SWITCHBOARD_CONTROL_SOCKET": str(at)}
        result = CliRunner().invoke(build(), list(words), input=stdin, env=environment, prog_name="switchboardctl")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


def on_a_terminal(house: FakeHouse, *words: str, columns: int = 80, no_color: bool = False) -> tuple[int, list[str]]:
    """The exit code and what a terminal of so many columns shows of one command line."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    command = [sys.executable, "-c", "from control.cli import main; main()", *words]
    ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    env = {**ours, "SWITCHBOARD_CONTROL_SOCKET": str(house.claim.path), "TERM": "xterm"}
    env |= {"NO_COLOR": "1"} if no_color else {}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=env) as child:
        os.close(slave)
        shown = b"".join(iter(lambda: _read(master), b""))
        os.close(master)
        return child.wait(PATIENCE_S), shown.decode().replace("\r", "").splitlines()


def loaded_by(*words: str) -> set[str]:
    """The modules that are loaded when one command line has ended."""
    probe = f"import sys; from control.cli import build, run; run(build(), {words!r}); print('LOADED', *sys.modules)"
    command = [sys.executable, "-c", probe]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    return set(ran.stdout.partition("LOADED")[2].split())


def unread(house: FakeHouse, *words: str) -> int:
    """The exit code of one command line whose reader has gone before anything is said."""
    command = [sys.executable, "-c", "from control.cli import main; main()", *words]
    environment = {**os.environ, "SWITCHBOARD_CONTROL_SOCKET": str(house.claim.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment) as child:
        assert child.stdout is not None
        child.stdout.close()
        try:
            _, complaints = child.communicate(timeout=PATIENCE_S)
        finally:
            child.kill()
        assert complaints == b""
        return child.returncode


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""
