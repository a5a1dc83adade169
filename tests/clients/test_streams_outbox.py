"""The outbox: whole frames, in order, bounded, whatever the socket takes at a time."""

import socket
from collections.abc import Iterator

import pytest

from clients.streams.outbox import Outbox, close_frame, message_frame, ping_frame, pong_frame
from tests.clients.stream_peers import BINARY, CLOSE, PING, PONG, TEXT, Caller

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ours.setblocking(False)
    theirs.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def drained(outbox: Outbox, ends: Ends) -> bytes:
    """All bytes in the outbox, sent and received in turns."""
    got = b""
    while not outbox.empty:
        outbox.send_some(ends[0])
        got += ends[1].recv(1 << 20)
    return got


def test_what_the_socket_does_not_take_at_once_follows_later(ends: Ends) -> None:
    outbox = Outbox(4 << 20)
    frames = [bytes([index]) * 300_000 for index in range(5)] + [b"end"]
    assert all(outbox.put(frame) for frame in frames)
    assert 0 < outbox.send_some(ends[0]) < 300_000
    assert not outbox.empty
    ends[1].setblocking(True)
    first = ends[1].recv(1 << 20)
    ends[1].setblocking(False)
    assert first + drained(outbox, ends) == b"".join(frames)


def test_small_frames_leave_together(ends: Ends) -> None:
    outbox = Outbox(1 << 20)
    for frame in (b"one", b"two", b"three"):
        outbox.put(frame)
    assert outbox.send_some(ends[0]) == 11
    assert ends[1].recv(100) == b"onetwothree"
    assert outbox.empty


def test_refuses_what_does_not_fit_until_there_is_room_again(ends: Ends) -> None:
    outbox = Outbox(10)
    assert outbox.put(b"123456")
    assert not outbox.put(b"78901")
    assert not outbox.room_for(5)
    assert outbox.room_for(4)
    outbox.send_some(ends[0])
    assert outbox.put(b"78901")


def test_the_last_frame_always_fits_and_is_the_last(ends: Ends) -> None:
    outbox = Outbox(4)
    assert outbox.put(b"full")
    assert outbox.put(b"goodbye", last=True)
    assert not outbox.put(b"x")
    assert not outbox.put(b"goodbye", last=True)
    assert not outbox.room_for(0)
    assert drained(outbox, ends) == b"fullgoodbye"


def test_sending_to_nobody_is_an_error(ends: Ends) -> None:
    outbox = Outbox(100)
    ends[1].close()
    outbox.put(b"x")
    with pytest.raises(OSError, match="Broken pipe"):
        outbox.send_some(ends[0])


@pytest.mark.parametrize(
    ("frame", "heard"),
    [
        (message_frame("grüße"), (TEXT, "grüße".encode())),
        (message_frame(b"\x00\xff" * 40_000), (BINARY, b"\x00\xff" * 40_000)),
        (message_frame("x" * 200), (TEXT, b"x" * 200)),
        (ping_frame(b"7"), (PING, b"7")),
        (pong_frame(b""), (PONG, b"")),
        (close_frame(1001, "bye"), (CLOSE, b"\x03\xe9bye")),
        (close_frame(1009, "é" * 100), (CLOSE, b"\x03\xf1" + "é".encode() * 61)),
    ],
    ids=["text", "large binary", "longer text", "ping", "pong", "close", "close with a long reason"],  # masks differ
)
def test_frames_are_masked_and_say_what_was_meant(frame: bytes, heard: tuple[int, bytes]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        ours.sendall(frame)
        assert frame[1] & 0x80
        assert Caller(theirs).receive() == heard


def test_a_ping_has_a_limit() -> None:
    with pytest.raises(ValueError, match="125"):
        ping_frame(b"x" * 126)


def test_half_a_surrogate_pair_cannot_be_sent() -> None:
    with pytest.raises(UnicodeEncodeError):
        message_frame("\ud800")
