"""A service that uses flow control and pings to their limits."""

import asyncio

from hyperframe.frame import DataFrame, PingFrame, SettingsFrame, WindowUpdateFrame

from media.transcription.status import Status
from tests.media.transcription.calls import Call, Make, closing, lean, run
from tests.media.transcription.raw_calls import asked
from tests.media.transcription.raw_peer import OK, RESPONSE, goaway, more, place, prefixed, settings_frame

# --- flow control --------------------------------------------------------------------------------------------


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
        async with asked(lean) as (call, peer):
            peer.answer(1)
            for _ in range(80):
                while min(peer.windows[0], peer.windows[1]) < 16_005:
                    await peer.expect(WindowUpdateFrame)
                peer.windows.subtract({0: 16_005, 1: 16_005})
                peer.result(1, b"x" * 16_000)
                await call.result()

    run(trip)


# --- pings and silence ---------------------------------------------------------------------------------------


def test_a_storm_of_pings_is_answered_one_by_one_and_disturbs_no_stream() -> None:
    async def trip() -> None:
        async with asked(lean) as (call, peer):
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
