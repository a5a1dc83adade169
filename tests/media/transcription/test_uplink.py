import asyncio
from dataclasses import replace

import pytest

from media.transcription.door import StreamEnd
from media.transcription.status import Status
from media.transcription.transcription_pb2 import AudioChunk
from media.transcription.uplink import FINISHED
from tests.media.polled_calls import on_a_loop
from tests.media.transcription.uplink_calls import LOST, PLAN, Call


def test_audio_goes_out_at_once_and_results_come_back() -> None:
    call = Call()
    call.speak(1, 2, 3)
    call.stream.answer(2, "hello")
    assert call.stream.sequences == [1, 2, 3]
    assert [(result.text, result.sequence) for result in call.ear.results] == [("hello", 2)]
    assert (call.uplink.sent, call.uplink.acknowledged, call.uplink.buffered) == (3, 2, 0)


def test_a_chunk_carries_the_language_of_its_time() -> None:
    call = Call()
    call.speak(1)
    call.uplink.tag("de")
    call.speak(2)
    assert [AudioChunk.FromString(message).language_code for message in call.stream.taken] == ["und", "de"]


def test_a_chunk_that_is_sent_again_carries_the_language_as_it_is_known_by_then() -> None:
    call = Call()
    call.speak(1)
    call.stream.end(LOST)
    call.uplink.tag("de")
    call.timers.pass_s(0.5)
    assert [AudioChunk.FromString(message).language_code for message in call.stream.taken] == ["de"]


def test_without_room_audio_waits_in_its_order() -> None:
    call = Call(room=1)
    call.speak(1, 2, 3)
    assert call.uplink.buffered == 2
    call.stream.give_room(1)
    call.speak(4)
    assert call.stream.sequences == [1, 2]
    call.stream.give_room(10)
    assert call.stream.sequences == [1, 2, 3, 4]


def test_a_new_stream_goes_on_after_the_last_acknowledged_chunk() -> None:
    call = Call()
    call.speak(1, 2, 3, 4)
    call.stream.answer(2)
    call.stream.end(LOST)
    call.speak(5)
    call.timers.pass_s(0.5)
    assert call.stream.sequences == [3, 4, 5]
    assert call.uplink.sent == 5
    assert call.uplink.reconnects == 1
    assert call.ear.drops == []


def test_the_call_hears_of_an_outage_and_of_its_end() -> None:
    call = Call()
    call.stream.end(LOST)
    call.timers.pass_s(0.5)
    call.stream.end(LOST)
    call.timers.pass_s(1)
    assert call.ear.news == ["UNAVAILABLE: the connection was lost"]
    call.speak(1)
    call.stream.answer(1)
    assert call.ear.news[1:] == ["restored"]


def test_a_stream_that_lives_and_takes_audio_needs_no_result_to_hold() -> None:
    call = Call()
    call.stream.end(LOST)
    call.timers.pass_s(2)
    assert "restored" not in call.ear.news
    call.speak(1)
    call.timers.pass_s(1)
    assert call.ear.news[-1] == "restored"


def test_waits_grow_from_attempt_to_attempt_and_start_anew_once_a_stream_held() -> None:
    call = Call()
    for wait_s in (0.5, 1.0, 2.0, 4.0, 4.0):
        opened = len(call.way.streams)
        call.stream.end(LOST)
        call.timers.pass_s(wait_s - 0.01)
        assert len(call.way.streams) == opened
        call.timers.pass_s(0.01)
        assert len(call.way.streams) == opened + 1
    call.speak(1)
    call.stream.answer(1)
    call.stream.end(LOST)
    opened = len(call.way.streams)
    call.timers.pass_s(0.5)
    assert len(call.way.streams) == opened + 1


def test_a_pushback_is_never_undercut() -> None:
    call = Call()
    call.stream.end(StreamEnd(code=Status.RESOURCE_EXHAUSTED, retry_after_s=20.0))
    call.timers.pass_s(20.49)
    assert len(call.way.streams) == 1
    call.timers.pass_s(0.01)
    assert len(call.way.streams) == 2


def test_what_the_service_has_not_processed_is_sent_again_at_once_but_only_once() -> None:
    call = Call()
    unprocessed = replace(LOST, unprocessed=True)
    call.stream.end(unprocessed)
    call.timers.pass_s(0)
    assert len(call.way.streams) == 2
    call.stream.end(unprocessed)
    call.timers.pass_s(0.9)
    assert len(call.way.streams) == 2


