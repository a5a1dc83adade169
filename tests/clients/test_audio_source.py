"""Files behind URLs: only what is looked at is fetched, from servers with all their habits."""

import gzip
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clients.addresses import AddressJudge
from clients.audio_source import BLOCK, MOST_REQUESTS, AudioSource, Unreadable
from clients.carrier import Carrier
from clients.tls import tls_context
from genesys.errors import Malformed, TimedOut, Transport
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import allowed
from tests.clients.audio_cdn import File, Shelf
from tests.clients.peers import Answer, RawPeer, dribbles, ok, says
from tests.loopback import only_loopback

LIMIT = 4_000_000
LONG = b"".join(b"%07d\n" % number for number in range(100_000))  # 800,000 bytes, each place another


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


@contextmanager
def source(answer: Answer, path: str = "/a", within_s: float = 10.0, limit: int = LIMIT) -> Iterator[AudioSource]:
    carrier = Carrier(tls_context(), AddressJudge(allowed("127.0.0.1")).judge, limit)
    with RawPeer(answer) as peer:
        yield AudioSource(carrier, peer.url + path, most_bytes=limit, ends_at_s=time.monotonic() + within_s)
        carrier.close()


def trouble(opened: AudioSource) -> str:
    with pytest.raises(Unreadable) as caught:
        opened.open()
    return caught.value.problem.trouble


# --- with ranges ---------------------------------------------------------------------------------------------


def test_only_what_is_looked_at_is_fetched() -> None:
    shelf = Shelf({"/a": File(LONG)})
    with source(shelf) as file:
        file.open()
        assert (file.size, file.etag, file.read(8)) == (800_000, '"v1"', b"0000000\n")
        file.seek(-8, io.SEEK_END)
        assert file.read() == b"0099999\n"
    assert shelf.asked == ["GET 0-65535", "GET 786432-799999"]


def test_nothing_is_fetched_twice_and_who_reads_on_gets_ever_more_at_once() -> None:
    shelf = Shelf({"/a": File(LONG)})
    with source(shelf) as file:
        file.open()
        assert b"".join(iter(lambda: file.read(1000), b"")) == LONG
        file.seek(0)
        assert file.read() == LONG
    assert shelf.sent == len(LONG)
    assert len(shelf.asked) == 4


def test_places_are_as_in_any_file() -> None:
    with source(Shelf({"/a": File(LONG)})) as file:
        file.open()
        assert (file.seek(100), file.seek(-4, io.SEEK_CUR), file.tell()) == (100, 96, 96)
        assert file.read(8) == b"0000012\n"
        assert (file.seek(900_000), file.read(4), file.read(0)) == (900_000, b"", b"")
        with pytest.raises(OSError, match="before the start"):
            file.seek(-900_001, io.SEEK_END)


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_files_of_any_size_are_read_whole(size: int) -> None:
    with source(Shelf({"/a": File(LONG[:size])})) as file:
        file.open()
        assert file.read() == LONG[:size]


def test_a_file_that_changes_meanwhile_is_given_up() -> None:
    shelf = Shelf({"/a": File(LONG)})
    with source(shelf) as file:
        file.open()
        shelf.change("/a", etag='"v2"')
        with pytest.raises(Unreadable, match="changed while"):
            file.read()


def test_an_empty_file_has_no_first_byte() -> None:
    with source(Shelf({"/a": File(b"")})) as file:
        assert trouble(file) == "empty"


@pytest.mark.parametrize(
    "told", [b"bytes 0-3/9", b"bytes 1-4/4", b"bytes 0-3/3", b"bytes 0-2/4", b"bytes 0-9/10", b"bytes 4-0/4"]
)
def test_a_part_that_was_not_asked_for_is_not_taken(told: bytes) -> None:
    answer = b"HTTP/1.1 206 P\r\nContent-Length: 4\r\nContent-Range: %s\r\n\r\nRIFF" % told
    with source(says(answer)) as file:
        assert trouble(file) == "unreachable"


def test_a_part_of_an_unknown_whole_is_fetched_as_a_whole() -> None:
    unknown = b"HTTP/1.1 206 P\r\nContent-Length: 4\r\nContent-Range: bytes 0-3/*\r\n\r\nRIFF"
    with source(says(unknown, ok(b"RIFF and more"))) as file:
        file.open()
        assert file.read() == b"RIFF and more"
    with source(says(unknown, unknown)) as file:
        assert trouble(file) == "unreachable"


# --- without -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
def test_a_server_without_ranges_sends_it_all(chunked: bool) -> None:
    shelf = Shelf({"/a": File(LONG, ranges=False, chunked=chunked)})
    with source(shelf) as file:
        file.open()
        file.seek(-8, io.SEEK_END)
        assert (file.size, file.read()) == (800_000, b"0099999\n")
    assert shelf.asked == ["GET 0-65535"]


