"""Connections that are slow, large, malformed or many."""

import resource
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import orjson
import pytest
from loguru import logger

from tests.control.house import PATIENCE_S, until
from tests.web.house import INJECT, Door, Talk, WebHouse, succeeded
from web.limits import Limits

HURRIED = Limits(request_s=0.3, write_s=0.3, crowd_s=0.3)
BODY = orjson.dumps(INJECT)
JSON: dict[str, Any] = {"Content-Type": "application/json"}


@pytest.fixture
def hurried(house: WebHouse) -> Iterator[Door]:
    """A door with little patience."""
    with house.door(limits=HURRIED) as opened:
        yield opened


@pytest.fixture
def lines() -> Iterator[list[str]]:
    heard: list[str] = []
    sink = logger.add(lambda message: heard.append(str(message)), format="{message}", level="WARNING")
    yield heard
    logger.remove(sink)


# --- slow ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [b"POST /inj", b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_end_is_408(hurried: Door, part: bytes) -> None:
    with hurried.connect() as talk:
        talk.send(part)
        reply = talk.reply()
        assert (reply.status, reply.headers["connection"]) == (408, "close")
        assert reply.problem()["type"].endswith(":slow")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert talk.at_end()


def test_a_body_that_does_not_end_is_408_and_no_order(house: WebHouse, hurried: Door) -> None:
    with hurried.connect() as talk:
        talk.send(talk.request("POST", "/inject", BODY, **JSON)[:-1])
        assert talk.reply().status == 408
        assert talk.at_end()
    assert house.barges.heard.empty()


def test_a_body_in_drops_does_not_win_time(hurried: Door) -> None:
    with hurried.connect() as talk:
        talk.send(talk.request("POST", "/inject", Content_Length="60000", **JSON))
        drops = 0
        talk.socket.settimeout(0.02)
        while not _answered(talk):
            drops += 1
            assert drops < 1000
        talk.socket.settimeout(20)
        assert talk.reply().status == 408


