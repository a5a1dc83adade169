"""Connections to URLs from outside: judged once, and made to what was judged. Nothing leaves the loopback."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from clients.addresses import AddressJudge, resolve
from clients.carrier import Carrier
from clients.tls import tls_context
from genesys.errors import Refused, Transport
from messages.rest import HttpRequest
from rules.addresses import NOTHING, Allowed, allowed
from tests.clients.peers import RawPeer, ok, says, served_by
from tests.loopback import only_loopback

LISTED = allowed("hooks.test")


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


class Names:
    """A resolver whose answers change with every question."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@contextmanager
def carrier(names: Names, allow: Allowed = NOTHING, context: ssl.SSLContext | None = None) -> Iterator[Carrier]:
    opened = Carrier(context or tls_context(), AddressJudge(allow, names).judge, 1_000)
    yield opened
    opened.close()


def get(url: str) -> HttpRequest:
    return HttpRequest(route="webhook", method="GET", url=url)


def test_connects_to_the_pinned_address_under_the_name_that_was_asked_for() -> None:
    names = Names(("127.0.0.1",))
    with RawPeer(says(ok(b"hi"))) as peer, carrier(names, LISTED) as out:
        assert out.carry(get(f"http://hooks.test:{peer.port}/a?b=c")).body == b"hi"
    head = peer.requests[0].decode()
    assert head.startswith("GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: hooks.test:{peer.port}\r\n" in head


def test_a_name_that_changes_its_address_after_the_judgement_gains_nothing() -> None:
    names = Names(("93.184.216.34",), ("127.0.0.1",))
    with RawPeer(says(ok())) as peer, carrier(names) as out:
        with pytest.raises(AssertionError, match=r"93\.184\.216\.34"):  # the guard: it went where it was judged to go
            out.carry(get(f"https://rebind.test:{peer.port}/"))
        with pytest.raises(Refused, match="no public address"):
            out.carry(get(f"https://rebind.test:{peer.port}/"))
    assert peer.connections == 0
    assert names.asked == ["rebind.test", "rebind.test"]


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with carrier(Names(("93.184.216.34", "10.0.0.1"))) as out, pytest.raises(Refused):
        out.carry(get("https://mixed.test/"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]"])
def test_the_loopback_is_reached_by_no_spelling(host: str) -> None:
    with (
        RawPeer(says(ok())) as peer,
        carrier(Names(("127.0.0.1",))) as out,
        pytest.raises(Refused),
    ):
        out.carry(get(f"https://{host}:{peer.port}/"))
    assert peer.connections == 0


def test_redirects_into_the_house_are_not_followed() -> None:
    with RawPeer(says(ok())) as inside:
        away = b"HTTP/1.1 307 Go\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % inside.url.encode()
        with RawPeer(says(away)) as peer, carrier(Names(("127.0.0.1",)), LISTED) as out:
            assert out.carry(get(f"http://hooks.test:{peer.port}/")).status == 307
        assert inside.connections == 0


def test_a_name_without_addresses_may_have_some_later() -> None:
    def nobody(host: str) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    with (
        pytest.raises(Transport, match="does not resolve") as caught,
        carrier(nobody) as out,  # type: ignore[arg-type]
    ):
        out.carry(get("https://nowhere.test/"))
    assert not caught.value.maybe_sent


def test_over_tls_the_certificate_has_to_be_for_the_name_and_not_for_the_address() -> None:
    authority = trustme.CA()
    right, wrong = (served_by(authority, name) for name in ("hooks.test", "127.0.0.1"))
    with authority.cert_pem.tempfile() as ca_file:
        context = tls_context(Path(ca_file))
    with carrier(Names(("127.0.0.1",)), LISTED, context) as out:
        with RawPeer(says(ok(b"hi")), right) as peer:
            assert out.carry(get(f"https://hooks.test:{peer.port}/")).body == b"hi"
        with RawPeer(says(ok()), wrong) as peer, pytest.raises(Transport, match="not trusted"):
            out.carry(get(f"https://hooks.test:{peer.port}/"))
    assert context.check_hostname


def test_the_systems_resolver_names_each_address_once() -> None:
    assert resolve("127.0.0.1") == ("127.0.0.1",)
    assert "127.0.0.1" in resolve("localhost")
