"""Where the socket is when nobody says."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from control.cli.places import socket_path

OWN = Path("/home/a/.local/state/switchboard/control.sock")
SYSTEM = Path("/var/lib/switchboard/control.sock")
HOME = {"HOME": "/home/a"}


def place(environment: Mapping[str, str], *existing: Path, given: Path | None = None, uid: int = 1000) -> Path:
    return socket_path(given, environment, uid, lambda path: path in existing)


def test_the_option_wins_over_everything() -> None:
    everything = {"SWITCHBOARD_CONTROL_SOCKET": "/run/b", "SWITCHBOARD_DATA_DIR": "/c"}
    assert place(everything, given=Path("/run/a")) == Path("/run/a")


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"SWITCHBOARD_CONTROL_SOCKET": "/run/b", "SWITCHBOARD_DATA_DIR": "/c"}, "/run/b"),
        ({"SWITCHBOARD_DATA_DIR": "/c"}, "/c/control.sock"),
        ({"XDG_STATE_HOME": "/state"}, "/state/switchboard/control.sock"),
        ({"XDG_STATE_HOME": "relative", **HOME}, str(OWN)),
        ({}, str(SYSTEM)),
    ],
)
def test_the_environment_says_where_the_gateway_was_told_to_be(environment: Mapping[str, str], path: str) -> None:
    assert place(environment) == Path(path)


def test_ones_own_gateway_is_meant_before_the_systems() -> None:
    assert place(HOME, OWN, SYSTEM) == OWN
    assert place(HOME, SYSTEM) == SYSTEM
    assert place(HOME) == OWN


def test_root_means_the_systems() -> None:
    assert place(HOME, OWN, uid=0) == SYSTEM
