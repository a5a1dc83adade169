"""A socket that somebody clears away is there again, and one that somebody else has by now is left to him."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loguru import logger

from control.server import ControlServer
from messages.gateway import ShowGateway
from tests.control.house import PATIENCE_S, Client, FakeHouse, until

STATUS = {"state": "running"}


@pytest.fixture
def house(house: FakeHouse) -> FakeHouse:
    """One that looks at its path all the time."""
    house.actors["gateway"].answers[ShowGateway] = STATUS
    house.look_every_s = 0.001
    return house


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{level} {message}", level="WARNING")
    yield lines
    logger.remove(sink)


def reachable(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


@pytest.mark.parametrize(
    "away", [Path.unlink, lambda path: path.parent.rename(path.parent.with_name("away"))], ids=["socket", "directory"]
)
def test_a_socket_that_was_removed_is_there_again_and_who_was_in_stays(
    house: FakeHouse, door: ControlServer, client: Client, log: list[str], away: Callable[[Path], None]
) -> None:
    away(house.claim.path)
    until(lambda: reachable(house.claim.path))
    with Client(house.claim.path) as another:
        assert another.call("gateway.status") == client.call("gateway.status") == STATUS
    assert house.claim.path.stat().st_mode & 0o777 == 0o660
    until(lambda: bool(log))
    assert log == [f"WARNING control: the socket {house.claim.path} was gone; it is there again\n"]


def test_a_socket_may_be_removed_again_and_again(house: FakeHouse, door: ControlServer) -> None:
    for _ in range(5):
        house.claim.path.unlink()
        until(lambda: reachable(house.claim.path))
    with Client(house.claim.path) as client:
        assert client.call("gateway.status") == STATUS


def test_who_has_the_path_by_now_keeps_it_which_is_told_once_and_it_is_ours_again_after_him(
    house: FakeHouse, door: ControlServer, client: Client, log: list[str]
) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(PATIENCE_S)
        other.bind(str(house.claim.path.with_name("other")))
        other.listen()
        house.claim.path.with_name("other").replace(house.claim.path)
        for _ in range(3):
            other.accept()[0].close()
        assert client.call("gateway.status") == STATUS
        (line,) = log
        assert line.startswith(
            f"ERROR control: nobody can reach this gateway by its socket {house.claim.path}: another"
        )
    until(lambda: reachable(house.claim.path))
    with Client(house.claim.path) as another:
        assert another.call("gateway.status") == STATUS
