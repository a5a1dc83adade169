"""The probes' house and its door, for every test of the socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from control.server import ControlServer
from tests.control.house import PATIENCE_S, Client, FakeHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[FakeHouse]:
    made = FakeHouse(tmp_path)
    yield made
    made.claim.release()


@pytest.fixture
def door(house: FakeHouse) -> Iterator[ControlServer]:
    """An open door at which everybody is admin; it must not have died of anything."""
    server = house.server()
    server.start()
    yield server
    server.stop(PATIENCE_S)
    assert house.deaths.empty(), house.deaths.get()


@pytest.fixture
def client(house: FakeHouse, door: ControlServer) -> Iterator[Client]:
    with Client(house.claim.path) as connected:
        yield connected
