"""What goes back into a session: at its pace, within bounds, in few large frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.outflow import LONGEST_HOLD_S, Outflow, OutflowLimits

LIMITS = OutflowLimits()


def filled(events: int = 0, audio: int = 0, **limits: int) -> Outflow:
    outflow = Outflow(OutflowLimits(**limits))
    for number in range(events):
        assert outflow.put_event(b"%d" % number)
    assert outflow.put_audio(bytes(audio))
    return outflow


def test_with_nothing_to_send_there_is_nothing_to_wait_for() -> None:
    assert Outflow(LIMITS).wait_s(0.0) is None
    assert Outflow(LIMITS).take_events(0.0) == []
    assert Outflow(LIMITS).take_frame(0.0) == b""


def test_a_burst_goes_at_once_and_then_one_every_fifth_of_a_second() -> None:
    outflow = Outflow(LIMITS)
    for _ in range(25):
        outflow.put_event(b"{}")
        assert outflow.wait_s(0.0) == 0
        assert outflow.take_events(0.0) == [b"{}"]
    outflow.put_event(b"{}")
    assert outflow.take_events(0.0) == []
    assert outflow.wait_s(0.05) == pytest.approx(0.15)
    assert outflow.take_events(0.2) == [b"{}"]


def test_answers_count_and_never_wait() -> None:
    outflow = filled(events=1)
    for _ in range(30):
        outflow.said(0.0)
    assert outflow.wait_s(0.0) == pytest.approx(1.2)


def test_events_that_wait_together_go_together() -> None:
    assert filled(events=3).take_events(0.0) == [b"0", b"1", b"2"]


def test_no_event_message_grows_over_its_limit() -> None:
    outflow = filled(events=0, message_bytes=10)
    for entity in (b"1234", b"5678", b"90"):
        outflow.put_event(entity)
    assert outflow.take_events(0.0) == [b"1234", b"5678"]
    assert outflow.take_events(0.0) == [b"90"]


def test_an_entity_that_no_message_holds_is_dropped_and_counted() -> None:
    outflow = filled(message_bytes=10)
    assert not outflow.put_event(bytes(11))
    assert outflow.dropped_events == 1


def test_what_comes_first_goes_first() -> None:
    outflow = filled(events=2)
    outflow.put_event(b"barge", first=True)
    assert outflow.take_events(0.0) == [b"barge", b"0", b"1"]


def test_full_queues_drop_and_count() -> None:
    outflow = Outflow(OutflowLimits(events=2, audio_bytes=12))
    assert outflow.put_event(b"0")
    assert outflow.put_event(b"1")
    assert not outflow.put_event(b"2")
    assert outflow.put_audio(bytes(10))
    assert not outflow.put_audio(bytes(3))
    assert outflow.dropped_events == 1
    assert outflow.waiting == (2, 10)


def test_dropping_empties() -> None:
    outflow = filled(events=2, audio=10)
    assert outflow.drop_audio() == 10
    outflow.clear_events()
    assert outflow.dropped_events == 0
    assert outflow.wait_s(0.0) is None


def test_the_client_asks_for_silence_and_gets_it() -> None:
    outflow = filled(events=1, audio=2_000)
    outflow.hold(1.0, 3.0)
    assert outflow.take_events(3.9) == []
    assert outflow.take_frame(3.9) == b""
    assert outflow.wait_s(2.0) == 2.0
    assert outflow.take_events(4.0)
    assert outflow.take_frame(4.0)


def test_silence_has_an_end() -> None:
    outflow = filled(events=1)
    outflow.hold(0.0, 1e9)
    assert outflow.wait_s(0.0) == LONGEST_HOLD_S


def test_short_audio_goes_at_once_and_the_next_waits_for_company() -> None:
    outflow = filled(audio=160)
    assert outflow.take_frame(0.0) == bytes(160)
    outflow.put_audio(bytes(160))
    assert outflow.take_frame(0.0) == b""
    assert outflow.wait_s(0.05) == pytest.approx(0.15)
    outflow.put_audio(bytes(1_440))
    assert outflow.take_frame(0.05) == bytes(1_600)


def test_long_audio_goes_in_equal_frames() -> None:
    outflow = filled(audio=64_002)
    assert [len(outflow.take_frame(0.0)), len(outflow.take_frame(0.0))] == [32_002, 32_000]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 70_000)), min_size=1, max_size=40))
def test_nothing_is_lost_turned_round_or_too_fast(steps: list[tuple[int, int]]) -> None:
    outflow, now_s = Outflow(LIMITS), 0.0
    put, got, at = bytearray(), bytearray(), []
    for tenths, size in steps:
        now_s += tenths / 10
        audio = bytes((len(put) + index) % 256 for index in range(size))
        if outflow.put_audio(audio):
            put += audio
        while frame := outflow.take_frame(now_s):
            got += frame
            at.append(now_s)
            assert len(frame) <= LIMITS.frame_bytes
    while (wait_s := outflow.wait_s(now_s)) is not None:
        now_s += wait_s
        if frame := outflow.take_frame(now_s):
            got += frame
            at.append(now_s)
    assert got == put
    for first in range(len(at)):
        within = [moment for moment in at[first:] if moment < at[first] + 1.0]
        assert len(within) <= LIMITS.burst + LIMITS.per_s
