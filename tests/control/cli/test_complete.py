"""Completion of live names, and silence where there is nobody to ask."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from control.cli import complete
from control.server import ControlServer
from messages.archive import ListCommands
from messages.sessions import ShowSession
from messages.supervision import DescribeTree
from tests.control.house import FakeHouse


def typed(path: Path) -> Any:
    """A command line under way, with --socket on it."""
    return SimpleNamespace(params={"socket": path})


@pytest.fixture(autouse=True)
def answers(house: FakeHouse, door: ControlServer) -> None:
    tree = {"name": "root", "children": [{"name": "token"}, {"name": "work", "children": [{"name": "transfer"}]}]}
    house.actors["root"].answers[DescribeTree] = tree
    house.actors["archive"].answers[ListCommands] = {"commands": [{"request_id": "r-1"}, {"request_id": "x-2"}]}
    house.add("session.transfer").answers[ShowSession] = {"name": "transfer"}


def test_completes_what_lives_in_the_gateway(house: FakeHouse) -> None:
    at = typed(house.claim.path)
    assert complete.actors(at, "t") == ["token", "transfer"]
    assert complete.actors(at, "") == ["root", "token", "work", "transfer"]
    assert complete.sessions(at, "tr") == ["transfer"]
    assert complete.orders(at, "r") == ["r-1"]
    assert complete.methods(at, "gateway.st") == ["gateway.status", "gateway.stop"]


def test_completes_what_never_changes() -> None:
    assert complete.levels("de") == ["DEBUG"]
    assert complete.statuses("re") == ["refused"]
    assert complete.events("order.") == ["order.accepted", "order.ended"]


def test_is_silent_without_a_gateway(tmp_path: Path) -> None:
    nowhere = typed(tmp_path / "nothing.sock")
    assert complete.actors(nowhere, "") == []
    assert complete.sessions(nowhere, "") == []
    assert complete.orders(nowhere, "") == []
