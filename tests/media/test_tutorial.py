"""The tutorial's protocol: which frames become audio, and what becomes of the others."""

import json
import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.house import PARTS
from messages.media import (
    AudioStreamClosed,
    AudioStreamGap,
    AudioStreamOpened,
    AudioStreamsCounted,
    MediaLimits,
    WorkerReport,
)
from tests.media.callers import CONTINUATION, TEXT, Caller, audio_json, calling, ws_frame
from tests.media.houses import LivingHouse, RecordedUplink, housed
from tests.media.workers import PATIENCE_S, plan

LIMITS = MediaLimits(report_every_s=0.05, count_every_s=0.05, max_malformed=3)


def without(field: str) -> bytes:
    told = json.loads(audio_json(2))
    del told[field]
    return json.dumps(told).encode()


MALFORMED = {
    "no JSON": b"{",
    "no object": b"[1]",
    "nothing": b"",
    "no UTF-8": b'{"conversationId": "\xff"}',
    "no conversation": without("conversationId"),
    "no participant": without("participantId"),
    "no audio": without("audio"),
    "no format": without("format"),
    "no rate": without("sampleRate"),
    "no number": without("sequenceNumber"),
    "audio that is no base64": audio_json(2).replace(b"/////w", b"/////*"),
    "a number in quotes": audio_json(2, sequenceNumber="2"),
    "half a number": audio_json(2, sequenceNumber=2.5),
    "a number below nought": audio_json(2, sequenceNumber=-1),
    "a number beyond an int32": audio_json(2, sequenceNumber=2**31),
    "a rate of nought": audio_json(2, sampleRate=0),
    "a rate beyond all": audio_json(2, sampleRate=1_000_000),
    "null for an id": audio_json(2, conversationId=None),
    "another conversation": audio_json(2, conversationId="conversation-2"),
    "another participant": audio_json(2, participantId="participant-2"),
    "another format": audio_json(2, format="PCMA"),
    "another rate": audio_json(2, sampleRate=16000),
}


def sent(house: LivingHouse) -> list[int]:
    """The numbers that went to the service."""
    return [number for number, _ in house.uplinks[0].audio_sent]


def ended(house: LivingHouse, caller: Caller) -> AudioStreamClosed:
    caller.hang_up()
    return house.line.hears(AudioStreamClosed)


def test_the_first_good_frame_opens_the_stream() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, audio_json(41, b"\1\2", format="L16", sampleRate=16000, more=[1])))
        opened = house.line.hears(AudioStreamOpened)
        assert opened.conversation_id == "conversation-1"
        assert opened.participant_id == "participant-1"
        assert (opened.protocol, opened.codec, opened.sample_rate_hz) == ("media-api", "L16", 16000)
        assert (opened.language, opened.language_source) == ("und", "none")
        ended(house, caller)
        assert house.uplinks[0].audio_sent == [(41, b"\1\2")]


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_frame_is_counted_and_skipped(fault: str) -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1])
        caller.send(ws_frame(TEXT, MALFORMED[fault]))
        caller.say([2])
        counts = ended(house, caller).counts
        assert (counts.frames, counts.malformed, counts.gaps) == (2, 1, 0)
        assert sent(house) == [1, 2]


@pytest.mark.parametrize(
    "changes",
    [
        {"conversationId": ""},
        {"conversationId": ".."},
        {"participantId": "a b"},
        {"participantId": "x" * 129},
        {"format": ""},
        {"format": "PC\nMU"},
        {"format": "x" * 33},
    ],
)
def test_a_first_frame_that_cannot_go_on_record_opens_nothing(changes: dict[str, object]) -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, audio_json(1, **changes)))  # type: ignore[arg-type]
        caller.say([2])
        assert house.line.hears(AudioStreamOpened).conversation_id == "conversation-1"
        assert ended(house, caller).counts.malformed == 1


def test_a_run_of_malformed_frames_ends_the_call() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1])
        for number in (2, 3):  # a good one ends a run
            caller.send(ws_frame(TEXT, b"{") * 2)
            caller.say([number])
        caller.send(ws_frame(TEXT, b"{") * 3)
        caller.say([4])
        assert caller.closed() == (1007, "3 frames in a row are malformed")
        closed = house.line.hears(AudioStreamClosed)
        assert (closed.code, closed.counts.malformed, closed.counts.frames) == (1007, 7, 3)


def test_so_does_a_run_before_any_stream() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, b"{") * 3)
        assert caller.closed()[0] == 1007
        assert not house.uplinks


def test_a_gap_is_told_and_the_new_number_counts() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1, 2, 6, 7])
        gap = house.line.hears(AudioStreamGap)
        assert (gap.kind, gap.expected, gap.got, gap.count) == ("gap", 3, 6, 3)
        assert ended(house, caller).counts.gaps == 1
        assert sent(house) == [1, 2, 6, 7]


def test_repeats_and_steps_back_are_told_and_not_sent_twice() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1, 2, 2, 1, 3])
        repeat, back = house.line.hears(AudioStreamGap), house.line.hears(AudioStreamGap)
        assert (repeat.kind, repeat.expected, repeat.got) == ("repeat", 3, 2)
        assert (back.kind, back.expected, back.got) == ("step_back", 3, 1)
        counts = ended(house, caller).counts
        assert (counts.repeats, counts.frames) == (2, 3)
        assert sent(house) == [1, 2, 3]


def test_numbers_that_start_anew_end_the_call() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([50, 0, 1, 2, 3])
        code, reason = caller.closed()
        assert code == 1008
        assert "passed" in reason
        assert house.line.hears(AudioStreamClosed).code == 1008


