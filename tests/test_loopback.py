"""The guard is tested before anything is tested behind it."""

import socket

import pytest

from tests.loopback import LeftTheLoopbackError, only_loopback

ELSEWHERE = "192.0.2.1"  # TEST-NET-1: nobody lives there


def test_no_connection_leaves_the_loopback() -> None:
    with only_loopback(), socket.socket() as connecting, pytest.raises(LeftTheLoopbackError):
        connecting.connect((ELSEWHERE, 80))


def test_no_connection_leaves_by_connect_ex_or_create_connection() -> None:
    with only_loopback():
        with socket.socket() as connecting, pytest.raises(LeftTheLoopbackError):
            connecting.connect_ex((ELSEWHERE, 80))
        with pytest.raises(LeftTheLoopbackError):
            socket.create_connection((ELSEWHERE, 80), timeout=1)


def test_no_datagram_leaves_the_loopback() -> None:
    with (
        only_loopback(),
        socket.socket(type=socket.SOCK_DGRAM) as sending,
        pytest.raises(LeftTheLoopbackError),
    ):
        sending.sendto(b"x", (ELSEWHERE, 53))


def test_no_name_is_looked_up() -> None:
    with only_loopback(), pytest.raises(LeftTheLoopbackError):
        socket.getaddrinfo("example.com", 443)


def test_the_loopback_is_open() -> None:
    with only_loopback(), socket.create_server(("127.0.0.1", 0)) as listening:
        socket.create_connection(listening.getsockname(), timeout=5).close()


def test_it_stands_only_while_it_is_asked_to() -> None:
    with only_loopback(), only_loopback():
        pass
    with socket.socket(type=socket.SOCK_DGRAM) as aimed:
        aimed.connect((ELSEWHERE, 53))  # sends nothing: a datagram socket only notes its peer
