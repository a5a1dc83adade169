"""The address of the door."""

import socket
from collections.abc import Iterator

import pytest

from web.listener import AddressProblem, HttpClaim


@pytest.fixture
def claim() -> Iterator[HttpClaim]:
    made = HttpClaim("127.0.0.1", 0, keyless=True)
    yield made
    made.release()


def problem(host: str, port: int, *, keyless: bool = True) -> AddressProblem:
    with pytest.raises(AddressProblem) as refused:
        HttpClaim(host, port, keyless=keyless)
    return refused.value


def test_port_zero_takes_a_free_one_and_tells_which(claim: HttpClaim) -> None:
    assert claim.port > 0
    assert claim.addresses == (f"127.0.0.1:{claim.port}",)


def test_what_connects_before_a_server_is_there_waits(claim: HttpClaim) -> None:
    with socket.create_connection(("127.0.0.1", claim.port), 20) as client:
        (listener,) = claim.listeners()
        listener.setblocking(True)
        accepted, _ = listener.accept()
        accepted.close()
        listener.close()
        assert client.recv(1) == b""


def test_the_address_stays_taken_while_servers_come_and_go(claim: HttpClaim) -> None:
    for listener in claim.listeners():
        listener.close()
    assert "already" in problem("127.0.0.1", claim.port).message
    (again,) = claim.listeners()
    again.close()


def test_answers_are_not_held_back_for_acknowledgements(claim: HttpClaim) -> None:
    """asyncio sets TCP_NODELAY only where it is told that the protocol is TCP; without it an answer takes 40 ms."""
    (listener,) = claim.listeners()
    assert listener.proto == socket.IPPROTO_TCP
    listener.close()


def test_an_address_that_is_taken_is_told_with_its_remedy(claim: HttpClaim) -> None:
    taken = problem("127.0.0.1", claim.port)
    assert f"127.0.0.1:{claim.port}" in taken.message
    assert "SWITCHBOARD_HTTP_LISTEN" in taken.remedy


def test_a_released_address_is_free_again(claim: HttpClaim) -> None:
    claim.release()
    HttpClaim("127.0.0.1", claim.port, keyless=True).release()


def test_an_address_of_another_machine_is_told() -> None:
    assert "no address of this machine" in problem("192.0.2.1", 8080, keyless=False).message


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_without_keys_only_this_machine_may_reach_the_door(host: str) -> None:
    refused = problem(host, 0)
    assert "open to everybody" in refused.message
    assert "SWITCHBOARD_HTTP__KEYS" in refused.remedy


def test_with_keys_every_address_may_be_served() -> None:
    HttpClaim("0.0.0.0", 0, keyless=False).release()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_loopback_by_any_name_needs_no_key(host: str) -> None:
    HttpClaim(host, 0, keyless=True).release()
