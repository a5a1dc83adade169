"""The plane as a whole: every stream ends exactly once, by a stop, by a bug, or before it began."""

import threading
from queue import SimpleQueue

import pytest

from clients.streams import StreamLimits, Streams
from clients.streams.loop import Loop
from clients.streams.stream import Stream
from messages.streams import StreamClosed, StreamCounts, StreamFrames
from tests.clients.stream_peers import LIMIT_S, TEXT, Caller, Ear, frame, peer, wait_for
from tests.clients.stream_planes import connect, plane, server_tls


def quiet(caller: Caller) -> None:
    caller.upgrade()
    caller.read_on()


def polite(caller: Caller) -> None:
    """A peer that echoes all it gets, close frames included."""
    caller.upgrade()
    while True:
        caller.send(frame(*caller.receive()))


class Crasher(Ear):
    """A listener with a bug: it raises when it hears frames."""

    def tell(self, message: object) -> None:
        if isinstance(message, StreamFrames):
            raise RuntimeError("a bug in the listener")
        super().tell(message)


def test_stop_tells_every_listener_once_whatever_its_stream_was_doing() -> None:
    asked = threading.Event()

    def never_upgrades(caller: Caller) -> None:
        asked.set()
        caller.read_on()

    kind, rude, connecting, queued = Ear(), Ear(), Ear(), Ear()
    with (
        peer(polite) as one,
        peer(quiet) as other,
        peer(never_upgrades) as third,
        plane(connectors=1) as streams,
    ):
        connect(streams, one, kind)
        connect(streams, other, rude)
        streams.connect(third.url, headers={}, listener=connecting)
        wait_for(asked)
        streams.connect(one.url, headers={}, listener=queued)
        assert streams.stop(0.5)
        assert kind.expect(StreamClosed).code == 1001
        assert rude.expect(StreamClosed).code == 1006
        assert [connecting.expect(StreamClosed).opened, queued.expect(StreamClosed).opened] == [False, False]
    assert all(ear.silent() for ear in (kind, rude, connecting, queued))


def test_stop_says_goodbye_and_does_not_wait_once_all_peers_did() -> None:
    ears = [Ear() for _ in range(5)]
    with peer(polite, server_tls()) as server, plane() as streams:
        for ear in ears:
            connect(streams, server, ear)
        assert streams.stop(3_600.0)
        assert {ear.expect(StreamClosed).code for ear in ears} == {1001}


def test_a_connect_after_the_stop_is_told_so() -> None:
    ear = Ear()
    with plane() as streams:
        streams.stop(0.0)
        stream_id = streams.connect("wss://localhost:1/", headers={}, listener=ear)
    closed = ear.expect(StreamClosed)
    assert (closed.stream_id, closed.opened) == (stream_id, False)
    assert "stopped" in closed.reason
    assert not streams.send(stream_id, "x")
    assert ear.silent()


def test_a_plane_that_never_started_stops_and_tells() -> None:
    ear = Ear()
    streams = Streams()
    streams.connect("ws://192.0.2.1/", headers={}, listener=ear)
    assert streams.stop(0.0)
    assert streams.stop(0.0)
    assert not ear.expect(StreamClosed).opened


def test_ids_are_never_used_again_not_even_by_the_next_plane() -> None:
    ids: list[int] = []
    for _ in range(2):
        with plane() as streams:
            ids += [streams.connect("wss://localhost:1/", headers={}, listener=Ear()) for _ in range(2)]
    assert ids == sorted(set(ids))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_a_bug_kills_the_io_thread_every_listener_hears_and_then_the_owner() -> None:
    deaths: SimpleQueue[BaseException] = SimpleQueue()
    calm, connecting, crasher = Ear(), Ear(), Crasher()
    bite, asked = threading.Event(), threading.Event()

    def bites(caller: Caller) -> None:
        caller.upgrade()
        wait_for(bite)
        caller.send(frame(TEXT, b"x"))
        caller.read_on()

    def never_upgrades(caller: Caller) -> None:
        asked.set()
        caller.read_on()

    with (
        peer(quiet) as one,
        peer(bites) as other,
        peer(never_upgrades) as third,
        plane(on_death=deaths.put) as streams,
    ):
        calm_id = connect(streams, one, calm)
        connect(streams, other, crasher)
        streams.connect(third.url, headers={}, listener=connecting)
        wait_for(asked)
        bite.set()
        assert "a bug in the listener" in str(deaths.get(timeout=LIMIT_S))
        assert calm.expect(StreamClosed).code == 1006
        assert crasher.expect(StreamClosed).code == 1006
        assert not connecting.expect(StreamClosed).opened
        assert not streams.send(calm_id, "x")
        streams.connect(one.url, headers={}, listener=calm)
        assert not calm.expect(StreamClosed).opened
    assert all(ear.silent() for ear in (calm, connecting, crasher))


def test_the_owner_hears_nothing_of_an_ordinary_stop() -> None:
    deaths: SimpleQueue[BaseException] = SimpleQueue()
    with plane(on_death=deaths.put) as streams:
        streams.stop(0.1)
    assert deaths.empty()


def test_connects_beyond_the_queues_bound_are_refused_as_messages() -> None:
    ears = [Ear() for _ in range(4)]
    asked = threading.Event()

    def never_upgrades(caller: Caller) -> None:
        asked.set()
        caller.read_on()

    with peer(never_upgrades) as server, plane(connectors=1, queued_connects=2) as streams:
        streams.connect(server.url, headers={}, listener=ears[0])
        wait_for(asked)
        for ear in ears[1:]:
            streams.connect(server.url, headers={}, listener=ear)
        assert "too many connects" in ears[3].expect(StreamClosed).reason
        assert streams.counts().queued_connects == 2
        assert streams.counts().connecting == 3


def test_counts_what_is_there_and_what_went_through() -> None:
    ear = Ear()
    with peer(polite) as server, plane() as streams:
        stream_id = connect(streams, server, ear)
        streams.send(stream_id, "12345")
        ear.frames(1)
        counts = streams.counts()
        assert counts == StreamCounts(
            opened=1, connecting=0, queued_connects=0, paused=0, bytes_in=counts.bytes_in, bytes_out=counts.bytes_out
        )
        assert (counts.bytes_in, counts.bytes_out) == (2 + 5, 6 + 5)
        streams.abort(stream_id)
        ear.expect(StreamClosed)
        assert streams.counts().opened == 0


def test_a_handshake_whose_thread_hangs_is_given_up_by_the_io_thread() -> None:
    ear, loop = Ear(), Loop(name="test-streams")
    stream = Stream(1, ear, StreamLimits(), loop.traffic)
    stream.deadline = 0.0
    assert loop.enter(stream)
    loop.start()
    closed = ear.expect(StreamClosed)
    assert not closed.opened
    assert "handshake" in closed.reason
    assert loop.stop(0.1)
    assert ear.silent()