def _answered(talk: Talk) -> bool:
    """Whether an answer is there to be read, after one more drop."""
    try:
        talk.send(b" ")
        return bool(talk.socket.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False


def test_whoever_says_nothing_is_closed_without_a_word(hurried: Door) -> None:
    with hurried.connect() as talk:
        assert talk.socket.recv(1) == b""


def test_an_order_may_take_longer_than_its_request(house: WebHouse, hurried: Door) -> None:
    house.barges.decide = lambda _submit: None
    with hurried.connect() as talk:
        talk.send(talk.request("POST", "/inject", BODY, **JSON))
        submit = house.barges.hears()
        with hurried.connect() as silent:
            assert silent.socket.recv(1) == b""  # the time for a request is over
        house.journal.end(succeeded(submit))
        assert talk.reply().status == 201


def test_a_client_that_does_not_read_is_cut(house: WebHouse, hurried: Door) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", hurried.port))
        asks = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 2000
        with pytest.raises(OSError):
            _pour(client, asks)
    until(lambda: hurried.server.facts()["connections"] == 0)


def _pour(client: socket.socket, raw: bytes) -> None:
    """Send 100 MB or so; nobody takes them all."""
    for _ in range(1000):
        client.sendall(raw)


# --- large ---------------------------------------------------------------------------------------------------------


def test_a_body_that_is_said_to_be_too_large_is_413_before_it_is_read(house: WebHouse, door: Door) -> None:
    with door.connect() as talk:
        talk.send(talk.request("POST", "/inject", Content_Length="65537", **JSON))
        reply = talk.reply()
    assert reply.status == 413
    assert "65536" in reply.problem()["message"]
    assert house.barges.heard.empty()


def test_a_body_that_turns_out_too_large_is_413_while_it_is_read(door: Door) -> None:
    with door.connect() as talk:
        talk.send(
            talk.request("POST", "/inject", Transfer_Encoding="chunked", **JSON).replace(b"content-length: 0\r\n", b"")
        )
        for _ in range(5):
            talk.send(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        assert talk.reply().status == 413


def test_a_body_of_64_kib_is_taken(door: Door) -> None:
    assert door.inject(BODY.ljust(65_536)).status == 201


def test_what_is_left_of_an_unwanted_body_is_read_and_the_connection_goes_on(door: Door) -> None:
    with door.connect() as talk:
        talk.send(talk.request("POST", "/inject", b" " * 200_000, **JSON))
        assert talk.reply().status == 413
        talk.send(talk.request("GET", "/health"))
        assert talk.reply("GET").status == 200


def test_an_unwanted_body_without_end_is_cut(house: WebHouse) -> None:
    with house.door(limits=Limits(discard_bytes=100_000)) as door, door.connect() as talk:
        talk.send(talk.request("POST", "/nope", Content_Length="100000000"))
        assert talk.reply().status == 404
        with pytest.raises(OSError):
            _pour(talk.socket, b" " * 100_000)


@pytest.mark.parametrize("size", [20_000, 300_000])
def test_a_head_that_is_too_large_is_431(door: Door, size: int) -> None:
    with door.connect() as talk:
        talk.send(talk.request("GET", "/health", X="y" * size))
        assert talk.reply().problem()["status"] == 431


# --- malformed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    ],
)
def test_what_is_no_http_is_400(door: Door, raw: bytes) -> None:
    with door.connect() as talk:
        talk.send(raw)
        assert talk.reply().problem()["type"].endswith(":head")
        assert talk.at_end()


def test_a_chunk_that_is_none_is_400_and_no_order(house: WebHouse, door: Door) -> None:
    with door.connect() as talk:
        head = talk.request("POST", "/inject", Transfer_Encoding="chunked", **JSON)
        talk.send(head.replace(b"content-length: 0\r\n", b"") + b"zz\r\n")
        assert talk.reply().status == 400
    assert house.barges.heard.empty()


def test_who_asks_for_websockets_is_answered_in_http_and_told_of_once(door: Door, lines: list[str]) -> None:
    for _ in range(2):
        assert door.get("/health", Upgrade="websocket", Connection="Upgrade").status == 200
    (line,) = lines
    assert "SWITCHBOARD_MEDIA_LISTEN" in line


def test_a_client_that_goes_in_the_middle_is_no_error(house: WebHouse, door: Door, lines: list[str]) -> None:
    for cut in (7, -5):
        with door.connect() as talk:
            talk.send(talk.request("POST", "/inject", BODY, **JSON)[:cut])
    until(lambda: door.server.facts()["connections"] == 0)
    assert door.get("/health").status == 200
    assert lines == []


def test_requests_may_be_pipelined(door: Door) -> None:
    with door.connect() as talk:
        talk.send(talk.request("GET", "/health") * 3)
        assert [talk.reply("GET").body for _ in range(3)] == [b"ok"] * 3


# --- many ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Room for both ends of a thousand connections, where the machine has it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_at_once_are_all_answered_and_logged_once(
    house: WebHouse, descriptors: None, lines: list[str]
) -> None:
    patient = Limits(crowd_s=PATIENCE_S, request_s=PATIENCE_S)  # all connect before the first one asks
    with house.door(limits=patient) as door, ExitStack() as stack:
        talks = [stack.enter_context(door.connect()) for _ in range(1000)]
        for talk in talks:
            talk.send(talk.request("POST", "/inject", BODY, **JSON))
        replies = [talk.reply() for talk in talks]
        assert len(lines) == 1
        assert "256 are served" in lines[0]
    statuses = Counter(reply.status for reply in replies)
    assert set(statuses) <= {201, 503}
    assert statuses[201] >= 256
    assert statuses[503] > 0
    assert all(reply.problem() and reply.headers["retry-after"] for reply in replies if reply.status == 503)


def test_health_is_told_in_any_crowd(house: WebHouse) -> None:
    with house.door(limits=Limits(most_served=2)) as door, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(door.connect())
        until(lambda: door.server.facts()["connections"] == 2)
        assert door.inject().problem()["type"].endswith(":busy")
        health = door.get("/health")
        assert (health.status, health.headers["connection"]) == (200, "close")


def test_past_the_last_place_the_answer_does_not_wait_for_the_question(house: WebHouse) -> None:
    with house.door(limits=Limits(most_served=1, most_connections=2)) as door, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(door.connect())
        until(lambda: door.server.facts()["connections"] == 2)
        with door.connect() as talk:
            assert talk.reply().problem()["status"] == 503
            assert talk.at_end()


def test_a_place_that_is_left_is_free_again(house: WebHouse) -> None:
    with house.door(limits=Limits(most_served=1)) as door:
        with door.connect():
            until(lambda: door.server.facts()["connections"] == 1)
            assert door.inject().status == 503
        until(lambda: door.server.facts()["connections"] == 0)
        assert door.inject().status == 201
