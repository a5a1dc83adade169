"""What every transport does, against grpcio's server and real sockets."""

import asyncio
import socket
from collections.abc import Iterator
from threading import Event

import grpc
import pytest
from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckResponse

from media.transcription.door import MAX_MESSAGE_BYTES, MAX_METADATA_BYTES, StreamEnd, TranscriptionTransport
from media.transcription.health import HealthCheck
from media.transcription.status import Status
from tests.media.transcription.calls import Call, Make, closing, run
from tests.media.transcription.servers import echo, server


def test_messages_come_back_in_their_order_and_the_half_close_ends_the_call(transport: Make) -> None:
    async def trip() -> None:
        with server(echo) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                sent = [b"%d" % number * 50 for number in range(300)]
                await call.send(*sent)
                call.stream.finish()
                assert await call.end() == StreamEnd(code=Status.OK)
                assert call.drained() == sent
                assert way.ready

    run(trip)


def test_many_calls_at_once_do_not_mix_their_results(transport: Make) -> None:
    async def talk(call: Call, name: bytes) -> None:
        for number in range(20):
            await call.send(b"%s %d" % (name, number))
            assert await call.result() == b"%s %d" % (name, number)
        call.stream.finish()
        assert (await call.end()).code is Status.OK

    async def trip() -> None:
        with server(echo) as address:
            async with closing(transport(address)) as way:
                await asyncio.gather(*(talk(Call(way), b"call %d" % number) for number in range(30)))

    run(trip)


@pytest.mark.parametrize("size", [0, 1, 16_379, 16_380, 65_530, 65_531, 1_000_000])
def test_messages_of_any_size_go_both_ways(transport: Make, size: int) -> None:
    async def trip() -> None:
        with server(echo) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                sent = [b"a" * size, b"b" * size, b"c"]
                await call.send(*sent)
                call.stream.finish()
                assert (await call.end()).code is Status.OK
                assert call.drained() == sent

    run(trip)


def test_a_service_that_does_not_read_is_not_flooded_and_gets_everything_once_it_reads(transport: Make) -> None:
    reads = Event()
    heard: list[bytes] = []

    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        reads.wait(30)
        heard.extend(chunks)
        yield b"done"

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                taken = await flood(call)
                assert taken < 2_000
                reads.set()
                await call.send(b"last")
                call.stream.finish()
                assert await call.result() == b"done"
                assert len(heard) == taken + 1

    async def flood(call: Call) -> int:
        """Messages that were taken before there was no room for longer than it takes to get them away."""
        taken = 0
        while taken < 2_000:
            if call.offer(b"x" * 10_000):
                taken += 1
                continue
            try:
                async with asyncio.timeout(1):
                    await call.room()
            except TimeoutError:
                return taken
        return taken

    run(trip)


def test_an_error_without_any_answer_is_told_with_its_words(transport: Make) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "so nicht: größer als 100 %")
        yield b""

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                assert await call.end() == StreamEnd(
                    code=Status.PERMISSION_DENIED, message="so nicht: größer als 100 %"
                )

    run(trip)


def test_an_error_after_results_leaves_the_results(transport: Make) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        yield next(chunks)
        context.abort(grpc.StatusCode.DATA_LOSS, "lost it")

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                await call.send(b"one", b"two")
                assert (await call.end()).code is Status.DATA_LOSS
                assert call.drained() == [b"one"]

    run(trip)


@pytest.mark.parametrize(("pushback", "seconds"), [("1500", 1.5), ("0", 0.0), ("-1", -1.0), ("soon", -1.0)])
def test_a_pushback_is_read(transport: Make, pushback: str, seconds: float) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        context.set_trailing_metadata((("grpc-retry-pushback-ms", pushback),))
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls")
        yield b""

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                end = await Call(way).end()
                assert (end.code, end.retry_after_s) == (Status.RESOURCE_EXHAUSTED, seconds)

    run(trip)


@pytest.mark.parametrize("size", [10_000, MAX_METADATA_BYTES - 1_000])
def test_large_metadata_is_taken(transport: Make, size: int) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        context.send_initial_metadata((("first", "x" * size),))
        context.set_trailing_metadata((("last", "y" * size),))
        yield from chunks

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                for _ in range(2):
                    call = Call(way)
                    await call.send(b"one")
                    call.stream.finish()
                    assert (await call.end()).code is Status.OK
                    assert call.drained() == [b"one"]

    run(trip)


