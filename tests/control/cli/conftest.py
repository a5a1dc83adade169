"""switchboardctl against a real door with probes behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from control.cli import build
from control.server import ControlServer
from tests.control.house import FakeHouse


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