@pytest.mark.parametrize(
    "code", [Status.INVALID_ARGUMENT, Status.UNAUTHENTICATED, Status.PERMISSION_DENIED, Status.UNIMPLEMENTED]
)
def test_a_call_that_is_wrong_is_not_tried_again(code: Status) -> None:
    call = Call()
    call.stream.end(StreamEnd(code=code, message="so it is"))
    assert call.ear.end == f"the service refuses the stream: {code.name} (so it is)"
    assert call.timers.pending == 0


@pytest.mark.parametrize(
    "code", [Status.OK, Status.INTERNAL, Status.CANCELLED, Status.UNKNOWN, Status.RESOURCE_EXHAUSTED]
)
def test_every_other_end_in_the_middle_of_a_call_is_followed_by_a_new_stream(code: Status) -> None:
    call = Call()
    call.stream.end(StreamEnd(code=code))
    call.timers.pass_s(1)
    assert len(call.way.streams) == 2


def test_a_service_that_wishes_no_retry_gets_none() -> None:
    call = Call()
    call.stream.end(StreamEnd(code=Status.UNAVAILABLE, retry_after_s=-1.0))
    assert call.ear.end == "the service wishes no other attempt"


def test_gives_up_when_there_was_no_service_for_too_long_and_counts_what_is_lost() -> None:
    call = Call(room=0)
    call.stream.end(LOST)
    call.speak(1, 2)
    while call.ear.end is None:
        call.timers.pass_s(4)
        if call.ear.end is None:
            call.stream.end(LOST)
    assert 60 <= call.timers.now <= 70
    assert call.ear.end.startswith("no service for 60 s")
    assert call.ear.drops == [(2, 1, 2)]
    call.speak(3)
    assert call.uplink.dropped == 3


def test_what_the_last_stream_had_taken_before_it_broke_for_good_is_lost_too() -> None:
    call = Call()
    call.speak(1, 2, 3)
    call.stream.answer(1)
    call.stream.end(StreamEnd(code=Status.INVALID_ARGUMENT))
    assert call.ear.drops == [(2, 2, 3)]


def test_what_nobody_knows_about_is_told_when_there_is_no_other_stream_either() -> None:
    call = Call(replace(PLAN, replay_bytes=1000))
    call.speak(*range(1, 11))
    call.stream.end(StreamEnd(code=Status.INVALID_ARGUMENT))
    assert call.ear.end is not None
    assert "4 unacknowledged chunks (1 to 4)" in call.ear.end
    assert call.ear.drops == [(6, 5, 10)]


def test_gives_up_on_a_service_that_takes_streams_but_no_audio() -> None:
    call = Call(room=0)
    call.stream.end(LOST)
    call.speak(1)
    call.timers.pass_s(59)
    assert call.ear.end is None
    call.timers.pass_s(2)
    assert call.ear.end == "the service took nothing for 60 s"


def test_a_silent_call_does_not_wear_out_its_service() -> None:
    call = Call()
    call.stream.end(LOST)
    call.timers.pass_s(300)
    assert call.ear.news[-1] == "restored"
    call.stream.end(LOST)
    assert call.ear.end is None


def test_a_full_buffer_drops_the_oldest_and_reports_it_once_a_second() -> None:
    call = Call(replace(PLAN, replay_bytes=1000), room=0)
    call.speak(*range(1, 11))
    assert call.ear.drops == []
    call.timers.pass_s(1)
    ((count, first, last),) = call.ear.drops
    assert (first, last) == (1, count)
    assert call.uplink.dropped == count
    assert call.uplink.buffered == 10 - count


def test_audio_that_waited_too_long_is_dropped() -> None:
    call = Call(room=0)
    call.speak(1)
    call.timers.pass_s(31)
    call.speak(2)
    call.timers.pass_s(1)
    assert call.ear.drops == [(1, 1, 1)]


def test_a_service_that_acknowledges_nothing_loses_nothing_while_its_stream_lives() -> None:
    call = Call(replace(PLAN, replay_bytes=1000))
    call.speak(*range(1, 101))
    call.timers.pass_s(2)
    assert call.uplink.dropped == 0
    assert call.stream.sequences == list(range(1, 101))
    call.stream.end(LOST)
    assert "unacknowledged chunks (1 to 9" in call.ear.news[0]
    call.timers.pass_s(1)
    assert call.stream.sequences[-1] == 100


