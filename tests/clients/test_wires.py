"""Kept connections, against peers that do all that servers do wrong."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import trustme

from clients.answers import MOST_HEAD
from clients.endpoints import Destination
from clients.tls import tls_context
from clients.wires import MOST_KEPT, Wires
from genesys.errors import Malformed, TimedOut, Transport
from tests.clients.peers import Answer, RawPeer, dribbles, of_old, ok, says, served_by
from tests.loopback import only_loopback

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
NAME = "hooks.test"


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


@contextmanager
def opened(authority: trustme.CA | None = None) -> Iterator[Wires]:
    if authority is None:
        wires = Wires(tls_context())
    else:
        with authority.cert_pem.tempfile() as ca_file:
            wires = Wires(tls_context(Path(ca_file)))
    yield wires
    wires.close()


def at(peer: RawPeer, *, tls: bool = False) -> Destination:
    return Destination(address="127.0.0.1", port=peer.port, host=NAME, tls=tls)


def fault(wires: Wires, to: Destination, timeout_s: float = 10.0) -> Transport:
    with pytest.raises(Transport) as caught:
        wires.exchange(to, REQUEST, timeout_s)
    assert caught.value.detail.startswith(f"{NAME}: ")
    return caught.value


@contextmanager
def full_up(address: str, port: int) -> Iterator[str]:
    """An address at which nobody accepts, and where there is no room to wait: connecting takes for ever."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield address


