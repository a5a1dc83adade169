"""Open streams over real sockets: what is read, what is sent, and how each ends."""

import gc
import threading
import weakref
from contextlib import ExitStack
from queue import SimpleQueue

import pytest

from clients.streams import StreamLimits
from messages.streams import StreamClosed, StreamOpened, StreamPong
from tests.clients.stream_peers import (
    BINARY,
    LIMIT_S,
    PING,
    PONG,
    TEXT,
    Caller,
    Ear,
    close,
    frame,
    peer,
    wait_for,
)
from tests.clients.stream_planes import connect, plane, server_tls

MIB = 1 << 20


def quiet(caller: Caller) -> None:
    """A peer that takes everything in and answers nothing."""
    caller.upgrade()
    caller.read_on()


# --- sending ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True])
def test_partial_send_a_frame_of_one_megabyte_to_a_slow_reader_arrives_whole(tls: bool) -> None:
    go = threading.Event()
    got: SimpleQueue[tuple[int, bytes]] = SimpleQueue()

    def script(caller: Caller) -> None:
        caller.upgrade()
        wait_for(go)
        for _ in range(5):
            got.put(caller.receive())
        caller.read_on()

    ear, big = Ear(), bytes(range(256)) * 4_096
    with peer(script, server_tls() if tls else None) as server, plane(limits=StreamLimits(max_out_bytes=8 * MIB)) as s:
        stream_id = connect(s, server, ear)
        assert all([s.send(stream_id, big), s.send(stream_id, "a"), s.send(stream_id, big), s.send(stream_id, big)])
        assert s.send(stream_id, "end")
        go.set()
        wanted = [(BINARY, big), (TEXT, b"a"), (BINARY, big), (BINARY, big), (TEXT, b"end")]
        assert [got.get(timeout=LIMIT_S) for _ in wanted] == wanted
        assert ear.silent()


def test_many_threads_send_and_every_message_arrives_whole_and_in_its_threads_order() -> None:
    got: SimpleQueue[bytes] = SimpleQueue()

    def script(caller: Caller) -> None:
        caller.upgrade()
        while True:
            got.put(caller.receive()[1])

    with peer(script, server_tls()) as server, plane() as streams:
        stream_id = connect(streams, server, Ear())

        def talk(who: str) -> None:
            for number in range(200):
                assert streams.send(stream_id, f"{who}{number}")

        threads = [threading.Thread(target=talk, args=(who,)) for who in "abcd"]
        for thread in threads:
            thread.start()
        heard = [got.get(timeout=LIMIT_S).decode() for _ in range(800)]
        for thread in threads:
            thread.join()
    for who in "abcd":
        assert [text for text in heard if text[0] == who] == [f"{who}{number}" for number in range(200)]


def test_what_does_not_fit_is_refused_at_once() -> None:
    with peer(quiet) as server, plane(limits=StreamLimits(max_out_bytes=1_000)) as streams:
        stream_id = connect(streams, server, Ear())
        assert not streams.send(stream_id, b"x" * 1_001)
        assert streams.send(stream_id, b"x" * 100)


def test_nothing_is_sent_to_nobody() -> None:
    with plane() as streams:
        assert not streams.send(4711, "x")
        assert not streams.ping(4711, b"x")
        streams.close(4711, 1000, "")
        streams.abort(4711)


def test_our_ping_is_answered_by_a_pong() -> None:
    def script(caller: Caller) -> None:
        caller.upgrade()
        opcode, payload = caller.receive()
        assert opcode == PING
        caller.send(frame(PONG, payload))
        caller.read_on()

    ear = Ear()
    with peer(script) as server, plane() as streams:
        stream_id = connect(streams, server, ear)
        assert streams.ping(stream_id, b"42")
        assert ear.expect(StreamPong).payload == b"42"


def test_the_last_of_many_pings_is_answered() -> None:
    got: SimpleQueue[tuple[int, bytes]] = SimpleQueue()

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(*(frame(PING, str(number).encode()) for number in range(30)))
        while True:
            got.put(caller.receive())

    with peer(script, server_tls()) as server, plane() as streams:
        connect(streams, server, Ear())
        pongs = [got.get(timeout=LIMIT_S)]
        while pongs[-1] != (PONG, b"29"):
            pongs.append(got.get(timeout=LIMIT_S))
    assert len(pongs) < 30


# --- ending -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True])
def test_a_peer_that_closes_is_answered_with_its_code_and_the_connection_ends(tls: bool) -> None:
    got: SimpleQueue[object] = SimpleQueue()

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"last words"), close(1008, "rate limit"))
        got.put(caller.receive_close())
        caller.sock.unwrap() if tls else got.put(caller.file.read1())  # type: ignore[attr-defined]

    ear = Ear()
    with peer(script, server_tls() if tls else None) as server, plane() as streams:
        connect(streams, server, ear)
        assert ear.frames(1) == ["last words"]
        ended = ear.expect(StreamClosed)
        assert (ended.code, ended.reason) == (1008, "rate limit")
        assert got.get(timeout=LIMIT_S) == (1008, "")
        assert tls or got.get(timeout=LIMIT_S) == b""


