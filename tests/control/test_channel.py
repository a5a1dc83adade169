"""One client's socket: how its bytes come, go, wait and end."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.channel import Channel

LINE = st.binary(min_size=1, max_size=20).filter(lambda line: line.strip() == line and b"\n" not in line)


class Tap:
    """A transport that can be turned off and on."""

    def __init__(self) -> None:
        self.reading = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Owner:
    """Hears lines, as many as there is room for."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.heard: list[bytes | None] = []
        self.room_for = room

    def hear(self, line: bytes | None) -> None:
        self.heard.append(line)
        self.room_for -= 1

    def room(self) -> bool:
        return self.room_for > 0


def by_hand(
    scene: Callable[[Channel, Owner, Tap], Coroutine[Any, Any, None]], room: int = 1_000_000, deadline_s: float = 20.0
) -> None:
    """A channel without a socket: the test says what arrives."""

    async def play() -> None:
        channel, owner, tap = Channel(lambda _channel: None, deadline_s), Owner(room), Tap()
        channel.connection_made(tap)  # type: ignore[arg-type] # a tap stands for the transport
        channel.listen(owner.hear, owner.room)
        await asyncio.wait_for(scene(channel, owner, tap), 20)

    asyncio.run(play())


async def whatever_is_due() -> None:
    """Return once every task has had a turn and every alarm has rung that is due by now."""
    rung = asyncio.Event()
    asyncio.get_running_loop().call_later(0.0, rung.set)
    await rung.wait()


@given(st.lists(LINE), st.lists(st.integers(1, 9), min_size=1), st.lists(st.integers(0, 4)))
def test_every_line_is_heard_once_and_in_order_however_it_comes_and_whenever_there_is_room(
    sent: list[bytes], steps: list[int], rooms: list[int]
) -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        stream, turn = b"".join(line + b"\n" for line in sent), 0
        while stream:
            step = steps[turn % len(steps)]
            if tap.reading:
                channel.data_received(stream[:step])
                stream = stream[step:]
            assert owner.heard == sent[: len(owner.heard)]
            owner.room_for += rooms[turn] if turn < len(rooms) else 1
            channel.go_on()
            turn += 1
        owner.room_for += len(sent)
        channel.go_on()
        assert owner.heard == sent
        assert tap.reading

    by_hand(scene, room=1)


def test_what_comes_before_anybody_listens_waits() -> None:
    async def play() -> None:
        channel, owner, tap = Channel(lambda _channel: None), Owner(), Tap()
        channel.connection_made(tap)  # type: ignore[arg-type] # a tap stands for the transport
        channel.data_received(b"early\n")
        assert not tap.reading
        channel.listen(owner.hear, owner.room)
        assert owner.heard == [b"early"]
        assert tap.reading

    asyncio.run(play())


def test_without_room_nothing_is_heard_and_nothing_more_is_read() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        channel.data_received(b"one\ntwo\nthr")
        assert (owner.heard, tap.reading) == ([b"one"], False)
        owner.room_for = 1
        channel.go_on()
        assert (owner.heard, tap.reading) == ([b"one", b"two"], True)

    by_hand(scene, room=1)


def test_a_line_that_is_not_finished_in_time_is_the_last_thing_heard_of() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        channel.data_received(b"one\ntw")
        await channel.ended
        assert channel.overdue
        channel.data_received(b"o\nthree\n")
        assert owner.heard == [b"one"]

    by_hand(scene, deadline_s=0.0)


def test_a_line_has_its_time_from_its_own_first_byte_and_none_while_we_do_not_read() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        channel.data_received(b"one\ntwo\nthr")  # `two` finds no room: we keep the client from ending the third
        await whatever_is_due()
        assert not channel.ended.done()
        owner.room_for = 5
        channel.go_on()
        channel.data_received(b"ee\n")
        await whatever_is_due()
        assert not channel.ended.done()
        assert owner.heard == [b"one", b"two", b"three"]

    by_hand(scene, room=1, deadline_s=0.0)


def test_who_ends_its_side_is_heard_out_first() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        channel.data_received(b"one\ntwo\n")
        assert channel.eof_received()  # it may still read
        assert not channel.ended.done()
        owner.room_for = 1
        channel.go_on()
        assert channel.ended.done()
        assert owner.heard == [b"one", b"two"]

    by_hand(scene, room=1)


def test_what_comes_without_a_newline_is_heard_when_its_side_ends() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        channel.data_received(b"one\nhal")
        channel.eof_received()
        assert owner.heard == [b"one", b"hal"]
        assert channel.ended.done()

    by_hand(scene)


def test_who_is_ignored_is_not_heard() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        channel.ignore()
        channel.data_received(b"one\n")
        channel.eof_received()
        assert owner.heard == []
        assert channel.ended.done()

    by_hand(scene)


def test_a_writer_waits_for_its_reader_and_hears_when_that_has_gone() -> None:
    async def scene(channel: Channel, owner: Owner, tap: Tap) -> None:
        await channel.taken()
        channel.pause_writing()
        waiting = asyncio.create_task(channel.taken())
        await whatever_is_due()
        assert not waiting.done()
        channel.resume_writing()
        await waiting
        channel.pause_writing()
        channel.connection_lost(BrokenPipeError())
        with pytest.raises(ConnectionResetError):
            await channel.taken()
        assert channel.ended.done()
        assert channel.ended.exception() is None

    by_hand(scene)


def test_a_fault_in_hearing_ends_the_channel_with_it() -> None:
    def broken(_line: bytes | None) -> None:
        raise ZeroDivisionError("a bug")

    async def play() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, _context: None)  # asyncio tells of it, too
        ours, theirs = socket.socketpair()
        with theirs:
            made: list[Channel] = []
            await loop.connect_accepted_socket(lambda: Channel(made.append), ours)
            made[0].listen(broken, lambda: True)
            theirs.sendall(b"one\n")
            with pytest.raises(ZeroDivisionError):
                await asyncio.wait_for(made[0].ended, 20)

    asyncio.run(play())
