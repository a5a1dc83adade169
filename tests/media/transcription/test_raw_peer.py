"""The lean transport, and where it may be asked of it grpcio's, against a service that writes its frames by hand."""

import pytest
from hyperframe.frame import PingFrame

from media.transcription.door import StreamEnd
from media.transcription.status import Status
from tests.media.transcription.calls import Call, Make, closing, lean, run
from tests.media.transcription.raw_calls import asked
from tests.media.transcription.raw_peer import goaway, place, prefixed, reset, settings_frame


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
        async with asked(lean) as (call, peer):
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
        async with asked(lean) as (call, peer):
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
        async with asked(transport) as (call, peer):
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