def test_an_answer_that_is_none_costs_the_stream_and_not_the_call() -> None:
    call = Call()
    call.speak(1)
    broken = call.stream
    broken.listener.on_result(b"\xff\xff")
    assert broken.over
    call.timers.pass_s(1)
    assert call.stream.sequences == [1]


def test_a_stream_that_was_left_is_not_heard_any_more() -> None:
    call = Call()
    call.speak(1, 2)
    left = call.stream
    left.listener.on_result(b"\xff\xff")
    call.timers.pass_s(1)
    left.answer(2, "from the past")
    left.listener.on_end(LOST)
    left.listener.on_room()
    assert call.ear.results == []
    assert call.uplink.acknowledged is None
    assert not call.stream.over


def test_finishing_half_closes_behind_the_last_chunk_and_waits_for_results() -> None:
    call = Call(room=1)
    call.speak(1, 2)
    call.uplink.finish()
    assert not call.stream.finished
    call.stream.give_room(5)
    assert call.stream.finished
    call.stream.answer(2, "bye")
    call.stream.end(StreamEnd(code=Status.OK))
    assert call.ear.results[-1].text == "bye"
    assert call.ear.end == FINISHED
    assert call.timers.pending == 0


def test_finishing_waits_for_results_no_longer_than_it_was_told() -> None:
    call = Call()
    call.speak(1)
    call.uplink.finish()
    call.timers.pass_s(5)
    assert call.stream.over
    assert call.ear.end == "no end of the results within 5 s"


def test_finishing_in_an_outage_tries_once_more_at_once() -> None:
    call = Call()
    call.speak(1)
    call.stream.end(LOST)
    call.uplink.finish()
    call.timers.pass_s(0)
    assert call.stream.sequences == [1]
    assert call.stream.finished
    call.stream.end(StreamEnd(code=Status.OK))
    assert call.ear.end == FINISHED


def test_a_stream_that_breaks_while_it_finishes_is_resumed_within_the_same_time() -> None:
    call = Call()
    call.speak(1, 2)
    call.uplink.finish()
    call.stream.answer(1)
    call.stream.end(LOST)
    call.timers.pass_s(1)
    assert call.stream.sequences == [2]
    assert call.stream.finished
    call.timers.pass_s(4)
    assert call.ear.end == "no end of the results within 5 s"


@on_a_loop
async def test_a_fault_of_ours_while_a_stream_is_opened_anew_is_told_to_its_call() -> None:
    call = Call()
    call.stream.end(LOST)
    del call.services.way
    call.timers.pass_s(0.5)
    await asyncio.sleep(0)
    assert [type(fault) for fault in call.ear.faults] == [AttributeError]


def test_an_aborted_call_is_silent() -> None:
    call = Call()
    call.speak(1)
    call.uplink.abort()
    assert call.stream.over
    assert call.timers.pending == 0
    assert call.ear.end is None


def test_a_service_that_takes_everything_and_says_nothing_is_not_behind() -> None:
    call = Call()
    call.speak(1)
    call.timers.pass_s(0.5)
    call.speak(2)
    call.timers.pass_s(0.25)
    assert (call.uplink.lag_ms, call.uplink.unacknowledged_ms) == (0, 750)
    call.stream.answer(1)
    assert (call.uplink.lag_ms, call.uplink.unacknowledged_ms) == (0, 250)


def test_lag_is_how_long_the_oldest_chunk_has_waited_to_be_sent() -> None:
    call = Call(room=1)
    call.speak(1, 2)
    call.timers.pass_s(0.5)
    call.speak(3)
    call.timers.pass_s(0.25)
    assert (call.uplink.lag_ms, call.uplink.unacknowledged_ms) == (750, 750)
    call.stream.give_room(1)
    assert call.uplink.lag_ms == 250
    call.stream.give_room(1)
    assert (call.uplink.lag_ms, call.uplink.unacknowledged_ms) == (0, 750)


def test_what_a_broken_stream_had_taken_waits_since_it_was_spoken() -> None:
    call = Call()
    call.speak(1)
    call.timers.pass_s(0.25)
    assert call.uplink.lag_ms == 0
    call.stream.end(LOST)
    assert call.uplink.lag_ms == 250
