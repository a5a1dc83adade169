"""AudioHook over real sockets: what a client does, what it hears, and what is told of it."""

import json
from collections.abc import Callable
from fractions import Fraction
from time import monotonic
from typing import Any

import pytest

from messages.media import (
    AudioHookPlan,
    AudioStreamClosed,
    AudioStreamGap,
    AudioStreamLanguage,
    AudioStreamNoted,
    AudioStreamOpened,
    BargeIntoStream,
    DisconnectStream,
    LanguagePlan,
    MediaLimits,
    PlayIntoStream,
    WorkerPlan,
)
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
    Scribe,
    samples_of,
)
from tests.media.audiohook_house import (
    AudioHookHouse,
    FakeUplink,
    HookCaller,
    Said,
    audiohook_house,
    channels,
    entities,
    hooked,
)
from tests.media.callers import BINARY, CONTINUATION, TEXT, ws_frame
from tests.media.workers import plan as plain_plan


def plan(**changes: Any) -> WorkerPlan:
    return plain_plan(language=LanguagePlan(text=False), **changes)


def timed(**times: float) -> WorkerPlan:
    return plan(audiohook=AudioHookPlan(**times))  # type: ignore[arg-type]


def noted(house: AudioHookHouse, what: str) -> AudioStreamNoted:
    return house.hears(AudioStreamNoted, lambda note: note.what == what)


# --- opening and audio


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
        assert noted(house, "session").data == {"id": SESSION, "attempt": 0, "continues": 0}


def test_another_attempt_of_genesys_is_noted() -> None:
    with audiohook_house(plan()) as house, hooked(house.port, Audiohook_Retry_Attempt="3") as call:
        call.opened(EXTERNAL, continuedSessions=[{"id": ORGANIZATION, "serverseq": 1, "clientseq": 1}])
        assert noted(house, "session").data == {"id": SESSION, "attempt": 3, "continues": 1}


# --- the column Reference of genesys-platform 3.10

Deed = Callable[[HookCaller], None]


def saying(write: Callable[[Scribe], str]) -> Deed:
    return lambda call: call.send(write(call.scribe))


OPENED: dict[str, tuple[Deed, str]] = {
    "a gap in seq": (saying(lambda scribe: scribe.say("ping", seq=scribe.seq + 3)), "Invalid seq value"),
    "serverseq too high": (saying(lambda scribe: scribe.say("ping", serverseq=99)), "Invalid serverseq value"),
    "another session": (saying(lambda scribe: scribe.say("ping", id=ORGANIZATION)), "Session identifier mismatch"),
    "no JSON": (saying(lambda _scribe: "{]"), "not valid JSON"),
    "an unknown type": (saying(lambda scribe: scribe.say("future")), "not a supported client message"),
    "half a sample": (lambda call: call.caller.send(ws_frame(BINARY, bytes(1_601))), "not a valid audio frame"),
}
UNOPENED: dict[str, tuple[Deed, str]] = {
    "open without participant": (
        saying(lambda scribe: scribe.open(EXTERNAL, participant=None)),
        "Invalid/missing parameters",
    ),
    "binary before open": (lambda call: call.caller.send(ws_frame(BINARY, bytes(160))), "Received audio"),
    "dtmf before open": (saying(lambda scribe: scribe.say("dtmf", {"digit": "1"})), "Unexpected message"),
}


def ends_well(house: AudioHookHouse, call: HookCaller, words: str) -> None:
    """`disconnect error`, the socket left open, `closed` after the client's `close`."""
    reason, info = call.refusal()
    assert (reason, words in info) == ("error", True)
    assert call.is_open()
    call.scribe.seq = 9
    call.caller.send(ws_frame(BINARY, bytes(3)))
    assert call.close("disconnect") == []


@pytest.mark.parametrize("deed", OPENED)
def test_a_breach_in_an_open_session(deed: str) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        do, words = OPENED[deed]
        do(call)
        ends_well(house, call, words)
        assert words in house.hears(AudioStreamClosed).reason


@pytest.mark.parametrize("deed", UNOPENED)
def test_a_breach_before_the_session_is_open(deed: str) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        do, words = UNOPENED[deed]
        do(call)
        ends_well(house, call, words)
        assert house.untold()


def test_audio_in_a_session_without_audio() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.ask(call.scribe.open())
        call.audio(160)
        ends_well(house, call, "No media selected")


def test_a_second_open_is_ignored() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.send(call.scribe.open(STEREO))
        call.ping()
        assert len(house.uplinks) == 1


def test_another_organization_is_unauthorized() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.send(call.scribe.open(EXTERNAL, organizationId=SESSION))
        assert call.refusal()[0] == "unauthorized"
        assert call.is_open()
        assert call.close("disconnect") == []
        assert house.untold()


@pytest.mark.parametrize("fragments", [False, True])
def test_a_text_over_64_kib_ends_one_call_and_no_other(fragments: bool) -> None:
    with audiohook_house(plan()) as house, hooked(house.port, ORGANIZATION) as other, hooked(house.port) as call:
        other.opened(EXTERNAL)
        call.opened(EXTERNAL)
        text = call.scribe.say("ping", {"x": "y" * 65_536}).encode()
        if fragments:
            call.caller.send(ws_frame(TEXT, text[:9], fin=False) + ws_frame(CONTINUATION, text[9:]))
        else:
            call.caller.send(ws_frame(TEXT, text))
        assert call.closed()[0] == 1009
        other.audio(160)
        other.ping()
        assert len(house.uplinks[0].whole) == 160