def test_the_counters_that_change_are_reported() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1, 2])
        counted = house.line.hears(AudioStreamsCounted, lambda told: told.counts[0].frames == 2)
        (counts,) = counted.counts
        assert counts.position_s == 0.04
        assert house.line.hears(WorkerReport, lambda told: told.frames == 2).calls == 1


class Congested:
    """True, and who asks is heard of."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)

    def __bool__(self) -> bool:
        self.asked.release()
        return True


def test_counters_that_the_gateway_has_no_room_for_are_told_when_it_has() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1])
        house.line.hears(AudioStreamsCounted, lambda told: told.counts[0].frames == 1)
        congested = Congested()
        house.do(lambda: setattr(house.line, "congested", congested))
        caller.say([2])
        for _ in range(3 * PARTS):
            assert congested.asked.acquire(timeout=PATIENCE_S)
        house.do(lambda: setattr(house.line, "congested", False))
        house.line.hears(AudioStreamsCounted, lambda told: told.counts[0].frames == 2)


def say_more_than_is_taken(house: LivingHouse, caller: Caller) -> RecordedUplink:
    """Twenty frames to a service that is so far behind that only eight are read."""
    caller.upgraded().say([1])
    house.line.hears(AudioStreamOpened)
    (uplink,) = house.uplinks
    house.do(lambda: setattr(uplink, "buffered", 1_000))
    caller.say(range(2, 9))
    house.line.hears(WorkerReport, lambda told: told.frames == 8)
    caller.say(range(9, 21))
    return uplink


def test_a_service_that_is_behind_stops_the_reading_until_it_has_caught_up() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        uplink = say_more_than_is_taken(house, caller)
        house.line.hears(WorkerReport)
        assert house.do(lambda: len(uplink.audio_sent)) == 8
        house.do(lambda: setattr(uplink, "buffered", 0))
        house.line.hears(WorkerReport, lambda told: told.frames == 20)


def test_while_the_service_is_lost_a_call_is_read_whatever_waits_and_its_end_is_heard() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        uplink = say_more_than_is_taken(house, caller)
        house.do(lambda: uplink.listener.interrupted("UNAVAILABLE"))
        house.line.hears(WorkerReport, lambda told: told.frames == 20)
        caller.hang_up()
        assert house.line.hears(AudioStreamClosed).code == 1000


def test_a_service_that_takes_nothing_for_too_long_keeps_no_caller_that_has_hung_up() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        uplink = say_more_than_is_taken(house, caller)
        house.do(lambda: setattr(uplink, "lag_ms", 30_001.0))
        house.line.hears(WorkerReport, lambda told: told.frames == 20)
        caller.hang_up()
        assert house.line.hears(AudioStreamClosed).code == 1000


def test_behind_such_a_service_a_call_is_read_to_its_end_however_much_comes_before_it() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        uplink = say_more_than_is_taken(house, caller)
        house.do(lambda: setattr(uplink, "lag_ms", 30_001.0))
        house.line.hears(WorkerReport, lambda told: told.frames == 20)
        house.do(lambda: setattr(uplink, "lag_ms", 29_000.0))
        caller.say(range(21, 61))
        caller.hang_up()
        closed = house.line.hears(AudioStreamClosed)
        assert (closed.code, closed.counts.frames) == (1000, 60)


def test_once_it_is_back_a_service_that_is_behind_stops_the_reading_again() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        uplink = say_more_than_is_taken(house, caller)
        house.do(lambda: uplink.listener.interrupted("UNAVAILABLE"))
        house.line.hears(WorkerReport, lambda told: told.frames == 20)
        house.do(lambda: uplink.listener.restored())
        caller.say(range(21, 25))
        house.line.hears(WorkerReport, lambda told: told.frames == 24)
        caller.say(range(25, 41))
        house.line.hears(WorkerReport)
        assert house.do(lambda: len(uplink.audio_sent)) == 24


def test_a_service_that_is_gone_for_good_ends_the_call() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().say([1])
        house.line.hears(AudioStreamOpened)
        house.do(lambda: house.uplinks[0].listener.ended("UNAVAILABLE for 120 s"))
        assert caller.closed()[0] == 1011
        closed = house.line.hears(AudioStreamClosed)
        assert (closed.code, closed.reason) == (1011, "the transcription service is gone: UNAVAILABLE for 120 s")


messages = st.lists(st.binary(max_size=300), min_size=1, max_size=5)


def test_messages_are_the_same_however_they_are_cut() -> None:
    """Whatever the fragments of a message, and whatever the pieces in which TCP brings them."""
    with housed(plan(limits=LIMITS)) as house:

        @given(audio=messages, data=st.data())
        @settings(max_examples=60)
        def comes_in(audio: list[bytes], data: st.DataObject) -> None:
            wire = b"".join(cut_to_fragments(data, audio_json(number, each)) for number, each in enumerate(audio))
            cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
            with calling(house.port) as caller:
                caller.upgraded()
                for start, end in pairwise([0, *cuts, len(wire)]):
                    caller.send(wire[start:end])
                assert ended(house, caller).counts.frames == len(audio)
            assert house.uplinks[-1].audio_sent == list(enumerate(audio))

        comes_in()


def cut_to_fragments(data: st.DataObject, payload: bytes) -> bytes:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(payload)), max_size=3)))
    pieces = [payload[start:end] for start, end in pairwise([0, *cuts, len(payload)])]
    last = len(pieces) - 1
    mask = data.draw(st.binary(min_size=4, max_size=4))
    return b"".join(
        ws_frame(TEXT if index == 0 else CONTINUATION, piece, fin=index == last, mask=mask)
        for index, piece in enumerate(pieces)
    )
