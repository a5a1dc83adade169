"""AudioHook over real sockets: what a client does, what it hears, and what is told of it."""

from fractions import Fraction
from typing import Any

import pytest

from messages.media import AudioHookPlan, AudioStreamClosed, AudioStreamGap, AudioStreamLanguage, AudioStreamOpened
from tests.audiohook import (
    CONVERSATION,
    EXTERNAL,
    INTERNAL,
    LINEAR,
    LINEAR_STEREO,
    ORGANIZATION,
    PARTICIPANT,
    SESSION,
    STEREO,
    samples_of,
)
from tests.media.audiohook_house import Said, audiohook_house, channels, entities, hooked
from tests.media.audiohook_plans import plan, timed
from tests.media.callers import BINARY, CONTINUATION, ws_frame

# --- opening and audio ---------------------------------------------------------------------------------------


def test_both_channels_of_a_call_go_their_own_way() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        assert call.opened(EXTERNAL, STEREO, INTERNAL) == {"media": [STEREO]}
        sent = b"".join(call.audio(samples) for samples in (160, 1600, 1, 800))
        call.ping()
        assert [uplink.whole for uplink in house.uplinks] == [*channels(sent)]
        voices = [(uplink.facts.participant_id, uplink.facts.voices) for uplink in house.uplinks]
        assert voices == [(PARTICIPANT, (f"{PARTICIPANT}:{name}",)) for name in ("external", "internal")]
        for name in ("external", "internal"):
            opened = house.hears(AudioStreamOpened)
            assert (opened.conversation_id, opened.participant_id) == (CONVERSATION, PARTICIPANT)
            assert (opened.protocol, opened.codec, opened.sample_rate_hz) == ("audiohook", "PCMU", 8000)
            assert opened.channel == name
        call.close()
        for _ in range(2):
            closed = house.hears(AudioStreamClosed)
            assert closed.reason == "the client has closed: end"
            assert (closed.counts.frames, closed.counts.position_s) == (4, 0.32)


def test_both_channels_of_a_call_take_turns_on_one_stream() -> None:
    with audiohook_house(plan(stereo="tagged")) as house, hooked(house.port) as call:
        call.opened(STEREO)
        sent = [call.audio(samples) for samples in (160, 800)]
        call.ping()
        (uplink,) = house.uplinks
        assert uplink.facts.voices == (f"{PARTICIPANT}:external", f"{PARTICIPANT}:internal")
        parts = [part for frame in sent for part in channels(frame)]
        assert uplink.chunks == [*enumerate(parts, 1)]
        opened = house.hears(AudioStreamOpened)
        assert opened.channel == "external+internal"
        house.answers(uplink, Said("hello", 1), Said("good day", 4))
        assert [entity["data"]["channelId"] for entity in (*entities(call.hear()), *entities(call.hear()))] == [0, 1]
        call.close()
        assert house.hears(AudioStreamClosed).counts.position_s == 0.12


@pytest.mark.parametrize(("media", "width"), [(LINEAR, 2), (EXTERNAL, 1), (INTERNAL, 1)])
def test_one_channel_goes_as_it_comes(media: dict[str, Any], width: int) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(media)
        sent = call.audio(400)
        call.ping()
        (uplink,) = house.uplinks
        assert uplink.whole == sent
        assert len(sent) == 400 * width
        assert (uplink.facts.codec, uplink.facts.voices) == (media["format"], ())
        assert house.hears(AudioStreamOpened).channel == media["channels"][0]
        call.close()


def test_linear_stereo_is_taken_apart_by_samples() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(LINEAR_STEREO)
        sent = call.audio(400)
        call.ping()
        assert [uplink.whole for uplink in house.uplinks] == [*channels(sent, 2)]


def test_mono_is_chosen_where_it_is_wanted() -> None:
    with audiohook_house(plan(audiohook=AudioHookPlan(stereo=False))) as house, hooked(house.port) as call:
        assert call.opened(STEREO, INTERNAL, EXTERNAL) == {"media": [EXTERNAL]}


def test_twenty_seconds_that_come_at_once_are_taken() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        sent = call.audio(160_000)
        call.ping()
        assert [uplink.whole for uplink in house.uplinks] == [*channels(sent)]


def test_audio_in_fragments_is_one_frame() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        audio = call.scribe.audio(90_000)
        call.caller.send(ws_frame(BINARY, audio[:1], fin=False) + ws_frame(CONTINUATION, audio[1:80_000], fin=False))
        call.caller.send(ws_frame(CONTINUATION, audio[80_000:]))
        call.ping()
        assert house.uplinks[0].chunks == [(1, audio)]


def test_a_binary_message_over_the_limit_ends_its_call_alone() -> None:
    told = timed(max_audio_bytes=2_000)
    with audiohook_house(told) as house, hooked(house.port) as call, hooked(house.port, ORGANIZATION) as other:
        call.opened(EXTERNAL)
        other.opened(EXTERNAL)
        call.audio(2_001)
        assert call.closed()[0] == 1009
        other.ping()


def test_a_session_without_audio_lives_and_leaves_no_stream() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        assert call.ask(call.scribe.open())["parameters"] == {"media": []}
        call.ping()
        assert call.close() == []
        assert house.untold()


