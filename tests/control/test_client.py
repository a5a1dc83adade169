"""The client's side: what it tells of a gateway that is not as it should be."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from control.client import Client, Patience, Refused, TimedOut, Unreachable
from control.patience import worth_waiting_s
from control.server import ControlServer
from messages.gateway import ShowGateway
from tests.control.house import PATIENCE_S, FakeHouse


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
        assert next(client.follow(lambda _: True, PATIENCE_S)) == {"seq": 1}


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


def connected(
    listener: socket.socket,
    directory: Path,
    *lines: bytes,
    wait_s: float | None = None,
    patience: Patience = worth_waiting_s,
) -> tuple[socket.socket, Client]:
    """The gateway's side, which has told `lines`, and the client's, which has heard the hello."""

    def greet() -> None:
        connection, _ = listener.accept()
        connection.sendall(b"".join((HELLO, *lines)))
        accepted.put(connection)

    accepted: SimpleQueue[socket.socket] = SimpleQueue()
    threading.Thread(target=greet, daemon=True).start()
    client = Client(directory / "control.sock", wait_s, patience)
    return accepted.get(timeout=PATIENCE_S), client


@contextmanager
def chatter(gateway: socket.socket) -> Iterator[None]:
    """Others' events without a pause; the client has to hang up before the end."""

    def talk() -> None:
        with suppress(OSError):
            while True:
                gateway.sendall(told("other"))

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    yield
    talking.join(PATIENCE_S)


def told(kind: str) -> bytes:
    return b'{"jsonrpc":"2.0","method":"event","params":{"kind":"%s"}}\n' % kind.encode()


def is_ours(event: dict[str, Any]) -> bool:
    return bool(event["kind"] == "ours")


def test_whoever_follows_hears_only_what_is_its_own(listener: socket.socket, tmp_path: Path) -> None:
    lines = (told("other"), told("ours"), told("other"), told("ours"))
    gateway, client = connected(listener, tmp_path, *lines)
    with client, gateway:
        heard = client.follow(is_ours, look_s=PATIENCE_S)
        assert [next(heard), next(heard)] == [{"kind": "ours"}] * 2


def test_whoever_follows_is_woken_by_every_silence_and_hears_what_comes_after(
    listener: socket.socket, tmp_path: Path
) -> None:
    gateway, client = connected(listener, tmp_path)
    with client, gateway:
        heard = client.follow(is_ours, look_s=0.001)
        gateway.sendall(told("ours")[:10])  # half a line is none, and is not lost
        assert [next(heard), next(heard)] == [None, None]
        gateway.sendall(told("ours")[10:])
        assert next(event for event in heard if event) == {"kind": "ours"}


def test_events_of_others_are_silence(listener: socket.socket, tmp_path: Path) -> None:
    gateway, client = connected(listener, tmp_path)
    with gateway, chatter(gateway), client:
        assert next(client.follow(is_ours, look_s=0.001)) is None


def test_patience_ends_however_often_it_was_looked(listener: socket.socket, tmp_path: Path) -> None:
    gateway, client = connected(listener, tmp_path, wait_s=0.05)
    with client, gateway, pytest.raises(TimedOut):
        list(client.follow(is_ours, look_s=0.001))


def test_an_answer_is_waited_for_no_longer_when_events_come_meanwhile(listener: socket.socket, tmp_path: Path) -> None:
    gateway, client = connected(listener, tmp_path, wait_s=0.05)
    with gateway, chatter(gateway), client, pytest.raises(TimedOut):
        client.call("gateway.status", {})


def test_a_gateway_that_hangs_after_its_hello_is_not_waited_for_for_ever(
    listener: socket.socket, tmp_path: Path
) -> None:
    gateway, client = connected(listener, tmp_path, patience=lambda _method, _params: 0.05)
    with client, gateway, pytest.raises(TimedOut, match=r"does not answer gateway\.status within 0\.05 s") as late:
        client.call("gateway.status", {})
    assert "kill and start it again" in late.value.remedy


def test_a_request_that_is_not_even_read_is_not_waited_for_for_ever(listener: socket.socket, tmp_path: Path) -> None:
    gateway, client = connected(listener, tmp_path, wait_s=0.05)
    with client, gateway, pytest.raises(TimedOut):
        client.call("stream.play", {"audio": "A" * (8 << 20)})