# --- pauses, lost audio, language


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
        assert noted(house, "paused").data == {"asked": False}
        noted(house, "resumed")
        gap = house.hears(AudioStreamGap)
        assert (gap.kind, gap.expected, gap.got) == ("discarded", 8_000, 32_000)
        assert noted(house, "discarded").data == {"start": "PT1S", "discarded": "PT3S"}
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


def test_audio_in_a_pause_is_never_passed_on() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.send(call.scribe.say("paused"))
        call.audio(160)
        ends_well(house, call, "Received audio in state PAUSED")
        assert house.uplinks[0].chunks == []


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
        assert noted(house, "language.unsupported").data == {"language": "fr-FR"}
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
        assert noted(house, "positions").data == {"disagreements": 1}


# --- transcripts


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
        assert "too many" in str(noted(house, "events.dropped").data["why"])
        call.close()
        assert noted(house, "events.dropped").data == {"count": 4}


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


# --- the connector


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
            assert noted(house, what).data == {}


def test_audio_is_played_in_the_sessions_format() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(LINEAR)
        opened = house.hears(AudioStreamOpened)
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=b"\xff\x00\x80\x7f"))
        assert call.hear_audio() == b"\x00\x00\x84\x82\x7c\x7d\x00\x00"


def test_nothing_is_played_into_two_channels() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        opened = house.hears(AudioStreamOpened)
        house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(160)))
        assert "one channel" in str(noted(house, "playback.refused").data["why"])


def test_a_barge_takes_back_what_was_not_sent_and_tells_the_client() -> None:
    slow = AudioHookPlan(messages_per_s=0.01, messages_burst=1)
    with audiohook_house(plan(audiohook=slow)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        opened = house.hears(AudioStreamOpened)
        for _ in range(2):
            house.command(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(2_000)))
        assert len(call.hear_audio()) == 2_000
        house.command(BargeIntoStream(stream_id=opened.stream_id))
        assert noted(house, "playback.barged").data == {"bytes": 2_000}


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
        assert noted(house, "playback.dropped").data == {"bytes": 1_001}


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


# --- who has to go, and how


def test_where_there_is_no_room_the_session_is_told_to_come_again() -> None:
    told = plan(limits=MediaLimits(max_calls=1))
    with audiohook_house(told) as house, hooked(house.port, ORGANIZATION) as first, hooked(house.port) as call:
        first.opened(EXTERNAL)
        assert call.refusal() == ("error", "no room for another call")
        assert call.close("disconnect") == []
        first.ping()


def test_a_service_that_is_gone_for_good_ends_the_session_to_come_again() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        house.on_loop(lambda: house.uplinks[0].listener.ended("gave up"))
        assert call.refusal() == ("error", "the transcription service is not available")
        assert call.close("disconnect") == []


def test_a_worker_that_ends_sends_its_sessions_elsewhere() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        (connection,) = house.house.connections
        house.on_loop(connection.leave)
        assert call.refusal() == ("error", "the server is restarting")
        assert call.close("disconnect") == []


def test_who_says_nothing_is_told_so_and_closes_by_himself() -> None:
    with audiohook_house(plan(limits=MediaLimits(idle_s=0.2))) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        assert call.refusal()[0] == "error"
        assert call.close("disconnect") == []


def test_who_never_opens_is_told_so() -> None:
    with audiohook_house(timed(open_s=0.2)) as house, hooked(house.port) as call:
        assert call.refusal()[0] == "error"
        assert call.close("disconnect") == []


def test_who_does_not_go_is_closed_when_the_guard_comes() -> None:
    with audiohook_house(timed(guard_s=0.2)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.send("{")
        assert call.refusal()[0] == "error"
        assert call.closed() == (1008, "the session is over")


def test_a_socket_that_breaks_ends_its_streams() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        call.audio(160)
        call.ping()
        call.caller.sock.close()
        for _ in range(2):
            closed = house.hears(AudioStreamClosed)
            assert (closed.code, closed.counts.frames) == (1006, 1)


def ping_and_never_read(call: HookCaller) -> None:
    """Masked with zeros, which change nothing, so that there are soon enough of them."""
    for _ in range(400):
        pings = [call.scribe.say("ping").encode() for _ in range(1_000)]
        call.caller.send(b"".join(b"\x81\xfe" + len(ping).to_bytes(2) + bytes(4) + ping for ping in pings))


def test_a_client_that_reads_nothing_is_cut_off_and_no_other() -> None:
    with audiohook_house(plan()) as house, hooked(house.port, ORGANIZATION) as other, hooked(house.port) as call:
        call.opened(EXTERNAL)
        other.opened(EXTERNAL)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            ping_and_never_read(call)
        other.ping()
        closed = house.hears(AudioStreamClosed)
        assert closed.reason == "the client does not read what it is sent"


def test_pong_comes_at_once_behind_much_audio() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        begun = monotonic()
        for _ in range(50):
            call.audio(1_600)
        call.ping()
        assert monotonic() - begun < 5.0
        assert json.loads(call.scribe.say("ping"))["serverseq"] == 2
