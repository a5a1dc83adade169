"""Transcripts on their way back to Genesys, and the last of them before `closed`."""

from typing import Any

import pytest

from messages.media import AudioHookPlan, AudioStreamOpened, PlayIntoStream, Stereo
from tests.audiohook import EXTERNAL, STEREO
from tests.media.audiohook_house import AudioHookHouse, FakeUplink, HookCaller, Said, audiohook_house, entities, hooked
from tests.media.audiohook_plans import plan, timed


def test_transcripts_go_back_with_channel_place_and_language() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO, language="en-US")
        for _ in range(3):
            call.audio(1_600)
        call.ping()
        house.answers(house.uplinks[1], Said("", 1), Said("how can I help", 3, "0.75"))
        (entity,) = entities(call.hear())
        data = entity["data"]
        assert entity["type"] == "transcript"
        assert (data["channelId"], data["isFinal"], data["offset"], data["duration"]) == (1, True, "PT0.2S", "PT0.4S")
        (alternative,) = data["alternatives"]
        assert alternative["confidence"] == 0.75
        assert [tag.lower() for tag in alternative["languages"]] == ["en-us"]
        assert alternative["interpretations"] == [{"type": "display", "transcript": "how can I help"}]
        call.close()


@pytest.mark.parametrize("stereo", ["streams", "tagged"])
def test_a_service_that_counts_in_its_own_steps_covers_no_more_than_there_was(stereo: Stereo) -> None:
    with audiohook_house(plan(stereo=stereo)) as house, hooked(house.port) as call:
        call.opened(STEREO)
        call.audio(1_600)
        call.ping()
        house.answers(house.uplinks[0], Said("one", 1_001))
        (one,) = entities(call.hear())
        call.audio(800)
        call.ping()
        house.answers(house.uplinks[0], Said("two", 2_001))
        (two,) = entities(call.hear())
        assert (one["data"]["offset"], one["data"]["duration"]) == ("PT0S", "PT0.2S")
        assert (two["data"]["offset"], two["data"]["duration"]) == ("PT0.2S", "PT0.1S")
        call.close()


def test_a_client_that_counts_backwards_gets_its_transcripts_without_a_place() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(1_600)
        call.audio(1_600)
        call.scribe.position = 0
        call.send(call.scribe.lost("discarded", 80))
        call.audio(160)
        call.ping()
        house.answers(house.uplinks[0], Said("one", 1), Said("two", 3))
        (placed,), (unplaced,) = entities(call.hear()), entities(call.hear())
        assert placed["data"]["duration"] == "PT0.2S"
        assert not {"offset", "duration"} & unplaced["data"].keys()
        call.close()


def test_an_integration_that_takes_no_events_gets_no_second_one() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.ping()
        house.answers(house.uplinks[0], Said("one", 1))
        assert call.hear()["type"] == "event"
        call.send(call.scribe.say("error", {"code": 400, "message": "The event messages are not allowed here"}))
        call.ping()
        house.answers(house.uplinks[0], Said("two", 1))
        call.ping()
        assert call.close() == []


def test_no_events_where_none_are_wanted() -> None:
    with audiohook_house(plan(audiohook=AudioHookPlan(events=False))) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.ping()
        house.answers(house.uplinks[0], Said("one", 1))
        assert call.close() == []


def finished(uplink: FakeUplink) -> None:
    assert uplink.is_finished.wait(30)


def test_the_last_transcripts_come_before_closed() -> None:
    with audiohook_house(plan(), patient=True) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.send(call.scribe.say("close", {"reason": "end"}))
        (uplink,) = wait_for_uplinks(house, call)
        finished(uplink)
        house.answers(uplink, Said("goodbye", 1))
        house.on_loop(lambda: uplink.listener.ended("finished"))
        (entity,) = entities(call.hear())
        assert entity["data"]["alternatives"][0]["interpretations"][0]["transcript"] == "goodbye"
        assert call.hear()["type"] == "closed"
        call.caller.hang_up()


def wait_for_uplinks(house: AudioHookHouse, call: HookCaller) -> list[FakeUplink]:
    assert call.is_open()  # what was sent before has been heard
    return house.uplinks


def test_a_service_that_has_no_end_keeps_no_client_waiting() -> None:
    with audiohook_house(timed(close_s=0.1), patient=True) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        assert call.close() == []
        finished(house.uplinks[0])


def test_what_waits_for_its_turn_is_sent_before_closed() -> None:
    slow = AudioHookPlan(messages_per_s=20.0, messages_burst=1)
    with audiohook_house(plan(audiohook=slow)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.ping()
        house.answers(house.uplinks[0], *(Said(f"word {number}", 1) for number in range(5)))
        said = [entity for message in call.close() for entity in entities(message)]
        texts = [entity["data"]["alternatives"][0]["interpretations"][0]["transcript"] for entity in said]
        assert texts == [f"word {number}" for number in range(5)]


def test_many_transcripts_share_messages_in_their_order() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.ping()
        house.answers(house.uplinks[0], *(Said(str(number), 1) for number in range(200)))
        messages, got = 0, list[dict[str, Any]]()
        while len(got) < 200:
            messages += 1
            got += entities(call.hear())
        texts = [entity["data"]["alternatives"][0]["interpretations"][0]["transcript"] for entity in got]
        assert texts == [str(number) for number in range(200)]
        assert messages < 60


def test_transcripts_that_find_no_room_are_counted_and_told() -> None:
    slow = AudioHookPlan(messages_per_s=0.01, messages_burst=1, close_s=0.1)
    with audiohook_house(plan(audiohook=slow)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.ping()
        house.answers(house.uplinks[0], *(Said("word", 1) for _ in range(260)))
        assert "too many" in str(house.noted("events.dropped").data["why"])
        call.close()
        assert house.noted("events.dropped").data == {"count": 4}


def test_an_empty_message_is_no_chunk() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(0)
        sent = call.audio(10)
        call.ping()
        assert house.uplinks[0].chunks == [(1, sent)]


def test_a_client_that_asks_for_silence_hears_answers_alone() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(160)
        call.send(call.scribe.say("error", {"code": 429, "message": "slow down", "retryAfter": "PT40S"}))
        call.ping()
        opened = house.hears(AudioStreamOpened)
        house.answers(house.uplinks[0], Said("one", 1))
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(160)))
        call.ping()
        assert call.played == []