def test_our_close_goes_out_after_what_was_queued_and_waits_for_the_peers() -> None:
    def script(caller: Caller) -> None:
        caller.upgrade()
        assert caller.receive() == (TEXT, b"before")
        code, reason = caller.receive_close()
        caller.send(frame(TEXT, b"one more"), close(code, f"{reason} too"))

    ear = Ear()
    with peer(script) as server, plane() as streams:
        stream_id = connect(streams, server, ear)
        streams.send(stream_id, "before")
        streams.close(stream_id, 4000, "bye")
        assert ear.frames(1) == ["one more"]
        ended = ear.expect(StreamClosed)
        assert (ended.code, ended.reason) == (4000, "bye too")
    assert ear.silent()


def test_a_peer_that_never_answers_the_close_is_aborted_after_the_timeout() -> None:
    ear = Ear()
    with peer(quiet) as server, plane() as streams:
        stream_id = connect(streams, server, ear)
        streams.close(stream_id, 1000, "done", timeout_s=0.1)
        streams.close(stream_id, 1000, "again", timeout_s=60.0)
        ended = ear.expect(StreamClosed)
        assert ended.code == 1006
        assert "close frame" in ended.reason
        assert not streams.send(stream_id, "x")
    assert ear.silent()


def test_a_close_code_that_may_not_be_sent_is_an_error() -> None:
    with plane() as streams, pytest.raises(ValueError, match="1006"):
        streams.close(1, 1006, "")


def test_an_abrupt_reset_is_1006() -> None:
    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.receive()
        caller.reset()

    ear = Ear()
    with peer(script) as server, plane() as streams:
        streams.send(connect(streams, server, ear), "go")
        assert ear.expect(StreamClosed).code == 1006


@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_that_ends_without_a_close_frame_is_1006(tls: bool) -> None:
    ear = Ear()
    with peer(Caller.upgrade, server_tls() if tls else None) as server, plane() as streams:
        connect(streams, server, ear)
        ended = ear.expect(StreamClosed)
        assert ended.code == 1006
        assert "without a close frame" in ended.reason


def test_the_peers_close_code_is_heard_even_if_we_were_sending_into_its_reset() -> None:
    heard_first, closed = threading.Event(), threading.Event()

    def script(caller: Caller) -> None:
        caller.upgrade()
        caller.send(frame(TEXT, b"first"))
        wait_for(heard_first)
        caller.send(close(1012, "restart"))
        caller.file.close()
        caller.sock.close()
        closed.set()

    ear = Ear()
    with peer(script) as server, plane() as streams:
        ear.behind = 1_000
        stream_id = connect(streams, server, ear)
        assert ear.frames(1) == ["first"]
        heard_first.set()
        wait_for(closed)
        while streams.send(stream_id, "into the void"):
            pass
        assert ear.expect(StreamClosed).code in (1012, 1006)


def test_abort_ends_it_at_once() -> None:
    ear = Ear()
    with peer(quiet) as server, plane() as streams:
        streams.abort(connect(streams, server, ear))
        assert ear.expect(StreamClosed).code == 1006
    assert ear.silent()


@pytest.mark.parametrize("how", ["close", "abort"])
def test_a_stream_can_be_given_up_while_it_connects(how: str) -> None:
    ear, asked, release = Ear(), threading.Event(), threading.Event()

    def script(caller: Caller) -> None:
        asked.set()
        wait_for(release)
        caller.upgrade()
        caller.read_on()

    with peer(script) as server, plane() as streams:
        stream_id = streams.connect(server.url, headers={}, listener=ear)
        wait_for(asked)
        if how == "close":
            streams.close(stream_id, 1000, "")
        else:
            streams.abort(stream_id)
        assert not ear.expect(StreamClosed).opened
        release.set()
    assert ear.silent()


def test_a_hundred_streams_of_one_plane_each_hear_their_own() -> None:
    def script(caller: Caller) -> None:
        caller.upgrade()
        while True:
            caller.send(frame(*caller.receive()))

    ears = [Ear() for _ in range(100)]
    with ExitStack() as stack:
        server = stack.enter_context(peer(script))
        streams = stack.enter_context(plane())
        ids = [streams.connect(server.url, headers={}, listener=ear) for ear in ears]
        for ear in ears:
            ear.expect(StreamOpened)
        for stream_id in ids:
            assert streams.send(stream_id, f"to {stream_id}")
        assert [ear.frames(1) for ear in ears] == [[f"to {stream_id}"] for stream_id in ids]


def test_nothing_is_kept_of_a_stream_that_ended() -> None:
    forgotten = threading.Event()
    with peer(quiet) as server, plane() as streams:
        ear = Ear()
        weakref.finalize(ear, forgotten.set)
        streams.abort(connect(streams, server, ear))
        ear.expect(StreamClosed)
        connect(streams, server, Ear())
        del ear
        gc.collect()
        wait_for(forgotten)
