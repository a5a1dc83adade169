"""One stream's reading: order, shares, back-pressure, and peers that break the rules."""

import select
import socket
import threading
import time
from queue import SimpleQueue

import pytest

from clients.streams import StreamLimits
from clients.streams.handshake import Shaken
from clients.streams.stream import RECEIVE_BYTES, Stream, Traffic
from messages.streams import StreamClosed, StreamFrames, StreamOpened
from tests.clients.stream_peers import (
    BINARY,
    CONTINUATION,
    LIMIT_S,
    TEXT,
    Caller,
    Ear,
    frame,
    peer,
    wait_for,
)
from tests.clients.stream_planes import connect, plane, server_tls

MIB = 1 << 20


def sends(*frames: bytes) -> "list[tuple[int, str]]":
    """The close frames a peer got that sent `frames` in one go."""
    got: list[tuple[int, str]] = []

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(*frames)
        got.append(caller.receive_close())

    ear = Ear()
    with peer(script) as server, plane() as streams:
        connect(streams, server, ear)
        ended = ear.expect(StreamClosed)
        assert ended.opened
        assert ear.silent()
    assert [ended.code] == [code for code, _ in got]
    return got


# --- reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [1, 3, 64])
def test_tls_pending_bytes_ten_frames_in_one_record_are_all_heard(share: int) -> None:
    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(*(frame(TEXT, str(number).encode()) for number in range(10)))
        caller.read_on()

    ear = Ear()
    limits = StreamLimits(frames_per_wake=share)
    with peer(script, server_tls()) as server, plane(limits=limits) as streams:
        connect(streams, server, ear)
        assert ear.frames(10) == [str(number) for number in range(10)]


@pytest.mark.parametrize("tls", [False, True])
def test_big_and_small_messages_arrive_in_order_whatever_a_wake_up_may_take(tls: bool) -> None:
    wanted: list[str | bytes] = [b"x" * MIB, "small", b"y" * 100_000, b"z" * MIB, "end"]

    def script(caller: Caller) -> None:
        caller.upgrade()
        for message in wanted:
            text = isinstance(message, str)
            caller.send(frame(TEXT if text else BINARY, message.encode() if isinstance(message, str) else message))
        caller.read_on()

    ear = Ear()
    limits = StreamLimits(bytes_per_wake=1_000)
    with peer(script, server_tls() if tls else None) as server, plane(limits=limits) as streams:
        connect(streams, server, ear)
        assert ear.frames(len(wanted)) == wanted


def test_one_wake_up_brings_at_most_its_share_as_one_message() -> None:
    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"x") * 200)
        caller.read_on()

    ear = Ear()
    with peer(script) as server, plane() as streams:
        connect(streams, server, ear)
        sizes: list[int] = []
        while sum(sizes) < 200:
            sizes.append(len(ear.expect(StreamFrames).frames))
    assert max(sizes) == 64


def test_half_a_frame_then_silence_from_one_peer_does_not_delay_another() -> None:
    release = threading.Event()

    def halves(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"whole at last")[:7])
        wait_for(release)
        caller.send(frame(TEXT, b"whole at last")[7:])
        caller.read_on()

    def lively(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"hello"))
        caller.send(frame(*caller.receive()))
        caller.read_on()

    slow, quick = Ear(), Ear()
    with peer(halves) as one, peer(lively) as other, plane() as streams:
        connect(streams, one, slow)
        quick_id = connect(streams, other, quick)
        assert quick.frames(1) == ["hello"]
        assert streams.send(quick_id, "echo")
        assert quick.frames(1) == ["echo"]
        assert slow.silent()
        release.set()
        assert slow.frames(1) == ["whole at last"]


def test_a_peer_that_never_stops_sending_leaves_others_their_turn() -> None:
    talked_enough = threading.Event()

    def torrent(caller: Caller) -> None:
        caller.upgrade()
        while not talked_enough.is_set():
            caller.send(frame(BINARY, b"x") * 1_000)

    def echoes(caller: Caller) -> None:
        caller.upgrade()
        while True:
            caller.send(frame(*caller.receive()))

    quick = Ear()
    with peer(torrent) as one, peer(echoes) as other, plane() as streams:
        connect(streams, one, Ear())
        quick_id = connect(streams, other, quick)
        for number in range(20):
            assert streams.send(quick_id, str(number))
            assert quick.frames(1) == [str(number)]
        talked_enough.set()


@pytest.mark.parametrize("tls", [False, True])
def test_back_pressure_switches_reading_off_and_on(tls: bool) -> None:
    clogged, message, count = threading.Event(), frame(BINARY, b"x" * 65_000), 1_000

    def script(caller: Caller) -> None:
        caller.upgrade()
        for _ in range(count):
            if not select.select([], [caller.sock], [], 0.2)[1]:
                clogged.set()
            caller.send(message)
        caller.read_on()

    ear = Ear()
    with peer(script, server_tls() if tls else None) as server, plane() as streams:
        ear.behind = 1_000
        connect(streams, server, ear)
        wait_for(clogged)
        assert streams.counts().paused == 1
        heard = len(ear.expect(StreamFrames).frames)
        assert heard < count
        assert ear.silent()
        ear.behind = 250
        assert ear.frames(count - heard) == [b"x" * 65_000] * (count - heard)
        assert streams.counts().paused == 0


