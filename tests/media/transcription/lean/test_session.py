import itertools
from dataclasses import dataclass, field

import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import given
from hypothesis import strategies as st

from media.transcription.door import StreamEnd
from media.transcription.lean.frames import ErrorCode, PeerError, frame
from media.transcription.lean.session import Session
from media.transcription.lean.stream import Stream
from media.transcription.status import Status


@dataclass
class Ear:
    """A listener that remembers."""

    results: list[bytes] = field(default_factory=list)
    rooms: int = 0
    end: StreamEnd | None = None

    def on_result(self, message: bytes) -> None:
        self.results.append(message)

    def on_room(self) -> None:
        self.rooms += 1

    def on_end(self, end: StreamEnd) -> None:
        assert self.end is None
        self.end = end


@dataclass
class Skin:
    woken: int = 0
    flushed: int = 0
    session: "Session | None" = None

    def wake(self) -> None:
        self.woken += 1

    def flush(self) -> None:
        self.flushed += 1
        assert self.session is not None
        self.session.written()

    def changed(self) -> None:
        """Nobody waits for room."""


def settings(**values: int) -> bytes:
    return SettingsFrame(0, {getattr(SettingsFrame, name.upper()): value for name, value in values.items()}).serialize()


def session(**values: int) -> Session:
    """One that is ready, and has written its preface."""
    skin = Skin()
    skin.session = made = Session(skin, scheme="http", authority="service:1")
    made.receive(settings(**values))
    made.written()
    return made


def opened(on: Session) -> tuple[Stream, Ear]:
    ear = Ear()
    stream = Stream(ear, path="/a/b", deadline_s=None, over=lambda _: None)
    on.open(stream)
    on.written()
    return stream, ear


def serialized(*frames: Frame) -> bytes:
    return b"".join(each.serialize() for each in frames)


def conversation() -> bytes:
    """What a service says on three streams, with everything that may come in between."""
    encoder = Encoder()
    response = [(":status", "200"), ("content-type", "application/grpc")]
    parts = [
        SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 40}),
        HeadersFrame(1, encoder.encode(response), flags=["END_HEADERS"]),
        PingFrame(0, b"12345678"),
        DataFrame(1, b"\x00\x00\x00\x00\x03abc\x00\x00", pad_length=4, flags=["PADDED"]),
    ]
    block = encoder.encode([*response, ("x", "y" * 50)])
    parts += [
        HeadersFrame(3, block[:9], pad_length=3, flags=["PADDED"]),
        ContinuationFrame(3, block[9:], flags=["END_HEADERS"]),
        DataFrame(1, b"\x00\x00\x02de\x00\x00\x00\x00\x00"),
        PriorityFrame(9, depends_on=0),
        DataFrame(3, b"\x00\x00\x00\x00\x01"),
        WindowUpdateFrame(1, 100),
        HeadersFrame(1, encoder.encode([("grpc-status", "0")]), flags=["END_HEADERS", "END_STREAM"]),
        DataFrame(3, b"f"),
        SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 100_000, SettingsFrame.MAX_CONCURRENT_STREAMS: 7}),
        RstStreamFrame(5, 8),
        WindowUpdateFrame(0, 1_000),
        GoAwayFrame(0, last_stream_id=3, additional_data=b"bye"),
        HeadersFrame(3, encoder.encode([("grpc-status", "13")]), flags=["END_HEADERS", "END_STREAM"]),
    ]
    return serialized(*parts) + frame(0xBE, 0xFF, 3, b"nobody knows this frame")


def heard(pieces: list[bytes]) -> tuple[list[Ear], bytes, list[bool]]:
    """What three streams hear, what is written, and what was taken, when these bytes come."""
    made = session()
    streams = [opened(made) for _ in range(3)]
    taken = [stream.send(b"x" * 200) for stream, _ in streams]
    written = made.written()
    for piece in pieces:
        made.receive(piece)
    return [ear for _, ear in streams], written + made.written(), taken


@given(st.lists(st.integers(0, len(conversation())), max_size=30))
def test_everything_is_the_same_however_the_bytes_were_chopped(cuts: list[int]) -> None:
    data = conversation()
    edges = [0, *sorted(cuts), len(data)]
    assert heard([data[start:end] for start, end in itertools.pairwise(edges)]) == heard([data])


def test_the_conversation_is_heard_as_it_was_meant() -> None:
    (first, second, third), written, _ = heard([conversation()])
    assert (first.results, first.end) == ([b"abc", b"de", b""], StreamEnd(code=Status.OK))
    assert second.results == [b"f"]
    assert second.end is not None
    assert second.end.code is Status.INTERNAL
    assert third.end is not None
    assert third.end.code is Status.CANCELLED
    assert PingFrame(0, b"12345678", flags=["ACK"]).serialize() in written


HEADERS = Encoder().encode([(":status", "200")])


