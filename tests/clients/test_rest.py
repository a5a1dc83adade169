"""The REST door against real servers on the loopback: every trap of requests' defaults, closed."""

import gzip
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from clients.answers import MOST_HEAD
from clients.rest import RestDoor, rest_objection
from clients.tls import tls_context
from genesys.errors import Fault, Malformed, Refused, TimedOut, Transport
from messages.rest import HttpRequest, HttpResponse
from tests.clients.peers import Answer, RawPeer, dribbles, of_old, ok, says, served_by
from tests.loopback import only_loopback

CANARY = "canary-7f3a9"


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


@pytest.fixture
def door() -> Iterator[RestDoor]:
    opened = RestDoor(body_cap=1_000)
    yield opened
    opened.close()


def get(url: str, timeout_s: float = 10.0, **headers: str) -> HttpRequest:
    return HttpRequest(route="GET /thing", method="GET", url=url, headers=headers, timeout_s=timeout_s)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def fault(door: RestDoor, request: HttpRequest) -> Fault:
    with pytest.raises(Fault) as caught:
        door.send(request)
    return caught.value


# --- what comes back -----------------------------------------------------------------------------------------


def test_brings_status_headers_in_lower_case_and_body(door: RestDoor) -> None:
    with RawPeer(says(ok(b"hello", b"InIn-RateLimit-Count: 7"))) as peer:
        response = door.send(get(peer.url))
    assert (response.status, response.body) == (200, b"hello")
    assert response.headers["inin-ratelimit-count"] == "7"


def test_sends_method_body_and_headers_as_they_are(door: RestDoor) -> None:
    with RawPeer(says(ok())) as peer:
        door.send(
            HttpRequest(route="r", method="POST", url=f"{peer.url}/a?b=c", headers={"x-y": "z"}, body=b'{"a": 1}')
        )
    head = peer.requests[0].decode()
    assert head.startswith("POST /a?b=c HTTP/1.1\r\n")
    assert "x-y: z" in head
    assert head.endswith('{"a": 1}')


def test_keeps_the_connection_for_the_next_request(door: RestDoor) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with RawPeer(says(ok(b"one"), chunked, ok(), ok(b"four"))) as peer:
        bodies = [door.send(get(peer.url)).body for _ in range(4)]
    assert bodies == [b"one", b"abcde", b"", b"four"]
    assert peer.connections == 1


def test_opens_a_new_connection_where_the_server_closed_the_old_one(door: RestDoor) -> None:
    with RawPeer(says(ok(b"one", b"Connection: close"))) as peer:
        assert [door.send(get(peer.url)).body for _ in range(2)] == [b"one", b"one"]
    assert peer.connections == 2


