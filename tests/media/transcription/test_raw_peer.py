"""The lean transport, and where it may be asked of it grpcio's, against a service that uses HTTP/2 to its limits."""

import asyncio
import ssl

import pytest
import trustme
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
)

from media.transcription.door import StreamEnd
from media.transcription.status import Status
from tests.media.transcription.calls import Call, Make, closing, grpcio, lean, run
from tests.media.transcription.raw_peer import OK, RESPONSE, goaway, more, place, prefixed, reset, settings_frame


@pytest.fixture(params=[lean, grpcio], ids=["lean", "grpcio"])
def transport(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


# --- streams and connections -----------------------------------------------------------------------------------


def test_a_request_is_one_of_grpc() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            Call(way, deadline_s=12)
            peer = await here.peer()
            assert await peer.request() == (
                1,
                {
                    ":method": "POST",
                    ":scheme": "http",
                    ":authority": here.address,
                    ":path": "/transcription.TranscriptionService/StreamAudio",
                    "content-type": "application/grpc",
                    "te": "trailers",
                    "user-agent": "genesys-switchboard",
                    "grpc-timeout": "12000m",
                },
            )

    run(trip)


def test_a_peer_without_a_table_for_headers_is_spoken_to_without_one() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            Call(way), Call(way)
            peer = await here.peer(header_table_size=0)
            peer._decoder.max_allowed_table_size = 0
            assert [(await peer.request())[0] for _ in range(2)] == [1, 3]

    run(trip)


def test_nothing_is_taken_before_the_connection_is_there_and_everything_after() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            assert not call.offer(b"early")
            peer = await here.peer()
            await call.send(b"now")
            await peer.request()
            assert await peer.data(8) == [prefixed(b"now")]

    run(trip)


def test_a_goodbye_in_mid_stream_ends_only_what_the_service_has_not_processed() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            kept, lost = Call(way), Call(way)
            peer = await here.peer()
            assert [(await peer.request())[0] for _ in range(2)] == [1, 3]
            peer.send(goaway(1, why=b"restart"))
            assert await lost.end() == StreamEnd(
                code=Status.UNAVAILABLE, message="the service says goodbye: NO_ERROR restart", unprocessed=True
            )
            new = Call(way)
            other = await here.peer()
            assert (await other.request())[0] == 1
            peer.answer(1)
            peer.result(1, b"still here")
            assert await kept.result() == b"still here"
            peer.trailers(1)
            assert (await kept.end()).code is Status.OK
            assert await peer.gone()
            await new.send(b"x")
            assert await other.data(6) == [prefixed(b"x")]

    run(trip)


def test_a_gentle_goodbye_comes_in_two_steps() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.send(goaway(2**31 - 1), PingFrame(0, b"12345678"), goaway(1))
            peer.answer(1)
            peer.trailers(1)
            assert (await call.end()).code is Status.OK

    run(trip)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (0x0, Status.INTERNAL),
        (0x1, Status.INTERNAL),
        (0x2, Status.INTERNAL),
        (0x3, Status.INTERNAL),
        (0x6, Status.INTERNAL),
        (0x8, Status.CANCELLED),
        (0x9, Status.INTERNAL),
        (0xB, Status.RESOURCE_EXHAUSTED),
        (0xC, Status.PERMISSION_DENIED),
    ],
)
def test_a_reset_stream_ends_with_the_status_that_grpc_gives_it(code: int, status: Status) -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call, other = Call(way), Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            peer.send(reset(1, code))
            end = await call.end()
            assert (end.code, end.unprocessed) == (status, False)
            await other.send(b"x")
            assert await peer.data(6) == [prefixed(b"x")]

    run(trip)


def test_a_refused_stream_may_be_sent_again() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.send(reset(1, 0x7))
            end = await call.end()
            assert (end.code, end.unprocessed) == (Status.UNAVAILABLE, True)

    run(trip)


def test_beyond_the_limit_of_streams_further_connections_are_opened() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            calls = [Call(way) for _ in range(3)]
            peers = []
            for _ in calls:
                peers.append(await here.peer(max_concurrent_streams=1))
                await peers[-1].request()
            for number, call in enumerate(calls):
                await call.send(b"%d" % number)
            heard = [await peer.data(6) for peer in peers]
            assert sorted(heard) == [[prefixed(b"%d" % number)] for number in range(3)]

    run(trip)


def test_a_place_that_becomes_free_is_taken_before_another_connection_is() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            first = Call(way)
            peer = await here.peer(max_concurrent_streams=1)
            await peer.request()
            first.stream.abort()
            Call(way)
            assert (await peer.request())[0] == 3

    run(trip)