def test_a_request_leaves_as_it_is_and_the_next_on_the_same_connection() -> None:
    with RawPeer(says(ok(b"one"), ok(b"", b"Retry-After: 7"))) as peer, opened() as wires:
        answers = [wires.exchange(at(peer), REQUEST, 10.0) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[1].headers["retry-after"] == "7"
    assert (peer.connections, peer.requests) == (1, [REQUEST, REQUEST])


def test_one_that_the_peer_closed_is_not_used_again() -> None:
    with RawPeer(says(ok())) as peer, opened() as wires:
        for _ in range(3):
            assert wires.exchange(at(peer), REQUEST, 10.0).status == 200
            peer.hung_up.get(timeout=10)
        assert peer.connections == 3


def test_one_on_which_the_peer_says_more_than_it_was_asked_is_not_used_again() -> None:
    with RawPeer(says(ok() + b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", ok())) as peer, opened() as wires:
        assert [wires.exchange(at(peer), REQUEST, 10.0).status for _ in range(3)] == [200, 200, 200]
        assert peer.connections == 3


def test_connections_are_kept_to_the_last_few_destinations_only() -> None:
    with opened() as wires, RawPeer(says(*[ok()] * 9)) as peer:
        for number in range(MOST_KEPT + 1):
            wires.exchange(Destination("127.0.0.1", peer.port, f"{number}.test", tls=False), REQUEST, 10.0)
        assert peer.connections == MOST_KEPT + 1
        for number in (MOST_KEPT, 1, 0):
            wires.exchange(Destination("127.0.0.1", peer.port, f"{number}.test", tls=False), REQUEST, 10.0)
        assert peer.connections == MOST_KEPT + 2


def test_a_refused_connection_was_certainly_not_sent() -> None:
    with RawPeer(says()) as peer:
        to = at(peer)
    with opened() as wires:
        refused = fault(wires, to)
    assert "refused" in refused.detail
    assert not refused.maybe_sent


def test_an_address_that_does_not_answer_leaves_time_for_the_next() -> None:
    with RawPeer(says(ok())) as peer, full_up("127.0.0.2", peer.port) as dead:
        wires = Wires(tls_context(), lambda _name: (dead, "127.0.0.1"))
        assert wires.exchange(Destination(NAME, peer.port, NAME, tls=False), REQUEST, 2.0).status == 200
        wires.close()


def test_a_name_of_which_no_address_answers_in_time_is_late() -> None:
    with RawPeer(says()) as peer, full_up("127.0.0.2", peer.port) as dead:
        wires = Wires(tls_context(), lambda _name: (dead, dead))
        late = fault(wires, Destination(NAME, peer.port, NAME, tls=False), 0.3)
    assert isinstance(late, TimedOut)
    assert not late.maybe_sent


def test_a_peer_that_dribbles_its_head_is_cut_off_when_the_whole_time_is_over() -> None:
    with RawPeer(dribbles(b"HTTP/1.1 200 OK\r\nX-Long: ")) as peer, opened() as wires:
        late = fault(wires, at(peer), 0.3)
    assert isinstance(late, TimedOut)
    assert late.maybe_sent
    assert late.detail.endswith("no complete answer within 0.3 s")


def test_no_time_at_all_is_no_connection() -> None:
    with RawPeer(says(ok())) as peer, opened() as wires:
        assert not fault(wires, at(peer), 0.0).maybe_sent
    assert peer.requests == []


def hangs_up(connection: object, peer: RawPeer) -> None:
    peer.read_request(connection)  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [hangs_up, says(b"HTTP/1.1 200 OK\r\nX-Y: ")], ids=["at once", "in its head"])
def test_a_peer_that_hangs_up_may_have_received_it(answer: Answer) -> None:
    with RawPeer(answer) as peer, opened() as wires:
        broken = fault(wires, at(peer))
    assert broken.maybe_sent
    assert "hung up" in broken.detail


def test_an_answer_given_before_all_of_the_request_was_read_counts() -> None:
    def impatient(connection: object, peer: RawPeer) -> None:
        connection.recv(1)  # type: ignore[attr-defined]
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")  # type: ignore[attr-defined]
        while connection.recv(1 << 20):  # type: ignore[attr-defined]
            pass

    with RawPeer(impatient) as peer, opened() as wires:
        assert wires.exchange(at(peer), REQUEST + b"x" * (1 << 22), 10.0).status == 413


def test_junk_may_come_from_who_received_it_and_its_connection_is_closed() -> None:
    with RawPeer(says(b"junk\r\n", ok())) as peer, opened() as wires:
        faults = [fault(wires, at(peer)) for _ in range(2)]
        assert peer.connections == 2
    assert all("no HTTP answer" in told.detail and told.maybe_sent for told in faults)


def test_endless_headers_are_malformed() -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * MOST_HEAD
    with RawPeer(says(endless)) as peer, opened() as wires, pytest.raises(Malformed, match="bytes of headers"):
        wires.exchange(at(peer), REQUEST, 10.0)


# --- the body, where it is wanted ----------------------------------------------------------------------------

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_a_body_is_read_to_its_end_and_the_connection_kept() -> None:
    with RawPeer(says(ok(b"one"), CHUNKED, ok(), ok(b"x" * 100_000))) as peer, opened() as wires:
        bodies = [wires.exchange(at(peer), REQUEST, 10.0, 100_000).body for _ in range(4)]
        assert peer.connections == 1
    assert bodies == [b"one", b"abcde", b"", b"x" * 100_000]


def test_one_without_a_length_ends_with_its_connection() -> None:
    with RawPeer(says(b"HTTP/1.1 200 OK\r\n\r\nall of it")) as peer, opened() as wires:
        assert wires.exchange(at(peer), REQUEST, 10.0, 100).body == b"all of it"


def test_one_that_breaks_off_is_no_answer() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    with RawPeer(says(half)) as peer, opened() as wires, pytest.raises(Transport, match="answer was over") as caught:
        wires.exchange(at(peer), REQUEST, 10.0, 100)
    assert caught.value.maybe_sent


def test_one_that_is_longer_than_wanted_is_cut_off_and_its_connection_closed() -> None:
    with RawPeer(says(ok(b"y" * 1_000_000))) as peer, opened() as wires:
        assert 100 < len(wires.exchange(at(peer), REQUEST, 10.0, 100).body) < 200_000
        wires.exchange(at(peer), REQUEST, 10.0, 100)
        assert peer.connections == 2


def test_a_head_has_none_and_its_connection_is_not_used_again() -> None:
    with RawPeer(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as peer, opened() as wires:
        answers = [wires.exchange(at(peer), b"HEAD / HTTP/1.1\r\n\r\n", 10.0, 100) for _ in range(2)]
        assert peer.connections == 2
    assert [(answer.headers["content-length"], answer.body) for answer in answers] == [("9", b"")] * 2


def test_a_request_that_waits_for_room_is_late_too() -> None:
    def deaf(connection: object, peer: RawPeer) -> None:
        peer.closing.wait(10)

    with RawPeer(deaf) as peer, opened() as wires, pytest.raises(TimedOut) as caught:
        wires.exchange(at(peer), REQUEST + b"x" * (1 << 24), 0.5)
    assert caught.value.maybe_sent


# --- TLS -----------------------------------------------------------------------------------------------------


def test_over_tls_a_connection_is_kept_too() -> None:
    authority = trustme.CA()
    with RawPeer(says(ok(), ok()), served_by(authority, NAME)) as peer, opened(authority) as wires:
        assert [wires.exchange(at(peer, tls=True), REQUEST, 10.0).status for _ in range(2)] == [200, 200]
    assert (peer.connections, len(peer.requests)) == (1, 2)


@pytest.mark.parametrize("name", ["other.test", "127.0.0.1"])
def test_the_certificate_has_to_be_for_the_name_and_not_for_the_address(name: str) -> None:
    authority = trustme.CA()
    with RawPeer(says(ok()), served_by(authority, name)) as peer, opened(authority) as wires:
        untrusted = fault(wires, at(peer, tls=True))
    assert "not trusted" in untrusted.detail
    assert not untrusted.maybe_sent
    assert peer.requests == []


def test_another_authority_is_not_trusted() -> None:
    with RawPeer(says(ok()), served_by(trustme.CA(), NAME)) as peer, opened(trustme.CA()) as wires:
        assert "not trusted" in fault(wires, at(peer, tls=True)).detail
    assert peer.requests == []


def test_tls_below_1_2_is_refused() -> None:
    authority = trustme.CA()
    with RawPeer(says(ok()), of_old(served_by(authority, NAME))) as peer, opened(authority) as wires:
        assert "TLS failed" in fault(wires, at(peer, tls=True)).detail
    assert peer.requests == []


def test_a_peer_that_dribbles_over_tls_is_cut_off_too() -> None:
    authority = trustme.CA()
    with RawPeer(dribbles(b"HTTP/1.1 200 OK\r\nX: "), served_by(authority, NAME)) as peer, opened(authority) as wires:
        assert isinstance(fault(wires, at(peer, tls=True), 1.0), TimedOut)


def test_a_peer_that_never_shakes_hands_is_cut_off() -> None:
    def silent(connection: object, peer: RawPeer) -> None:
        peer.closing.wait(10)

    with RawPeer(silent) as peer, opened() as wires:
        late = fault(wires, at(peer, tls=True), 0.3)
    assert isinstance(late, TimedOut)
    assert not late.maybe_sent