def test_errors_of_genesys_are_answers(door: RestDoor) -> None:
    with RawPeer(says(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")) as peer:
        response = door.send(get(peer.url))
    assert (response.status, response.headers["retry-after"]) == (503, "7")


# --- what the environment must not change --------------------------------------------------------------------


def test_a_netrc_does_not_replace_the_bearer(door: RestDoor, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\n")
    with RawPeer(says(ok())) as peer, environment(NETRC=str(netrc)):
        door.send(get(peer.url, authorization="Bearer T"))
    assert b"authorization: Bearer T" in peer.requests[0]
    assert b"Basic" not in peer.requests[0]


def test_proxies_of_the_environment_are_ignored(door: RestDoor) -> None:
    with (
        RawPeer(says(ok(b"straight"))) as peer,
        RawPeer(says(ok(b"by proxy"))) as proxy,
        environment(http_proxy=proxy.url, HTTP_PROXY=proxy.url, all_proxy=proxy.url, no_proxy=""),
    ):
        assert door.send(get(peer.url)).body == b"straight"
    assert proxy.connections == 0


def test_cookies_are_not_kept(door: RestDoor) -> None:
    with RawPeer(says(ok(b"", b"Set-Cookie: a=b"), ok())) as peer:
        door.send(get(peer.url))
        door.send(get(peer.url))
    assert b"ookie" not in peer.requests[1]


# --- where it does not go ------------------------------------------------------------------------------------


def test_redirects_are_answers_and_the_bearer_goes_to_no_other_host(door: RestDoor) -> None:
    with RawPeer(says(ok())) as other:
        away = b"HTTP/1.1 302 Found\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n" % other.url.encode()
        with RawPeer(says(away)) as peer:
            assert door.send(get(peer.url, authorization="Bearer T")).status == 302
        assert other.connections == 0


def test_plain_http_is_for_loopback_only(door: RestDoor) -> None:
    refused = fault(door, get("http://api.mypurecloud.com/api/v2/users/me"))
    assert isinstance(refused, Refused)
    assert "loopback" in refused.detail
    assert rest_objection("http://localhost:1/x") is None
    assert rest_objection("http://[::1]:1/x") is None
    assert rest_objection("https://api.mypurecloud.com/x") is None


@pytest.mark.parametrize(
    "url", [f"https://{'a' * 64}.example/", "https://a..example/", "https://*.example/", "https://xn--a.example..:1/"]
)
def test_a_host_that_no_resolver_takes_is_refused_and_no_crash(door: RestDoor, url: str) -> None:
    assert isinstance(fault(door, get(url)), Refused)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "http://127.0.0.1/a b", "127.0.0.1", ""])
def test_what_is_no_url_is_refused(door: RestDoor, url: str) -> None:
    assert isinstance(fault(door, get(url)), Refused)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00", "é€", "a\x7f"])
def test_no_header_can_be_smuggled_in(door: RestDoor, value: str) -> None:
    with RawPeer(says(ok())) as peer:
        assert isinstance(fault(door, get(peer.url, authorization=value)), Refused)
        bad_name = HttpRequest(route="r", method="GET", url=peer.url, headers={value: "x"})
        assert isinstance(fault(door, bad_name), Refused)
        bad_method = HttpRequest(route="r", method=value, url=peer.url)
        assert isinstance(fault(door, bad_method), Refused)
    assert peer.connections == 0


# --- answers that are too much -------------------------------------------------------------------------------


def test_only_identity_is_asked_for_and_encoded_answers_are_refused(door: RestDoor) -> None:
    bomb = gzip.compress(b"\0" * 1_000_000)
    with RawPeer(says(ok(bomb, b"Content-Encoding: gzip"))) as peer:
        assert isinstance(fault(door, get(peer.url)), Malformed)
    assert b"Accept-Encoding: identity" in peer.requests[0]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
    ],
)
def test_a_body_over_the_cap_is_not_read_to_its_end(door: RestDoor, head: bytes) -> None:
    with RawPeer(says(head + b"y" * 1_001)) as peer:
        assert isinstance(fault(door, get(peer.url)), Malformed)


def test_a_body_of_just_the_cap_is_fine(door: RestDoor) -> None:
    with RawPeer(says(ok(b"y" * 1_000))) as peer:
        assert len(door.send(get(peer.url)).body) == 1_000


def test_what_was_left_of_a_body_too_long_does_not_come_as_the_next_answer(door: RestDoor) -> None:
    with RawPeer(says(ok(b"y" * 1_000_000), ok(b"never on this connection"))) as peer:
        fault(door, get(peer.url))
        fault(door, get(peer.url))
    assert peer.connections == 2


def test_endless_headers_are_a_broken_answer(door: RestDoor) -> None:
    with RawPeer(says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * MOST_HEAD + b"\r\n")) as peer:
        assert isinstance(fault(door, get(peer.url)), Malformed)


# --- time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"],
    ids=["status line", "headers", "body"],
)
def test_a_peer_that_dribbles_is_cut_off_when_the_whole_time_is_over(door: RestDoor, start: bytes) -> None:
    with RawPeer(dribbles(start)) as peer:
        late = fault(door, get(peer.url, timeout_s=0.3))
    assert isinstance(late, TimedOut)
    assert late.maybe_sent


def test_a_peer_that_dribbles_over_tls_is_cut_off_too() -> None:
    authority = trustme.CA()
    with RawPeer(dribbles(b"HTTP/1.1 200 OK\r\nX-Long: "), served_by(authority)) as peer, trusting(authority) as door:
        assert isinstance(fault(door, get(peer.url, timeout_s=1.0)), TimedOut)


# --- faults and what they mean -------------------------------------------------------------------------------


def test_a_refused_connection_was_certainly_not_sent(door: RestDoor) -> None:
    with RawPeer(says()) as peer:
        url = peer.url
    refused = fault(door, get(url))
    assert isinstance(refused, Transport)
    assert not isinstance(refused, TimedOut)
    assert not refused.maybe_sent
    assert "refused" in refused.detail