def test_a_service_that_takes_no_streams_for_now_is_waited_for_but_not_forever() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address, connect_s=0.5)) as way:
            gives_up = Call(way)
            peer = await here.peer(max_concurrent_streams=0)
            end = await gives_up.end()
            assert (end.code, end.message) == (Status.UNAVAILABLE, "no room for a stream within 0.5 s")
            call = Call(way)
            peer.send(settings_frame(max_concurrent_streams=1))
            assert (await peer.request())[0] == 1
            await call.send(b"x")
            assert len(here.peers) == 1

    run(trip)


def test_a_connection_that_breaks_takes_its_streams_with_it(transport: Make) -> None:
    async def trip() -> None:
        async with place() as here, closing(transport(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            peer.writer.transport.abort()
            end = await call.end()
            assert (end.code, end.unprocessed) == (Status.UNAVAILABLE, False)

    run(trip)


def test_after_a_connection_that_broke_a_new_one_is_made() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.writer.close()
            await call.end()
            Call(way)
            assert (await (await here.peer()).request())[0] == 1

    run(trip)


# --- flow control ----------------------------------------------------------------------------------------------


def test_a_window_of_one_byte_lets_one_byte_through_at_a_time(transport: Make) -> None:
    async def trip() -> None:
        async with place() as here, closing(transport(here.address)) as way:
            call = Call(way)
            peer = await here.peer(initial_window_size=1)
            stream_id, _ = await peer.request()
            talking = asyncio.ensure_future(call.send(b"abc", b"defgh"))
            heard = b""
            for _ in range(18):
                (piece,) = await peer.data(1)
                assert len(piece) == 1
                heard += piece
                peer.send(more(stream_id, 1))
            assert heard == prefixed(b"abc") + prefixed(b"defgh")
            await talking

    run(trip)


def test_room_is_told_when_there_is_some_again() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer(initial_window_size=10)
            await call.send(b"1234")
            assert call.offer(b"5678")  # one byte of it fits, the rest is held
            assert not call.offer(b"more")
            peer.send(more(1, 8))
            await call.room()
            assert b"".join(await peer.data(18)) == prefixed(b"1234") + prefixed(b"5678")
            assert call.offer(b"more")

    run(trip)


def test_settings_in_flight_may_turn_a_window_negative() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer(initial_window_size=100)
            await call.send(b"a" * 75)
            await peer.data(80)
            peer.send(settings_frame(initial_window_size=10))  # 20 left of 100, hence -70
            assert "ACK" in (await peer.expect(SettingsFrame)).flags
            assert call.offer(b"b" * 15)
            peer.send(more(1, 70))
            assert await peer.silence()
            peer.send(more(1, 4))
            assert await peer.data(4) == [prefixed(b"b" * 15)[:4]]
            peer.send(settings_frame(initial_window_size=1000))
            assert b"".join(await peer.data(16)) == prefixed(b"b" * 15)[4:]

    run(trip)


def test_the_connection_s_window_binds_all_streams_together() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            first, second = Call(way), Call(way)
            peer = await here.peer(initial_window_size=1_000_000)
            await first.send(b"a" * 65_000)
            await peer.data(65_005)
            assert second.offer(b"b" * 1000)
            assert [len(piece) for piece in await peer.data(530)] == [530]
            assert await peer.silence()
            peer.send(more(0, 10_000))
            assert b"".join(await peer.data(475)) == b"b" * 475

    run(trip)


def test_no_frame_is_longer_than_the_peer_takes() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer(initial_window_size=1_000_000)
            await call.send(b"a" * 20_000)
            assert [len(piece) for piece in await peer.data(20_005)] == [16_384, 3_621]
            peer.send(settings_frame(max_frame_size=30_000))
            await peer.expect(SettingsFrame)
            await call.send(b"a" * 20_000)
            assert [len(piece) for piece in await peer.data(20_005)] == [20_005]

    run(trip)


def test_half_closing_comes_behind_what_is_held(transport: Make) -> None:
    async def trip() -> None:
        async with place() as here, closing(transport(here.address)) as way:
            call = Call(way)
            peer = await here.peer(initial_window_size=3)
            stream_id, _ = await peer.request()
            await call.send(b"abc")
            call.stream.finish()
            await peer.data(3)
            peer.send(more(stream_id, 100))
            heard = b""
            while "END_STREAM" not in (frame := await peer.expect(DataFrame)).flags:
                heard += frame.data
            assert (heard + frame.data)[2:] == b"abc"

    run(trip)


def test_windows_for_answers_are_opened_again_as_answers_come() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            reading = asyncio.ensure_future(peer.answer_everything())
            for _ in range(80):
                while min(peer.windows[0], peer.windows[1]) < 16_005:
                    await asyncio.sleep(0)
                peer.windows.subtract({0: 16_005, 1: 16_005})
                peer.result(1, b"x" * 16_000)
                await call.result()
            reading.cancel()

    run(trip)


# --- pings and silence -----------------------------------------------------------------------------------------


def test_a_storm_of_pings_is_answered_one_by_one_and_disturbs_no_stream() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.send(*(PingFrame(0, number.to_bytes(8, "big")) for number in range(5_000)))
            for number in range(5_000):
                assert (await peer.expect(PingFrame)).opaque_data == number.to_bytes(8, "big")
            await call.send(b"x")
            assert await peer.data(6) == [prefixed(b"x")]

    run(trip)


def test_a_peer_that_has_fallen_silent_is_asked_and_then_left(transport: Make) -> None:
    async def trip() -> None:
        async with (
            place() as here,
            closing(transport(here.address, keepalive_s=0.2, keepalive_deadline_s=0.2)) as way,
        ):
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            await peer.expect(PingFrame)
            assert (await call.end()).code is Status.UNAVAILABLE

    run(trip)


def test_a_sign_of_life_is_enough() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address, keepalive_s=0.05, keepalive_deadline_s=2)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            for _ in range(2):
                asked = await peer.expect(PingFrame)
                peer.send(PingFrame(0, asked.opaque_data, flags=["ACK"]))
            peer.trailers(1, *RESPONSE, *OK)
            assert (await call.end()).code is Status.OK

    run(trip)


def test_who_complains_about_pings_gets_fewer() -> None:
    async def trip() -> None:
        async with place() as here:
            way = lean(here.address, keepalive_s=0.05, keepalive_deadline_s=20)
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            await peer.expect(PingFrame)
            peer.send(goaway(1, 0xB, b"too_many_pings"))
            peer.trailers(1, *RESPONSE, *OK)
            await call.end()
            assert await peer.gone()
            loop = asyncio.get_running_loop()
            Call(way)
            other = await here.peer()
            await other.request()
            opened = loop.time()
            await other.expect(PingFrame)
            assert loop.time() - opened > 0.07
            await way.close()

    run(trip)


# --- answers ---------------------------------------------------------------------------------------------------


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
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
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
        async with place() as here, closing(transport(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1, (":status", http_status), ("content-type", "text/html"), end=whole)
            assert (await call.end()).code is status

    run(trip)


def test_informational_headers_are_passed_over() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1, (":status", "103"), ("link", "nothing"))
            peer.answer(1)
            peer.result(1, b"x")
            assert await call.result() == b"x"

    run(trip)


def test_headers_may_be_padded_weighted_and_continued() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
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
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            for byte in prefixed(b"hello") + prefixed(b""):
                peer.send(DataFrame(1, bytes((byte,)), pad_length=200, flags=["PADDED"]))
            peer.send(DataFrame(1, b"", pad_length=3, flags=["PADDED"]))
            assert [await call.result(), await call.result()] == [b"hello", b""]

    run(trip)


def test_compression_was_not_offered_and_is_not_taken(transport: Make) -> None:
    async def trip() -> None:
        async with place() as here, closing(transport(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            peer.send(DataFrame(1, prefixed(b"\x1f\x8b", compressed=1)))
            assert (await call.end()).code is Status.INTERNAL
            assert isinstance(await peer.expect(RstStreamFrame), RstStreamFrame)

    run(trip)


def test_an_answer_that_stops_without_trailers_is_an_error() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            peer.send(DataFrame(1, prefixed(b"x"), flags=["END_STREAM"]))
            assert (await call.end()).code is Status.INTERNAL
            assert call.drained() == [b"x"]

    run(trip)


def test_an_answer_that_ends_within_a_message_is_not_ok() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.answer(1)
            peer.send(DataFrame(1, prefixed(b"hello")[:-1]))
            peer.trailers(1)
            assert (await call.end()).code is Status.INTERNAL

    run(trip)


def test_who_ends_a_call_that_we_have_not_ended_is_told_that_we_stop() -> None:
    async def trip() -> None:
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
            peer.trailers(1, *RESPONSE, *OK)
            assert (await peer.expect(RstStreamFrame)).error_code == 0
            assert (await call.end()).code is Status.OK

    run(trip)


# --- peers that are none ---------------------------------------------------------------------------------------


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
        async with place() as here, closing(lean(here.address)) as way:
            call = Call(way)
            peer = await here.peer()
            await peer.request()
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