def test_a_probe_is_answered_and_leaves_no_stream() -> None:
    with audiohook_house(plan(supported_languages=("en-US", "es-419"))) as house, hooked(house.port) as call:
        answer = call.ask(call.scribe.probe(supportedLanguages=True))
        assert answer["parameters"] == {"media": [], "supportedLanguages": ["en-US", "es-419"]}
        assert call.close() == []
        assert house.untold()


def test_a_connectors_path_and_query_come_in_by_the_same_door() -> None:
    with audiohook_house(plan()) as house, hooked(house.port, path="/audiohook/my-bot?tenant=7") as call:
        call.opened(EXTERNAL)
        assert house.noted("session").data == {"id": SESSION, "attempt": 0, "continues": [], "position": "PT0S"}


def test_another_attempt_of_genesys_is_noted() -> None:
    with audiohook_house(plan()) as house, hooked(house.port, Audiohook_Retry_Attempt="3") as call:
        call.scribe.position = 12_000
        call.opened(EXTERNAL, continuedSessions=[{"id": ORGANIZATION, "serverseq": 1, "clientseq": 1}])
        assert house.noted("session").data == {
            "id": SESSION,
            "attempt": 3,
            "continues": [ORGANIZATION],
            "position": "PT1.5S",
        }


# --- pauses, lost audio, language ----------------------------------------------------------------------------


def test_a_pause_is_noted_and_what_it_lost_is_a_gap() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.audio(8_000)
        call.send(call.scribe.say("paused"))
        call.send(call.scribe.lost("resumed", 24_000))
        call.audio(800)
        call.send(call.scribe.lost("discarded", 1))
        call.audio(800)
        call.ping()
        assert house.noted("paused").data == {"asked": False}
        house.noted("resumed")
        gap = house.hears(AudioStreamGap)
        assert (gap.kind, gap.expected, gap.got) == ("discarded", 8_000, 32_000)
        assert house.noted("discarded").data == {"start": "PT1S", "discarded": "PT3S"}
        gap = house.hears(AudioStreamGap)
        assert (gap.expected, gap.got) == (32_800, 32_801)
        house.answers(house.uplinks[0], Said("one", 1), Said("two", 2), Said("three", 3))
        spans = [entity["data"] for _ in range(3) for entity in entities(call.hear())]
        assert [(samples_of(data["offset"]), samples_of(data["duration"])) for data in spans] == [
            (Fraction(0), Fraction(8_000)),
            (Fraction(32_000), Fraction(800)),
            (Fraction(32_801), Fraction(800)),
        ]
        call.close()


@pytest.mark.parametrize("kind", ["resumed", "discarded"])
@pytest.mark.parametrize(("start", "kinds"), [(12_000, "discarded"), (4_000, "step_back")])
def test_where_the_client_goes_on_elsewhere_positions_follow_it_to_the_sample(
    kind: str, start: int, kinds: str
) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        call.audio(8_000)
        if kind == "resumed":
            call.send(call.scribe.say("paused"))
        call.scribe.position = start
        call.send(call.scribe.lost(kind, 0))
        call.audio(8_000)
        call.ping()
        streams = {house.hears(AudioStreamOpened).stream_id for _ in range(2)}
        gaps = [house.hears(AudioStreamGap) for _ in range(2)]
        assert {gap.stream_id for gap in gaps} == streams
        assert {(gap.kind, gap.expected, gap.got) for gap in gaps} == {(kinds, 8_000, start)}
        house.answers(house.uplinks[0], Said("one", 1), Said("two", 2))
        (one,), (two,) = entities(call.hear()), entities(call.hear())
        assert (one["data"]["offset"], one["data"]["duration"]) == ("PT0S", "PT1S")
        assert (two["data"]["offset"], two["data"]["duration"]) == (f"PT{start / 8_000:g}S", "PT1S")
        call.close()


def test_the_language_of_the_open_and_of_an_update_is_the_streams() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL, language="es-419")
        assert call.ask(call.scribe.say("update", {"language": "de-DE"}))["type"] == "updated"
        languages = [house.hears(AudioStreamLanguage) for _ in range(2)]
        assert [(told.language.lower(), told.source) for told in languages] == [("es-419", "call"), ("de-de", "call")]
        assert [tag.lower() for tag in house.uplinks[0].tags] == ["es-419", "de-de"]


def test_a_language_that_is_not_supported_pauses_the_call() -> None:
    with audiohook_house(plan(supported_languages=("en-US",))) as house, hooked(house.port) as call:
        assert call.opened(EXTERNAL, language="fr-FR")["startPaused"] is True
        assert house.noted("language.unsupported").data == {"language": "fr-FR"}
        assert call.ask(call.scribe.say("update", {"language": "en-US"}))["type"] == "updated"
        assert call.hear()["type"] == "resume"
        call.send(call.scribe.lost("resumed", 0))
        sent = call.audio(160)
        assert call.ask(call.scribe.say("update", {"language": "fr-FR"}))["type"] == "pause"
        assert house.uplinks[0].whole == sent


def test_positions_that_are_not_ours_are_told_in_the_end() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        assert call.ask(call.scribe.say("ping", position="PT7S"))["type"] == "pong"
        call.close()
        assert house.noted("positions").data == {"disagreements": 1}
