import itertools

import pytest
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame
from hypothesis import given
from hypothesis import strategies as st

from media.transcription.lean import frames
from media.transcription.lean.frames import ErrorCode, FrameReader, PeerError

BLOBS = st.binary(max_size=60)
FRAMES = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**31 - 1), BLOBS), max_size=12)


def parsed(data: bytes) -> Frame:
    frame, length = Frame.parse_frame_header(memoryview(data[:9]))
    assert len(data) == 9 + length
    frame.parse_body(memoryview(data[9:]))
    return frame


@given(FRAMES, st.lists(st.integers(0, 400), max_size=20))
def test_frames_are_the_same_however_the_bytes_were_chopped(
    sent: list[tuple[int, int, int, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frames.frame(*each) for each in sent)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = FrameReader()
    heard = [each for start, end in itertools.pairwise(edges) for each in reader.frames(data[start:end])]
    assert heard == sent


def test_a_frame_that_is_longer_than_we_take_is_refused_at_its_header() -> None:
    head = frames.frame(frames.DATA, 0, 1, b"x" * (frames.OWN_MAX_FRAME_BYTES + 1))[:9]
    with pytest.raises(PeerError) as caught:
        list(FrameReader().frames(head))
    assert caught.value.code is ErrorCode.FRAME_SIZE_ERROR


@given(st.integers(1, 2**31 - 1), st.binary(max_size=20_000))
def test_the_head_of_a_message_makes_a_data_frame_of_it(stream_id: int, message: bytes) -> None:
    frame = parsed(frames.data_head(stream_id, len(message)) + message)
    assert isinstance(frame, DataFrame)
    assert (frame.stream_id, frame.data[:1], frame.data[5:]) == (stream_id, b"\x00", message)
    assert int.from_bytes(frame.data[1:5], "big") == len(message)


def test_what_is_written_is_what_others_read() -> None:
    settings = parsed(frames.settings({2: 0, 4: 70_000}))
    assert isinstance(settings, SettingsFrame)
    assert settings.settings == {2: 0, 4: 70_000}
    goodbye = parsed(frames.goaway(ErrorCode.ENHANCE_YOUR_CALM, "too much"))
    assert isinstance(goodbye, GoAwayFrame)
    assert (goodbye.error_code, goodbye.additional_data) == (11, b"too much")
    end = parsed(frames.rst_stream(7, ErrorCode.CANCEL))
    assert isinstance(end, RstStreamFrame)
    assert (end.stream_id, end.error_code) == (7, 8)
    update = parsed(frames.window_update(0, 5))
    assert isinstance(update, WindowUpdateFrame)
    assert (update.stream_id, update.window_increment) == (0, 5)


@pytest.mark.parametrize(
    ("payload", "flags", "expected"),
    [
        (b"abc", 0, b"abc"),
        (b"\x02abc\x00\x00", frames.PADDED, b"abc"),
        (b"\x00", frames.PADDED, b""),
        (b"\x00\x00\x00\x03\x09abc", frames.PRIORITIZED, b"abc"),
        (b"\x01\x00\x00\x00\x03\x09abc\x00", frames.PADDED | frames.PRIORITIZED, b"abc"),
    ],
)
def test_padding_and_priority_are_taken_off(payload: bytes, flags: int, expected: bytes) -> None:
    assert frames.unpadded(payload, flags) == expected


@pytest.mark.parametrize(
    ("payload", "flags"), [(b"", frames.PADDED), (b"\x01", frames.PADDED), (b"abcd", frames.PRIORITIZED)]
)
def test_padding_that_is_more_than_there_is_breaks_the_protocol(payload: bytes, flags: int) -> None:
    with pytest.raises(PeerError):
        frames.unpadded(payload, flags)


def test_settings_come_in_sixes() -> None:
    assert list(frames.settings_in(b"\x00\x03\x00\x00\x00\x05")) == [(3, 5)]
    with pytest.raises(PeerError):
        list(frames.settings_in(b"\x00\x03\x00\x00\x00"))
