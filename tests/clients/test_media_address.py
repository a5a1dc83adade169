"""One gateway has the port; its workers share it, nobody else does."""

import socket
from collections.abc import Iterator

import pytest

from clients.media_address import MediaAddressProblem, MediaClaim


@pytest.fixture
def claim() -> Iterator[MediaClaim]:
    claim = MediaClaim("localhost", 0, keyless=True)
    yield claim
    claim.release()


def listener(port: int, *options: int) -> socket.socket:
    made = socket.socket()
    for option in (socket.SO_REUSEADDR, *options):
        made.setsockopt(socket.SOL_SOCKET, option, 1)
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def test_workers_listen_beside_it_and_get_every_connection() -> None:
    claim = MediaClaim("127.0.0.1", 0, keyless=True)
    workers = [listener(claim.port, socket.SO_REUSEPORT) for _ in range(2)]
    for worker in workers:
        worker.setblocking(False)
    clients = [socket.create_connection(("127.0.0.1", claim.port), timeout=20) for _ in range(20)]
    assert sum(_accepted(worker) for worker in workers) == 20
    for one in (*workers, *clients):
        one.close()
    claim.release()


def _accepted(worker: socket.socket) -> int:
    count = 0
    while True:
        try:
            worker.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_a_name_becomes_a_number_and_port_0_a_port(claim: MediaClaim) -> None:
    assert claim.host in {"127.0.0.1", "::1"}
    assert claim.port > 0


def test_a_port_that_somebody_listens_on_is_refused_after_a_while() -> None:
    pauses: list[float] = []
    taken = listener(0)
    port = taken.getsockname()[1]
    with pytest.raises(MediaAddressProblem, match="something listens") as refused:
        MediaClaim("127.0.0.1", port, keyless=True, patience_s=0.3, pause=pauses.append)
    assert "SWITCHBOARD_MEDIA_LISTEN" in refused.value.remedy
    assert 3 <= len(pauses) <= 4
    taken.close()


def test_another_gateways_workers_are_somebody_although_they_share() -> None:
    other = listener(0, socket.SO_REUSEPORT)
    with pytest.raises(MediaAddressProblem, match="something listens"):
        MediaClaim("127.0.0.1", other.getsockname()[1], keyless=True, patience_s=0.0)
    other.close()


def test_workers_of_a_gateway_that_was_killed_are_waited_for() -> None:
    orphan = listener(0, socket.SO_REUSEPORT)
    claim = MediaClaim("127.0.0.1", orphan.getsockname()[1], keyless=True, pause=lambda _: orphan.close())
    claim.release()


def test_two_gateways_do_not_share_a_port() -> None:
    claim = MediaClaim("127.0.0.1", 0, keyless=True)
    with pytest.raises(MediaAddressProblem, match="something listens"):
        MediaClaim("127.0.0.1", claim.port, keyless=True, patience_s=0.0)
    claim.release()
    claim.release()
    MediaClaim("127.0.0.1", claim.port, keyless=True, patience_s=0.0).release()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_keys_only_this_machine_may_send(host: str) -> None:
    with pytest.raises(MediaAddressProblem, match="everybody") as refused:
        MediaClaim(host, 0, keyless=True)
    assert "SWITCHBOARD_MEDIA_KEYS" in refused.value.remedy
    MediaClaim(host, 0, keyless=False).release()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(MediaAddressProblem, match="no address of this machine"):
        MediaClaim(host, 0, keyless=False)
