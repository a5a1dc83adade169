"""Answers at the limits of HTTP/2 and gRPC, and peers that speak neither."""

import ssl

import pytest
import trustme
from hyperframe.frame import ContinuationFrame, DataFrame, GoAwayFrame, HeadersFrame, RstStreamFrame

from media.transcription.door import StreamEnd
from media.transcription.status import Status
from tests.media.transcription.calls import Call, Make, closing, lean, run
from tests.media.transcription.raw_calls import asked
from tests.media.transcription.raw_peer import OK, RESPONSE, goaway, more, place, prefixed

# --- answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        (
            (
                *RESPONSE,
                ("grpc-status", "8"),
                ("grpc-message", "zu viel: 100%25 %C3%BC"),
                ("grpc-retry-pushback-ms", "250"),
            ),
            StreamEnd(code=Status.RESOURCE_EXHAUSTED, message="zu viel: 100% ü", retry_after_s=0.25),
        ),
        ((*RESPONSE, ("grpc-status", "16")), StreamEnd(code=Status.UNAUTHENTICATED)),
        ((*RESPONSE, ("grpc-status", "99")), StreamEnd(code=Status.UNKNOWN)),
        ((*RESPONSE, ("grpc-status", "5"), ("grpc-message", "%zz%")), StreamEnd(code=Status.NOT_FOUND, message="%zz%")),
    ],
)
def test_trailers_may_be_the_whole_answer(fields: tuple[tuple[str, str], ...], end: StreamEnd) -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.trailers(1, *fields)
            assert await call.end() == end

    run(trip)


@pytest.mark.parametrize(
    ("http_status", "status"),
    [
        ("400", Status.INTERNAL),
        ("401", Status.UNAUTHENTICATED),
        ("403", Status.PERMISSION_DENIED),
        ("404", Status.UNIMPLEMENTED),
        ("429", Status.UNAVAILABLE),
        ("502", Status.UNAVAILABLE),
        ("503", Status.UNAVAILABLE),
        ("504", Status.UNAVAILABLE),
        ("418", Status.UNKNOWN),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_what_stands_before_the_service_answers_in_http(
    transport: Make, http_status: str, status: Status, whole: bool
) -> None:
    async def trip() -> None:
        async with asked(transport) as (call, peer):
            peer.answer(1, (":status", http_status), ("content-type", "text/html"), end=whole)
            assert (await call.end()).code is status

    run(trip)


def test_informational_headers_are_passed_over() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.answer(1, (":status", "103"), ("link", "nothing"))
            peer.answer(1)
            peer.result(1, b"x")
            assert await call.result() == b"x"

    run(trip)


def test_headers_may_be_padded_weighted_and_continued() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            block = peer.block(*RESPONSE)
            padded = HeadersFrame(
                1, block[:3], pad_length=7, depends_on=0, stream_weight=9, flags=["PADDED", "PRIORITY"]
            )
            peer.send(padded, ContinuationFrame(1, block[3:5]), ContinuationFrame(1, block[5:], flags=["END_HEADERS"]))
            peer.result(1, b"x")
            assert await call.result() == b"x"
            block = peer.block(*OK)
            peer.send(HeadersFrame(1, b"", flags=["END_STREAM"]), ContinuationFrame(1, block, flags=["END_HEADERS"]))
            assert (await call.end()).code is Status.OK

    run(trip)


def test_a_message_may_come_in_any_number_of_padded_frames() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.answer(1)
            for byte in prefixed(b"hello") + prefixed(b""):
                peer.send(DataFrame(1, bytes((byte,)), pad_length=200, flags=["PADDED"]))
            peer.send(DataFrame(1, b"", pad_length=3, flags=["PADDED"]))
            assert [await call.result(), await call.result()] == [b"hello", b""]

    run(trip)


def test_compression_was_not_offered_and_is_not_taken(transport: Make) -> None:
    async def trip() -> None:
        async with asked(transport) as (call, peer):
            peer.answer(1)
            peer.send(DataFrame(1, prefixed(b"\x1f\x8b", compressed=1)))
            assert (await call.end()).code is Status.INTERNAL
            assert isinstance(await peer.expect(RstStreamFrame), RstStreamFrame)

    run(trip)


def test_an_answer_that_stops_without_trailers_is_an_error() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.answer(1)
            peer.send(DataFrame(1, prefixed(b"x"), flags=["END_STREAM"]))
            assert (await call.end()).code is Status.INTERNAL
            assert call.drained() == [b"x"]

    run(trip)


def test_an_answer_that_ends_within_a_message_is_not_ok() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.answer(1)
            peer.send(DataFrame(1, prefixed(b"hello")[:-1]))
            peer.trailers(1)
            assert (await call.end()).code is Status.INTERNAL

    run(trip)


def test_who_ends_a_call_that_we_have_not_ended_is_told_that_we_stop() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.trailers(1, *RESPONSE, *OK)
            assert (await peer.expect(RstStreamFrame)).error_code == 0
            assert (await call.end()).code is Status.OK

    run(trip)


# --- peers that are none -------------------------------------------------------------------------------------


def test_a_peer_that_never_speaks_is_left_at_the_deadline() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address, connect_s=0.3)) as way:
            call = Call(way)
            peer = await here.stranger()
            end = await call.end()
            assert end.code is Status.UNAVAILABLE
            assert await peer.gone()

    run(trip)


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n"])
def test_a_peer_that_speaks_something_else_is_left(words: bytes) -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.stranger()
            peer.writer.write(words)
            end = await call.end()
            assert end.code is Status.UNAVAILABLE
            assert "the service broke HTTP/2" in end.message

    run(trip)


def test_a_peer_that_breaks_the_protocol_is_told_why() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
            peer.send(more(0, 2**31 - 1))
            assert (await peer.expect(GoAwayFrame)).error_code == 3
            assert (await call.end()).code is Status.UNAVAILABLE

    run(trip)


def test_a_peer_that_says_goodbye_at_once_is_not_asked_again_before_its_time() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address, retry_min_s=1000.0, retry_max_s=1000.0)) as way:
            call = Call(way)
            peer = await here.peer()
            peer.send(goaway(0, 0, b"not today"))
            assert "not today" in (await call.end()).message
            assert "not today" in (await Call(way).end()).message
            assert len(here.peers) == 1

    run(trip)


def test_tls_without_a_word_of_http_2_is_refused() -> None:
    async def trip() -> None:
        authority = trustme.CA()
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        with authority.cert_pem.tempfile() as ca_file:
            async with place(tls) as here, closing(lean(here.address, plaintext=False, ca_file=ca_file)) as way:
                end = await Call(way).end()
                assert end.code is Status.UNAVAILABLE
                assert "has not chosen h2 by ALPN" in end.message

    run(trip)
