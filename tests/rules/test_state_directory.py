"""Tests of where state is kept by default."""

from pathlib import Path

import pytest

from rules.state_directory import state_directory


@pytest.mark.parametrize(
    ("environment", "uid", "directory"),
    [
        ({"HOME": "/home/ann"}, 1000, "/home/ann/.local/state/switchboard"),
        ({"HOME": "/home/ann", "XDG_STATE_HOME": "/state"}, 1000, "/state/switchboard"),
        ({"HOME": "/home/ann", "XDG_STATE_HOME": "state"}, 1000, "/home/ann/.local/state/switchboard"),
        ({"HOME": "/root"}, 0, "/var/lib/switchboard"),
        ({}, 1000, "/var/lib/switchboard"),
        ({"HOME": "/", "STATE_DIRECTORY": "/var/lib/private/sb:/var/lib/other"}, 1000, "/var/lib/private/sb"),
    ],
)
def test_state_is_kept_where_the_system_keeps_it(environment: dict[str, str], uid: int, directory: str) -> None:
    assert state_directory(environment, uid) == Path(directory)