def test_what_came_before_a_reset_is_heard_after_the_back_pressure() -> None:
    heard_first, gone = threading.Event(), threading.Event()

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"first"))
        wait_for(heard_first)
        caller.send(frame(TEXT, b"second"))
        caller.reset()
        gone.set()

    ear = Ear()
    with peer(script) as server, plane() as streams:
        ear.behind = 1_000
        connect(streams, server, ear)
        assert ear.frames(1) == ["first"]
        heard_first.set()
        wait_for(gone)
        assert ear.silent()
        ear.behind = 0
        told = ear.heard.get(timeout=LIMIT_S)
        if isinstance(told, StreamFrames):  # the kernel may drop what was unread when the reset came
            assert told.frames == ("second",)
            told = ear.heard.get(timeout=LIMIT_S)
        assert isinstance(told, StreamClosed)
        assert told.code == 1006


def test_a_reset_during_back_pressure_does_not_keep_the_io_thread_busy() -> None:
    looked, reset = threading.Semaphore(0), threading.Event()

    class Slow(Ear):
        def backlog(self) -> int:
            looked.release()
            return 1_000

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"x"))
        caller.receive()
        caller.reset()
        reset.set()

    with peer(script) as server, plane() as streams:
        stream_id = connect(streams, server, ear := Slow())
        ear.frames(1)
        streams.send(stream_id, "now")
        wait_for(reset)
        (io_thread,) = (thread for thread in threading.enumerate() if thread.name == "streams-io")
        clock = time.pthread_getcpuclockid(io_thread.ident or 0)
        before = time.clock_gettime(clock), time.monotonic()
        for _ in range(20):
            assert looked.acquire(timeout=LIMIT_S)
        spent, passed = time.clock_gettime(clock) - before[0], time.monotonic() - before[1]
        assert spent < passed / 3


def test_a_wake_up_takes_no_more_bytes_than_its_share() -> None:
    ear, traffic = Ear(), Traffic()
    stream = Stream(1, ear, StreamLimits(bytes_per_wake=100_000), traffic)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MIB)
        sent = theirs.send(frame(BINARY, b"x" * 60_000) * 3)
        stream.open(Shaken(sock=ours, leftover=b"", tls_version=None, tls_cipher=None))
        ear.expect(StreamOpened)
        assert stream.serve()
        assert 100_000 <= traffic.bytes_in < 100_000 + RECEIVE_BYTES < sent
        while stream.serve():
            pass
        assert traffic.bytes_in == sent
        stream.lose("done")
        stream.release()


# --- broken rules -----------------------------------------------------------------------------------------------


def test_half_a_letter_is_1007_and_the_io_thread_lives() -> None:
    codes: SimpleQueue[int] = SimpleQueue()

    def broken(caller: Caller) -> None:
        caller.upgrade()
        caller.send(b"\x81\x02\xe2\x82")
        codes.put(caller.receive_close()[0])

    def echoes(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(*caller.receive()))
        caller.read_on()

    bad, good = Ear(), Ear()
    with peer(broken) as one, peer(echoes) as other, plane() as streams:
        good_id = connect(streams, other, good)
        bad_id = connect(streams, one, bad)
        assert bad.expect(StreamClosed).code == 1007
        assert codes.get(timeout=LIMIT_S) == 1007
        assert not streams.send(bad_id, "x")
        assert streams.send(good_id, "still here")
        assert good.frames(1) == ["still here"]


def test_a_frame_of_300_mib_is_1009_before_its_first_byte() -> None:
    assert sends(b"\x82\x7f" + (300 * MIB).to_bytes(8, "big"))[0][0] == 1009


def test_a_frame_of_two_to_the_62_bytes_is_1009() -> None:
    assert sends(b"\x82\x7f" + (1 << 62).to_bytes(8, "big"))[0][0] == 1009


def test_an_oversized_frame_that_is_on_its_way_still_gets_its_1009() -> None:
    codes: SimpleQueue[int] = SimpleQueue()

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(BINARY, b"x" * (8 * MIB)))
        codes.put(caller.receive_close()[0])

    ear = Ear()
    with peer(script) as server, plane() as streams:
        connect(streams, server, ear)
        assert ear.expect(StreamClosed).code == 1009
        assert codes.get(timeout=LIMIT_S) == 1009


def test_endless_fragments_are_1009() -> None:
    fragments = frame(CONTINUATION, b"x", fin=False) * 3_000
    assert sends(frame(BINARY, b"x", fin=False), fragments)[0][0] == 1009


def test_a_reserved_opcode_is_1002_with_the_reason() -> None:
    ((code, reason),) = sends(b"\x83\x00")
    assert code == 1002
    assert "0x83" in reason