def test_metadata_without_measure_ends_the_call_and_not_the_others(transport: Make) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        first = next(chunks)
        if first == b"too much":
            context.set_trailing_metadata((("last", "y" * (MAX_METADATA_BYTES + 1_000)),))
            return
        yield first
        yield from chunks

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                other, call = Call(way), Call(way)
                await other.send(b"one")
                assert await other.result() == b"one"
                await call.send(b"too much")
                assert (await call.end()).code is Status.RESOURCE_EXHAUSTED
                await other.send(b"two")
                assert await other.result() == b"two"

    run(trip)


def test_an_answer_over_the_limit_ends_the_call(transport: Make) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"x" * MAX_MESSAGE_BYTES
        yield b"x" * (MAX_MESSAGE_BYTES + 1)

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                assert (await call.end()).code is Status.RESOURCE_EXHAUSTED
                assert [len(result) for result in call.drained()] == [MAX_MESSAGE_BYTES]

    run(trip)


def test_a_call_ends_at_its_deadline(transport: Make) -> None:
    async def trip() -> None:
        with server(echo) as address:
            async with closing(transport(address)) as way:
                assert (await Call(way, deadline_s=0.2).end()).code is Status.DEADLINE_EXCEEDED

    run(trip)


def test_the_service_knows_the_deadline(transport: Make) -> None:
    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"%d" % context.time_remaining()

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                assert 900 <= int(await Call(way, deadline_s=1000).result()) <= 1010  # gRPC rounds up to three digits

    run(trip)


def test_an_aborted_call_is_cancelled_at_the_service_and_silent_here(transport: Make) -> None:
    cancelled = Event()

    def behaviour(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        context.add_callback(cancelled.set)
        yield from chunks

    async def trip() -> None:
        with server(behaviour) as address:
            async with closing(transport(address)) as way:
                call = Call(way)
                await call.send(b"one")
                assert await call.result() == b"one"
                call.stream.abort()
                assert await asyncio.to_thread(cancelled.wait, 20)
                assert not call.stream.send(b"two")
                assert not call.ended.done()

    run(trip)


def test_what_nobody_has_implemented_is_said_to_be_so(transport: Make) -> None:
    async def trip() -> None:
        with server(echo) as address:
            async with closing(transport(address)) as way:
                assert (await Call(way, path="/transcription.Other/Thing").end()).code is Status.UNIMPLEMENTED

    run(trip)


def test_without_a_service_a_call_ends_as_unavailable(transport: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        async def trip() -> None:
            async with closing(transport(address)) as way:
                calls = [Call(way), Call(way)]
                assert [(await call.end()).code for call in calls] == [Status.UNAVAILABLE] * 2
                assert not way.ready

        run(trip)


def test_a_service_that_goes_away_takes_its_calls_with_it(transport: Make) -> None:
    async def trip() -> None:
        with server(echo) as address:
            way = transport(address)
            call = Call(way)
            await call.send(b"one")
            assert await call.result() == b"one"
        assert (await call.end()).code in {Status.UNAVAILABLE, Status.CANCELLED}
        await way.close()

    run(trip)


def test_closing_ends_the_calls_that_are_open(transport: Make) -> None:
    async def trip() -> None:
        with server(echo) as address:
            way = transport(address)
            call = Call(way)
            await call.send(b"one")
            assert await call.result() == b"one"
            await way.close()
            assert (await call.end()).code is Status.UNAVAILABLE

    run(trip)


def test_calls_beyond_the_service_s_limit_of_streams_are_served_all_the_same(transport: Make) -> None:
    async def trip() -> None:
        with server(echo, options={"grpc.max_concurrent_streams": 1}) as address:
            async with closing(transport(address)) as way:
                calls = [Call(way) for _ in range(4)]
                await asyncio.gather(*(talk(call) for call in calls))

    async def talk(call: Call) -> None:
        await call.send(b"one")
        call.stream.finish()
        assert (await call.end()).code is Status.OK
        assert call.drained() == [b"one"]

    run(trip)


def test_health_is_asked_over_either_transport(transport: Make) -> None:
    health = HealthServicer()

    async def ask(way: TranscriptionTransport) -> str:
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        HealthCheck(way, deadline_s=20, told=told.set_result)
        return await told

    async def trip() -> None:
        with server(echo, health=health) as address:
            async with closing(transport(address)) as way:
                assert await ask(way) == ""
                health.set("", HealthCheckResponse.NOT_SERVING)
                assert await ask(way) == "it says that it does not serve"
        with server(echo) as address:
            async with closing(transport(address)) as way:
                assert await ask(way) == ""  # it has never heard of such a question

    run(trip)
