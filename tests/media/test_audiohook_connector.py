"""What a connector has played into its session, barged into it, and taken back."""

from typing import Any

import pytest

from messages.media import AudioHookPlan, AudioStreamOpened, BargeIntoStream, DisconnectStream, PlayIntoStream
from tests.audiohook import EXTERNAL, LINEAR, STEREO
from tests.media.audiohook_house import Said, audiohook_house, entities, hooked
from tests.media.audiohook_plans import plan


def test_audio_is_played_in_few_large_frames() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        audio = bytes(number % 256 for number in range(100_000))
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=audio))
        frames = [call.hear_audio(), call.hear_audio()]
        assert b"".join(frames) == audio
        assert [len(frame) for frame in frames] == [50_000, 50_000]
        call.send(call.scribe.say("playback_started"))
        call.send(call.scribe.say("dtmf", {"digit": "5"}))
        call.send(call.scribe.say("playback_completed"))
        call.ping()
        for what in ("playback.started", "dtmf", "playback.completed"):
            assert house.noted(what).data == {}


def test_audio_is_played_in_the_sessions_format() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(LINEAR)
        opened = house.hears(AudioStreamOpened)
        assert opened.plays
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=b"\xff\x00\x80\x7f"))
        assert call.hear_audio() == b"\x00\x00\x84\x82\x7c\x7d\x00\x00"


def test_nothing_is_played_into_two_channels() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        opened = house.hears(AudioStreamOpened)
        assert not opened.plays
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(160)))
        assert "one channel" in str(house.noted("playback.refused").data["why"])


def test_nothing_is_played_into_a_session_that_ends() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        house.command(DisconnectStream(stream_id=opened.stream_id))
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(160)))
        assert "ending" in str(house.noted("playback.refused").data["why"])


def test_a_barge_takes_back_what_was_not_sent_and_tells_the_client() -> None:
    slow = AudioHookPlan(messages_per_s=0.01, messages_burst=1)
    with audiohook_house(plan(audiohook=slow)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        for _ in range(2):
            house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(2_000)))
        assert len(call.hear_audio()) == 2_000
        house.command(BargeIntoStream(stream_id=opened.stream_id))
        assert house.noted("playback.barged").data == {"bytes": 2_000}


def test_a_transcript_does_not_wait_for_the_turn_of_audio() -> None:
    slow = AudioHookPlan(messages_per_s=0.01, messages_burst=3)
    with audiohook_house(plan(audiohook=slow)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        for _ in range(4):
            house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(2_000)))
        house.answers(house.uplinks[0], Said("one", 1))
        assert call.hear()["type"] == "event"
        assert len(call.played) == 3


def test_the_client_is_told_of_a_barge() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        house.command(BargeIntoStream(stream_id=opened.stream_id))
        assert entities(call.hear()) == [{"type": "barge_in", "data": {}}]


def test_too_much_to_play_is_refused_and_told() -> None:
    with audiohook_house(plan(audiohook=AudioHookPlan(max_playback_bytes=1_000))) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(1_001)))
        assert house.noted("playback.dropped").data == {"bytes": 1_001}


@pytest.mark.parametrize(
    ("reason", "parameters"),
    [
        ("completed", {"reason": "completed", "outputVariables": {"outcome": "sold"}}),
        ("error", {"reason": "error", "outputVariables": {"outcome": "sold"}}),
        ("no answer", {"reason": "completed", "info": "no answer", "outputVariables": {"outcome": "sold"}}),
    ],
)
def test_a_session_is_ended_with_its_output(reason: str, parameters: dict[str, Any]) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        for _ in range(2):
            house.command(
                DisconnectStream(stream_id=opened.stream_id, reason=reason, output_variables={"outcome": "sold"})
            )
        assert call.hear()["parameters"] == parameters
        call.audio(160)
        assert call.close("disconnect") == []
        assert house.uplinks[0].chunks == []