@pytest.mark.parametrize(
    ("code", "frames"),
    [
        (ErrorCode.PROTOCOL_ERROR, [DataFrame(3, b"")]),
        (ErrorCode.PROTOCOL_ERROR, [DataFrame(2, b"")]),
        (ErrorCode.PROTOCOL_ERROR, [HeadersFrame(99, HEADERS, flags=["END_HEADERS"])]),
        (ErrorCode.PROTOCOL_ERROR, [RstStreamFrame(99, 8)]),
        (ErrorCode.PROTOCOL_ERROR, [WindowUpdateFrame(99, 8)]),
        (ErrorCode.PROTOCOL_ERROR, [ContinuationFrame(1, b"")]),
        (ErrorCode.PROTOCOL_ERROR, [HeadersFrame(1, HEADERS), DataFrame(1, b"")]),
        (ErrorCode.PROTOCOL_ERROR, [HeadersFrame(1, HEADERS), PingFrame(0, b"12345678")]),
        (ErrorCode.PROTOCOL_ERROR, [HeadersFrame(1, HEADERS), ContinuationFrame(3, b"")]),
        (ErrorCode.PROTOCOL_ERROR, [PushPromiseFrame(1, 2, HEADERS, flags=["END_HEADERS"])]),
        (ErrorCode.COMPRESSION_ERROR, [HeadersFrame(1, b"\xff\xff\xff\xff", flags=["END_HEADERS"])]),
        (ErrorCode.FLOW_CONTROL_ERROR, [WindowUpdateFrame(0, 2**31 - 1)]),
        (ErrorCode.FLOW_CONTROL_ERROR, [WindowUpdateFrame(1, 2**30), SettingsFrame(0, {4: 2**31 - 1})]),
        (ErrorCode.ENHANCE_YOUR_CALM, [HeadersFrame(1, b""), *[ContinuationFrame(1, b"")] * 600]),
    ],
)
def test_a_peer_that_breaks_the_protocol_is_found_out(code: ErrorCode, frames: list[Frame]) -> None:
    made = session()
    opened(made)
    with pytest.raises(PeerError) as caught:
        made.receive(serialized(*frames))
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("kind", "stream_id", "payload", "code"),
    [
        (0x3, 1, b"abc", ErrorCode.FRAME_SIZE_ERROR),
        (0x4, 0, b"abc", ErrorCode.FRAME_SIZE_ERROR),
        (0x4, 1, b"", ErrorCode.PROTOCOL_ERROR),
        (0x6, 0, b"1234567", ErrorCode.FRAME_SIZE_ERROR),
        (0x6, 1, b"12345678", ErrorCode.PROTOCOL_ERROR),
        (0x7, 0, b"1234567", ErrorCode.FRAME_SIZE_ERROR),
        (0x8, 0, b"123", ErrorCode.FRAME_SIZE_ERROR),
        (0x8, 0, b"\x00\x00\x00\x00", ErrorCode.FLOW_CONTROL_ERROR),
    ],
)
def test_frames_of_the_wrong_shape_break_the_protocol(
    kind: int, stream_id: int, payload: bytes, code: ErrorCode
) -> None:
    made = session()
    opened(made)
    with pytest.raises(PeerError) as caught:
        made.receive(frame(kind, 0, stream_id, payload))
    assert caught.value.code is code


def test_the_first_frame_is_the_peer_s_settings() -> None:
    for first in (PingFrame(0, b"12345678"), SettingsFrame(0, flags=["ACK"])):
        with pytest.raises(PeerError):
            Session(Skin(), scheme="http", authority="service:1").receive(first.serialize())


@pytest.mark.parametrize("increment", [0, 2**31 - 1])
def test_a_stream_s_window_that_grows_wrongly_costs_the_stream(increment: int) -> None:
    made = session()
    _, broken = opened(made)
    _, other = opened(made)
    made.receive(frame(0x8, 0, 1, increment.to_bytes(4, "big")))
    assert broken.end is not None
    assert broken.end.code is Status.INTERNAL
    assert other.end is None


def test_frames_on_a_stream_that_has_ended_are_passed_over() -> None:
    made = session()
    stream, _ = opened(made)
    stream.abort()
    late = [DataFrame(1, b"x" * 100), WindowUpdateFrame(1, 5), RstStreamFrame(1, 8)]
    made.receive(serialized(*late, HeadersFrame(1, HEADERS, flags=["END_HEADERS"])))


def test_questions_are_not_answered_without_end_when_nobody_reads_the_answers() -> None:
    made = session()
    made.paused = True
    storm = PingFrame(0, b"12345678").serialize() * 10_000
    made.receive(storm)
    made.receive(storm)
    with pytest.raises(PeerError) as caught:
        made.receive(storm)
    assert caught.value.code is ErrorCode.ENHANCE_YOUR_CALM


def test_one_turn_s_frames_wake_the_writer_once_and_very_many_are_written_between() -> None:
    skin = Skin()
    skin.session = made = Session(skin, scheme="http", authority="service:1")
    made.receive(settings(initial_window_size=1_000_000) + WindowUpdateFrame(0, 1_000_000).serialize())
    made.written()
    stream, _ = opened(made)
    woken = skin.woken
    for _ in range(100):
        assert stream.send(b"x")
    assert (skin.woken, skin.flushed) == (woken + 1, 0)
    for _ in range(5_000):
        assert stream.send(b"x")
    assert skin.flushed == 1


def test_while_the_socket_is_full_one_message_is_held_and_no_more() -> None:
    made = session()
    stream, ear = opened(made)
    made.paused = True
    assert stream.send(b"held")
    assert not stream.send(b"not taken")
    assert made.written() == b""
    made.resume()
    assert b"held" in made.written()
    assert ear.rooms == 1


def test_a_connection_runs_out_of_stream_ids() -> None:
    made = session()
    made._next_id = 2**31 - 1
    opened(made)
    assert made.room == 0
    assert made.leaving


def test_a_call_that_is_left_in_the_middle_of_its_answers_hears_nothing_more() -> None:
    class Leaves(Ear):
        def on_result(self, message: bytes) -> None:
            super().on_result(message)
            stream.abort()

    made = session()
    ear = Leaves()
    stream = Stream(ear, path="/a/b", deadline_s=None, over=lambda _: None)
    made.open(stream)
    response = Encoder().encode([(":status", "200"), ("content-type", "application/grpc")])
    two = DataFrame(1, b"\x00\x00\x00\x00\x01a\x00\x00\x00\x00\x01b", flags=["END_STREAM"])
    made.receive(serialized(HeadersFrame(1, response, flags=["END_HEADERS"]), two))
    assert (ear.results, ear.end) == ([b"a"], None)
