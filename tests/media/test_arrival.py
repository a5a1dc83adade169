"""Connections before they are upgraded: slow ones cost little and not for long."""

import asyncio
import gc
import socket
from contextlib import suppress
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from picows import WSUpgradeRequest

from media.arrival import Arrival, HalfOpen
from media.doorway import Refusal
from messages.media import AudioStreamOpened
from tests.media.callers import TEXT, audio_json, calling, request, ws_frame
from tests.media.houses import housed
from tests.media.workers import PATIENCE_S, plan


def test_a_request_that_does_not_come_in_time_is_cut_off() -> None:
    with housed(plan(), handshake_s=0.05) as house, calling(house.port) as caller:
        caller.send(request()[:-2])
        assert caller.body() == b""


def test_whoever_waits_longest_goes_when_too_many_wait() -> None:
    with housed(plan()) as house:
        waiting = [socket.create_connection(("127.0.0.1", house.port), PATIENCE_S) for _ in range(3)]
        for one in waiting:
            one.settimeout(PATIENCE_S)
            one.sendall(b"GET /media-api HTTP/1.1\r\n")
        with calling(house.port) as caller:
            caller.upgraded()
        assert hung_up(waiting[0])
        waiting[1].sendall(b"Host: x\r\n\r\n")
        assert waiting[1].recv(12) == b"HTTP/1.1 401"
        for one in waiting:
            one.close()


def test_who_was_accepted_as_the_worker_ended_is_cut_off() -> None:
    with housed(plan()) as house:
        house.do(house.half_open.cut_all)
        with calling(house.port) as caller:
            with suppress(OSError):  # it may be cut off by now
                caller.send(request())
            assert hung_up(caller.sock)


def test_a_request_may_come_in_any_pieces_with_frames_behind_it() -> None:
    with housed(plan()) as house:

        @given(cuts=st.lists(st.integers(1, 600), max_size=6))
        @settings(max_examples=30)
        def comes_in(cuts: list[int]) -> None:
            with calling(house.port) as caller:
                caller.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                whole = request() + ws_frame(TEXT, audio_json(1)) + ws_frame(TEXT, audio_json(2))
                for start, end in pairwise([0, *sorted(cuts), len(whole)]):
                    caller.send(whole[start:end])
                assert caller.head()[0] == 101
                house.line.hears(AudioStreamOpened)
                caller.hang_up()
                assert [number for number, _ in house.uplinks[-1].audio_sent] == [1, 2]

        comes_in()


def test_a_version_that_is_no_text_is_refused() -> None:
    with housed(plan()) as house, calling(house.port) as caller:
        caller.send(request().replace(b"Version: 13", b"Version: \xff"))
        assert caller.head()[0] == 400
        caller.body()


def test_whom_nobody_can_judge_is_cut_off_and_the_fault_is_told() -> None:
    faults: list[BaseException] = []

    async def judge(_request: WSUpgradeRequest) -> Refusal:
        raise RuntimeError("a fault of ours")

    async def trip() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, told: faults.append(told["exception"]))
        server = await loop.create_server(lambda: Arrival(judge, HalfOpen(), 1_000), "127.0.0.1", 0)
        async with server, asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(request())
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
        gc.collect()  # with the task, whose fault is told then

    asyncio.run(trip())
    assert [str(fault) for fault in faults] == ["a fault of ours"]


def hung_up(sock: socket.socket) -> bool:
    """Whether nothing came, but the end."""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True
