"""The webhook door: Standard Webhooks headers that the library itself verifies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from clients.webhooks import WebhookDoor, utc_now
from genesys.errors import Refused
from messages.rest import HttpRequest
from rules.addresses import allowed
from tests.clients.peers import RawPeer, dribbles, ok, says
from tests.loopback import only_loopback

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = '{"status":"transferred","name":"Zoë"}'


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


@contextmanager
def opened(*secrets: str, at: datetime | None = None) -> Iterator[WebhookDoor]:
    now = utc_now if at is None else lambda: at
    door = WebhookDoor(secrets, allow=allowed("127.0.0.1"), now=now)
    yield door
    door.close()


def post(peer: RawPeer) -> HttpRequest:
    headers = {"webhook-id": "msg_1", "content-type": "application/json"}
    return HttpRequest(route="webhook", method="POST", url=peer.url, headers=headers, body=BODY.encode(), bearer=False)


def heard(peer: RawPeer, number: int = 0) -> tuple[dict[str, str], str]:
    head, body = peer.requests[number].decode().split("\r\n\r\n", 1)
    lines = head.split("\r\n")[1:]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}, body


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_while_keys_are_rotated_receivers_of_either_key_can_verify(secret: str) -> None:
    with RawPeer(says(ok())) as peer, opened(OLD, NEW) as door:
        assert door.send(post(peer)).status == 200
    headers, body = heard(peer)
    assert Webhook(secret).verify(body, headers)["name"] == "Zoë"


def test_an_endpoint_is_called_by_its_name_at_the_address_that_was_judged() -> None:
    with RawPeer(says(ok())) as peer:
        door = WebhookDoor(allow=allowed("hooks.test"), resolver=lambda _host: ("127.0.0.1",))
        url = f"http://hooks.test:{peer.port}/a{{b}}?c=d#e"
        assert door.send(replace(post(peer), url=url)).status == 200
        door.close()
    assert peer.requests[0].startswith(b"POST /a%7Bb%7D?c=d HTTP/1.1\r\nHost: hooks.test:" + str(peer.port).encode())


def test_no_header_can_be_smuggled_in() -> None:
    with RawPeer(says(ok())) as peer, opened() as door, pytest.raises(Refused):
        door.send(replace(post(peer), headers={"webhook-id": "a\r\nX-Evil: 1"}))
    assert peer.connections == 0


def test_a_changed_body_does_not_verify() -> None:
    with RawPeer(says(ok())) as peer, opened(OLD) as door:
        door.send(post(peer))
    headers, body = heard(peer)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body.replace("Zoë", "Eve"), headers)


def test_a_second_try_has_the_same_id_and_a_new_time() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    with RawPeer(says(ok())) as peer:
        for later_s in (0, 5):
            with opened(OLD, at=first + timedelta(seconds=later_s)) as door:
                door.send(post(peer))
    (one, _), (two, _) = heard(peer, 0), heard(peer, 1)
    assert one["webhook-id"] == two["webhook-id"] == "msg_1"
    assert int(two["webhook-timestamp"]) - int(one["webhook-timestamp"]) == 5
    assert one["webhook-signature"] != two["webhook-signature"]


def test_without_secrets_there_is_no_signature() -> None:
    with RawPeer(says(ok())) as peer, opened() as door:
        door.send(post(peer))
    headers, _body = heard(peer)
    assert "webhook-signature" not in headers
    assert headers["webhook-id"] == "msg_1"


def test_only_the_status_is_read_of_the_answer() -> None:
    endless = b"HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: 999999999\r\n\r\nx"
    with RawPeer(says(endless)) as peer, opened() as door:
        response = door.send(post(peer))
    assert (response.status, response.body) == (202, b"")


def test_addresses_that_are_not_listed_are_refused() -> None:
    with RawPeer(says(ok())) as peer, pytest.raises(Refused):
        WebhookDoor(resolver=lambda _host: ("127.0.0.1",)).send(post(peer))
    assert peer.connections == 0


def test_a_secret_that_is_none_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        WebhookDoor(["whsec_ö"])


def test_what_a_receiver_says_at_length_does_not_come_as_the_next_answer() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"HTTP/1.1 410 Gone\r\n\r\n" * 50_000
    with RawPeer(says(long)) as peer, opened() as door:
        assert [door.send(post(peer)).status for _ in range(3)] == [200, 200, 200]
    assert peer.connections == 3


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
GZIPPED = b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Encoding: gzip", b"Content-Length: 3", b"", b"..."])


@pytest.mark.parametrize("answer", [ok(), ok(b'{"received":true}'), CHUNKED, NO_CONTENT, GZIPPED])
def test_a_short_answer_keeps_the_connection_for_the_next(answer: bytes) -> None:
    with RawPeer(says(answer, answer, answer)) as peer, opened() as door:
        assert [door.send(post(peer)).status // 100 for _ in range(3)] == [2, 2, 2]
        assert (peer.connections, len(peer.requests)) == (1, 3)


@pytest.mark.parametrize("answer", [ok(b"", b"Connection: close"), b"HTTP/1.0 200 OK\r\n\r\nbye"])
def test_a_receiver_that_hangs_up_gets_a_new_connection(answer: bytes) -> None:
    with RawPeer(says(answer)) as peer, opened() as door:
        assert [door.send(post(peer)).status for _ in range(2)] == [200, 200]
        assert peer.connections == 2


def test_a_receiver_that_never_finishes_its_words_has_received_all_the_same() -> None:
    unfinished = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nx"
    with RawPeer(dribbles(unfinished)) as peer, opened() as door:
        assert [door.send(post(peer)).status for _ in range(2)] == [200, 200]
        assert peer.connections == 2
