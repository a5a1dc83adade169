"""The client's side: what it tells of a gateway that is not as it should be."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from control.client import Client, Refused, TimedOut, Unreachable
from control.server import ControlServer
from messages.gateway import ShowGateway
from tests.control.house import FakeHouse


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket at which a test plays the gateway."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "control.sock"))
        listening.listen()
        yield listening


def answer_with(listener: socket.socket, hello: bytes, *lines: bytes) -> None:
    """Greet the next client, answer its first request with `lines`, and hang up."""

    def play() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(hello)
            if lines:
                connection.recv(4096)
                connection.sendall(b"".join(lines))

    threading.Thread(target=play, daemon=True).start()


HELLO = b'{"jsonrpc":"2.0","method":"hello","params":{"name":"switchboard","role":"admin"}}\n'


def test_is_greeted_and_asks(house: FakeHouse, door: ControlServer) -> None:
    house.actors["gateway"].answers[ShowGateway] = {"state": "running"}
    with Client(house.claim.path) as client:
        assert client.hello["role"] == "admin"
        assert client.call("gateway.status", {}) == {"state": "running"}


def test_an_error_is_raised_with_its_data(house: FakeHouse, door: ControlServer) -> None:
    with Client(house.claim.path) as client, pytest.raises(Refused) as caught:
        client.call("no.such", {})
    assert caught.value.code == -32601
    assert caught.value.data["remedy"]


def test_events_that_come_before_an_answer_are_not_lost(listener: socket.socket, tmp_path: Path) -> None:
    event = b'{"jsonrpc":"2.0","method":"event","params":{"seq":1}}\n'
    answer_with(listener, HELLO, event, b'{"jsonrpc":"2.0","id":1,"result":"ok"}\n')
    with Client(tmp_path / "control.sock") as client:
        assert client.call("events.subscribe", {}) == "ok"
        assert next(client.events()) == {"seq": 1}


def test_no_answer_in_time(house: FakeHouse, door: ControlServer) -> None:
    with Client(house.claim.path, wait_s=0.05) as client, pytest.raises(TimedOut):
        client.call("gateway.status", {})


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="there is no gateway") as caught:
        Client(tmp_path / "control.sock")
    assert "SWITCHBOARD_CONTROL_SOCKET" in caught.value.remedy


def test_only_the_file_of_a_dead_gateway(listener: socket.socket, tmp_path: Path) -> None:
    listener.close()
    with pytest.raises(Unreachable, match="no gateway listens"):
        Client(tmp_path / "control.sock")


def test_no_socket_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable):
        Client(tmp_path / "file" / "control.sock")


def test_a_gateway_that_hangs_up_instead_of_greeting(listener: socket.socket, tmp_path: Path) -> None:
    answer_with(listener, b"")
    with pytest.raises(Unreachable, match="closed the connection"):
        Client(tmp_path / "control.sock")


def test_a_gateway_that_hangs_up_instead_of_answering(listener: socket.socket, tmp_path: Path) -> None:
    answer_with(listener, HELLO, b'{"half')
    with Client(tmp_path / "control.sock") as client, pytest.raises(Unreachable, match="closed the connection"):
        client.call("gateway.status", {})
