"""The relay's cutting of bytes; that it works with gRPC is tested with the service."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.transcription.relay import DATA, PREFACE_BYTES, RST_STREAM, Link, Orders, frame, whole

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class FakeTransport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written += data

    def get_extra_info(self, name: str) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.aborted = True


def link(orders: Orders) -> tuple[Link, FakeTransport, FakeTransport]:
    made: Any = Link(orders, lambda _: None)
    made.client.transport, made.service.transport = client, service = FakeTransport(), FakeTransport()
    return made, client, service


FRAMES = st.lists(
    st.builds(frame, st.integers(0, 9), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=40)),
    min_size=1,
    max_size=8,
)


def split(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    return [*pieces, data[at:]]


@given(FRAMES, st.lists(st.integers(1, 30), max_size=30))
def test_however_the_bytes_are_split_all_pass_both_ways(frames: list[bytes], sizes: list[int]) -> None:
    made, client, service = link(Orders())
    down, up = b"".join(frames), PREFACE + b"".join(frames)
    for piece in split(down, sizes):
        made.service.data_received(piece)
    for piece in split(up, sizes):
        made.client.data_received(piece)
    assert (client.written, service.written) == (down, up)


@given(FRAMES, st.integers(0, 200))
def test_only_whole_frames_count(frames: list[bytes], cut: int) -> None:
    data = b"".join(frames)
    ends = [0]
    for one in frames:
        ends.append(ends[-1] + len(one))
    assert whole(data[:cut]) == max(end for end in ends if end <= cut)


def test_a_preface_is_no_frame() -> None:
    assert len(PREFACE) == PREFACE_BYTES
    made, _, service = link(Orders())
    made.client.data_received(PREFACE[:10])
    assert service.written == b""
    made.client.data_received(PREFACE[10:])
    assert service.written == PREFACE


def message(payload: bytes) -> bytes:
    """A message as gRPC frames it."""
    return b"\0" + len(payload).to_bytes(4, "big") + payload


@given(st.lists(st.integers(1, 30), max_size=10))
def test_a_reset_takes_the_place_of_its_message_and_goes_both_ways(sizes: list[int]) -> None:
    orders = Orders()
    made, client, service = link(orders)
    before, after = frame(DATA, 0, 3, message(b"result")), frame(DATA, 0, 5, message(b"another"))
    both = frame(DATA, 0, 3, message(b"last") + message(orders.reset(2)))
    for piece in split(before + both + after, sizes):
        made.service.data_received(piece)
    reset = frame(RST_STREAM, 0, 3, (2).to_bytes(4, "big"))
    assert client.written == before + frame(DATA, 0, 3, message(b"last")) + reset + after
    assert service.written == frame(RST_STREAM, 0, 3, (8).to_bytes(4, "big"))


def test_an_abort_breaks_both_connections() -> None:
    orders = Orders()
    made, client, service = link(orders)
    made.service.data_received(frame(DATA, 0, 3, message(orders.abort())))
    assert (client.aborted, service.aborted, client.written) == (True, True, b"")


def test_nobody_elses_order_is_obeyed() -> None:
    made, client, _ = link(Orders())
    foreign = frame(DATA, 0, 3, message(Orders().reset(2)))
    made.service.data_received(foreign)
    assert client.written == foreign
