import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.transcription.lean import settings
from media.transcription.lean.frames import ErrorCode, PeerError
from media.transcription.lean.settings import PeerSettings, ReceiveWindow


def test_a_new_first_window_moves_every_stream_by_the_difference() -> None:
    peer = PeerSettings()
    assert peer.set(settings.INITIAL_WINDOW_SIZE, 100_000) == 34_465
    assert peer.set(settings.INITIAL_WINDOW_SIZE, 0) == -100_000
    assert peer.initial_window == 0


@pytest.mark.parametrize(
    ("identifier", "value", "code"),
    [
        (settings.INITIAL_WINDOW_SIZE, 2**31, ErrorCode.FLOW_CONTROL_ERROR),
        (settings.MAX_FRAME_SIZE, 2**14 - 1, ErrorCode.PROTOCOL_ERROR),
        (settings.MAX_FRAME_SIZE, 2**24, ErrorCode.PROTOCOL_ERROR),
        (settings.ENABLE_PUSH, 1, ErrorCode.PROTOCOL_ERROR),
    ],
)
def test_values_that_cannot_be_are_refused(identifier: int, value: int, code: ErrorCode) -> None:
    with pytest.raises(PeerError) as caught:
        PeerSettings().set(identifier, value)
    assert caught.value.code is code


def test_settings_that_nobody_knows_change_nothing() -> None:
    assert PeerSettings().set(0x9999, 5) == 0


@given(st.integers(1, 10_000), st.lists(st.integers(0, 3_000), max_size=50))
def test_a_peer_that_heeds_the_window_never_runs_dry_and_never_breaks_it(size: int, counts: list[int]) -> None:
    window = ReceiveWindow(size)
    left = size
    for count in counts:
        sent = min(count, left)
        left += window.took(sent) - sent
        assert left * 2 > size


def test_more_than_the_window_breaks_the_protocol() -> None:
    with pytest.raises(PeerError):
        ReceiveWindow(10).took(11)