@pytest.mark.parametrize("chunked", [False, True])
def test_an_empty_answer_is_an_empty_file(chunked: bool) -> None:
    shelf = Shelf({"/a": File(b"", ranges=False)})
    with source(shelf) as file:
        assert trouble(file) == "empty"


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_file_beyond_the_limit_is_too_big_however_it_comes(ranges: bool, chunked: bool) -> None:
    with source(Shelf({"/a": File(LONG, ranges=ranges, chunked=chunked)}), limit=500_000) as file:
        assert trouble(file) == "too_big"


def test_an_endless_answer_is_cut_off_at_the_limit() -> None:
    with source(dribbles(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(200_000)), limit=100_000) as file:
        assert trouble(file) == "too_big"


def test_an_answer_that_breaks_off_is_no_short_file() -> None:
    with source(says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nRIFF")) as file, pytest.raises(Transport):
        file.open()


# --- HEAD ----------------------------------------------------------------------------------------------------


def test_a_head_tells_the_etag() -> None:
    shelf = Shelf({"/a": File(LONG)})
    with source(shelf) as file:
        assert file.head() == '"v1"'
    assert (shelf.asked, shelf.sent) == (["HEAD"], 0)


def test_a_head_tells_of_a_file_beyond_the_limit() -> None:
    with source(Shelf({"/a": File(LONG)}), limit=500_000) as file, pytest.raises(Unreadable, match="500000 bytes"):
        file.head()


@pytest.mark.parametrize("status", [403, 404, 405, 500, 501])
def test_a_server_without_head_tells_nothing_by_it(status: int) -> None:
    with source(Shelf({"/a": File(LONG, head=status)})) as file:
        assert file.head() == ""
        file.open()


def test_a_server_that_hangs_up_at_a_head_is_asked_by_get() -> None:
    with source(says(b"")) as file:
        assert file.head() == ""


def test_a_body_after_a_head_is_not_the_next_answer() -> None:
    smuggled = b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"
    with source(says(ok(smuggled), ok())) as file:
        file.head()
        file.open()  # on a connection of its own, where this peer begins anew
        assert file.read() == smuggled


def test_an_etag_of_any_length_is_none() -> None:
    with source(Shelf({"/a": File(LONG, etag='"' + "x" * 1000 + '"')})) as file:
        assert file.head() == ""


# --- what is not there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_missing(status: int) -> None:
    with source(Shelf({"/a": File(LONG, status=status)})) as file:
        assert trouble(file) == "missing"


@pytest.mark.parametrize("status", [204, 301, 302, 307, 401, 403, 416, 429, 500, 503])
def test_what_a_server_does_not_give_says_nothing_about_the_file(status: int) -> None:
    with source(Shelf({"/a": File(LONG, status=status, headers=(b"Location: http://127.0.0.1:1/",))})) as file:
        assert trouble(file) == "unreachable"


def test_encoded_answers_are_refused() -> None:
    packed = gzip.compress(bytes(1_000_000))
    with source(says(ok(packed, b"Content-Encoding: gzip"))) as file, pytest.raises(Malformed, match="encoded"):
        file.open()


def test_a_server_that_dribbles_is_given_up_in_time() -> None:
    with source(dribbles(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), within_s=0.3) as file:
        with pytest.raises(TimedOut):
            file.open()
        with pytest.raises(TimedOut, match="no time left"):
            file.open()


class Calm:
    """Has a file of `size` bytes, without a network."""

    def __init__(self, size: int) -> None:
        self._size = size

    def carry(self, request: HttpRequest) -> HttpResponse:
        first, last = (int(place) for place in request.headers["range"].removeprefix("bytes=").split("-"))
        body = bytes(min(last + 1, self._size) - first)
        told = {"content-range": f"bytes {first}-{first + len(body) - 1}/{self._size}"}
        return HttpResponse(status=206, headers=told, body=body)


def calm(size: int) -> AudioSource:
    return AudioSource(Calm(size), "https://cdn.test/a", most_bytes=LIMIT, ends_at_s=1.0, clock=lambda: 0.0)


def test_a_size_that_is_claimed_reserves_no_memory() -> None:
    with pytest.raises(Unreadable, match="more than 4000000 bytes"):
        calm(1 << 40).open()


def test_a_reader_that_jumps_about_is_stopped() -> None:
    file = calm(BLOCK * (MOST_REQUESTS + 10))
    file.open()
    for back in range(1, MOST_REQUESTS):
        file.seek(-back * BLOCK, io.SEEK_END)
        file.read(1)
    file.seek(-MOST_REQUESTS * BLOCK, io.SEEK_END)
    with pytest.raises(Unreadable, match="more than 40 requests"):
        file.read(1)