def closes_after_reading(connection: object, peer: RawPeer) -> None:
    peer.read_request(connection)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [
        closes_after_reading,
        says(b"220 smtp.example.com ESMTP\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\nabc"),
    ],
    ids=["closed", "not http", "truncated", "truncated chunk", "nonsense chunk"],
)
def test_an_answer_that_breaks_off_may_have_had_its_effect(door: RestDoor, answer: Answer) -> None:
    with RawPeer(answer) as peer:
        broken = fault(door, get(peer.url))
    assert isinstance(broken, Transport)
    assert broken.maybe_sent


def test_no_fault_shows_the_query_the_headers_or_what_the_library_knows(door: RestDoor) -> None:
    with RawPeer(says(b"junk\r\n")) as peer:
        urls = [f"{peer.url}/?client_secret={CANARY}", f"http://127.0.0.1:1/?client_secret={CANARY}"]
        urls += [
            f"http://{CANARY}@127.0.0.1/",
            f"http://api.example/?{CANARY}",
            f"https://127.0.0.1:{peer.port}/?{CANARY}",
        ]
        faults = [fault(door, get(url, timeout_s=0.5, authorization=f"Bearer {CANARY}")) for url in urls]
    for told in faults:
        assert CANARY not in f"{told!r} {told} {told.detail} {told.__cause__!r}"
        assert told.__suppress_context__ or told.__context__ is None


def test_a_request_and_a_response_show_neither_headers_nor_body() -> None:
    headers, body = {"a": CANARY}, CANARY.encode()
    request = HttpRequest(route="r", method="GET", url="https://x.example/", headers=headers, body=body)
    assert CANARY not in repr(request)
    assert CANARY not in repr(HttpResponse(status=200, headers=headers, body=body))


# --- TLS -----------------------------------------------------------------------------------------------------


@contextmanager
def trusting(authority: trustme.CA) -> Iterator[RestDoor]:
    with authority.cert_pem.tempfile() as ca_file:
        opened = RestDoor(tls_context(Path(ca_file)))
    yield opened
    opened.close()


def test_the_given_authority_is_trusted_and_keeps_the_connection() -> None:
    authority = trustme.CA()
    with RawPeer(says(ok(b"safe"), ok(b"too")), served_by(authority)) as peer, trusting(authority) as door:
        assert [door.send(get(peer.url)).body for _ in range(2)] == [b"safe", b"too"]
    assert peer.connections == 1


def test_nobody_else_is_trusted_and_nothing_was_sent(door: RestDoor) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    with RawPeer(says(ok()), served_by(theirs)) as peer:
        with trusting(ours) as pinned:
            untrusted = fault(pinned, get(peer.url))
        assert isinstance(untrusted, Transport)
        assert not untrusted.maybe_sent
        assert "not trusted" in untrusted.detail
        assert isinstance(fault(door, get(peer.url)), Transport)
    assert peer.requests == []


def test_a_certificate_for_another_name_is_not_trusted() -> None:
    authority = trustme.CA()
    with RawPeer(says(ok()), served_by(authority, "api.example.com")) as peer, trusting(authority) as door:
        assert isinstance(fault(door, get(peer.url)), Transport)
    assert peer.requests == []


def test_an_authority_of_the_environment_is_not_listened_to() -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    with (
        RawPeer(says(ok()), served_by(theirs)) as peer,
        theirs.cert_pem.tempfile() as evil,
        environment(REQUESTS_CA_BUNDLE=evil, CURL_CA_BUNDLE=evil, SSL_CERT_FILE=evil),
        trusting(ours) as door,
    ):
        assert isinstance(fault(door, get(peer.url)), Transport)
    assert peer.requests == []


def test_session_keys_are_not_logged_for_the_environment(tmp_path: Path) -> None:
    authority, keys = trustme.CA(), tmp_path / "keys"
    with (
        environment(SSLKEYLOGFILE=str(keys)),
        RawPeer(says(ok()), served_by(authority)) as peer,
        trusting(authority) as door,
    ):
        assert door.send(get(peer.url)).status == 200
    assert not keys.exists()


def test_tls_below_1_2_is_refused() -> None:
    authority = trustme.CA()
    with RawPeer(says(ok()), of_old(served_by(authority))) as peer, trusting(authority) as door:
        assert isinstance(fault(door, get(peer.url)), Transport)
    assert peer.requests == []
    assert tls_context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_ca_file_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        tls_context(tmp_path / "nowhere.pem")
