"""Playbacks: who listens and to what, the file's check, the play request, and the events up to the end."""

from typing import Any

import orjson
import pytest

from messages.audio import InspectAudio
from messages.journal import ProgressRecorded, PublishEvent, RecordAccepted, RecordEnded
from messages.orders import CancelOrders, DeadlinePassed
from messages.playbacks import EventsIdle, PlaybackOverdue, SubscriptionSettled
from messages.rest import Call, CallAnswered
from messages.sessions import FrameSent, FrameUnsent, SessionInvalid, SessionLost, SessionOpened, SessionValid
from tests.actors.audio_scenes import CDN, URL, PlaybackScene, interaction, play, why
from tests.actors.scenes import ID

OTHER = "0190a5a0-0000-7000-8000-000000000002"


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


# --- who listens, and to what --------------------------------------------------------------------------------


def test_nothing_is_looked_up_before_the_order_is_on_record(scene: PlaybackScene) -> None:
    scene.submit(play(deadline_s=60.0))
    assert not scene.rest.heard
    scene.record()
    call = scene.call()
    assert (call.priority, call.deadline_s) == ("steer", 60.0)
    assert call.request.url == "https://api.example/api/v2/interactions/conv-1"


@pytest.mark.parametrize(
    ("told", "path", "codec"),
    [
        ({}, "en/standard/welcome.mp3", "mp3"),
        ({"language": "pt-BR", "service_tier": "Premium"}, "pt-br/premium/welcome.mp3", "mp3"),
        ({"service_tier": "gold"}, "en/standard/welcome.mp3", "mp3"),
        ({"codecs": "wav,opus"}, "en/standard/welcome.opus", "opus"),
        ({"codecs": ["WAV", "G722"]}, "en/standard/welcome.wav", "wav"),
    ],
)
def test_language_tier_and_codec_of_the_look_up_decide_the_file(
    scene: PlaybackScene, told: dict[str, Any], path: str, codec: str
) -> None:
    scene.accept(play())
    scene.answer("GET", body=interaction(**told))
    assert scene.inspect().url == f"{CDN}/{path}"
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    (media,) = orjson.loads(scene.take().request.body or b"")["media"]
    assert media["url"] == f"{CDN}/{path}"
    scene.hear("completed", url=f"{CDN}/{path}")
    assert scene.ended().extra["codec"] == codec


@pytest.mark.parametrize(
    ("look_up", "expected"),
    [
        ({"status": 404}, ("refused", ["SB-201"])),
        ({"body": interaction(state="completed")}, ("refused", ["SB-221"])),
        ({"body": interaction(language="../../etc")}, ("refused", ["SB-216"])),
        ({"status": 503}, ("failed", ["SB-209"])),
        ({"status": 403}, ("failed", ["SB-208"])),
        ({"body": b"junk"}, ("failed", ["SB-211"])),
        ({"failure": "circuit_open"}, ("failed", ["SB-207"])),
        ({"failure": "rate_limited"}, ("failed", ["SB-206"])),
    ],
)
def test_a_look_up_that_says_no_or_nothing_ends_it_with_nothing_played(
    scene: PlaybackScene, look_up: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    scene.accept(play())
    scene.answer("GET", **look_up)
    assert why(scene.ended()) == expected
    assert not scene.sessions.plans
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_objections_to_the_order_are_told_together_and_ask_nobody(scene: PlaybackScene) -> None:
    scene.submit(play(interaction_id="", prompt_key="../secret", volume=9.0, timeout_s=0.0))
    accepted = scene.record()
    assert accepted.outcome is not None
    assert why(accepted.outcome) == ("refused", ["SB-101", "SB-109", "SB-110", "SB-111"])
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_without_a_cdn_there_is_nothing_to_play() -> None:
    scene = PlaybackScene(cdn_base="")
    scene.submit(play())
    outcome = scene.record().outcome
    assert outcome is not None
    assert why(outcome) == ("refused", ["SB-119"])


# --- the file ------------------------------------------------------------------------------------------------


def test_the_inspector_is_asked_about_the_file_and_given_its_time(scene: PlaybackScene) -> None:
    scene.accept(play())
    scene.look_up()
    asked = scene.inspector.take(InspectAudio)
    assert (asked.url, asked.level, asked.deadline_s, asked.longest_ms) == (URL, "headers", 10.0, None)


def test_what_the_inspector_refuses_is_refused_with_every_reason(scene: PlaybackScene) -> None:
    scene.accept(play())
    scene.look_up()
    scene.inspect("SB-115", "SB-117")
    assert why(scene.ended()) == ("refused", ["SB-115", "SB-117"])
    assert not scene.sessions.plans
    assert scene.is_at_rest()


def test_what_the_inspector_only_remarks_is_told_in_the_outcome(scene: PlaybackScene) -> None:
    scene.accept(play())
    scene.look_up()
    scene.inspect(warnings=("SB-120", "SB-122"))
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    scene.hear("completed")
    outcome = scene.ended()
    assert outcome.status == "succeeded"
    assert outcome.extra["warnings"] == ["SB-120 in its words", "SB-122 in its words"]


def test_an_inspector_that_never_answers_is_a_warning_and_no_wait_until_the_deadline(scene: PlaybackScene) -> None:
    scene.accept(play())
    scene.look_up()
    scene.stage.advance(11.0)
    assert scene.sessions.plans
    scene.inspect("SB-115")  # too late to matter
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    scene.hear("completed")
    warnings = scene.ended().extra["warnings"]
    assert isinstance(warnings, list)
    assert [str(warning).partition(" ")[0] for warning in warnings] == ["SB-120"]
    assert scene.is_at_rest()


def test_without_inspectors_the_file_is_not_checked() -> None:
    scene = PlaybackScene(inspected=False)
    scene.accept(play())
    scene.look_up()
    assert scene.sessions.plans


# --- the prompt ----------------------------------------------------------------------------------------------


def test_a_prompt_is_played_and_followed_to_its_end(scene: PlaybackScene) -> None:
    scene.subscribed(play(volume=0.5))
    step = scene.put_on_record()
    assert (step.request_id, step.step, step.data["url"]) == (ID, "asked", URL)
    call = scene.take(attempts=2)
    assert call.request.url == "https://api.example/api/v2/media/play"
    assert call.request.headers["idempotency-key"] == ID
    assert not call.request.idempotent
    assert orjson.loads(call.request.body or b"") == {
        "interactionId": "conv-1",
        "media": [{"url": URL, "type": "audio", "playbackOptions": {"volume": 0.5}}],
    }
    scene.hear("buffering")
    scene.stage.advance(0.5)
    scene.hear("playing")
    scene.stage.advance(2.0)
    assert scene.states() == [("playback.buffering", ID), ("playback.playing", ID)]
    scene.hear("completed")
    assert scene.states() == [("playback.completed", ID)]
    outcome = scene.ended()
    assert (outcome.status, outcome.detail, outcome.retries) == ("succeeded", f"played {URL}", 1)
    assert outcome.extra == {
        "interaction_id": "conv-1",
        "prompt_key": "welcome",
        "url": URL,
        "language": "en",
        "service_tier": "standard",
        "codec": "mp3",
        "state": "completed",
        "to_playing_ms": 500.0,
        "to_end_ms": 2500.0,
        "warnings": [],
    }
    assert scene.is_at_rest()


def test_an_event_carries_the_interaction_and_the_file(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("playing")
    (event,) = scene.journal.take_all(PublishEvent)
    assert event.data == {"request_id": ID, "interaction_id": "conv-1", "url": URL}


def test_the_cdns_query_is_asked_for_and_never_told() -> None:
    scene = PlaybackScene(cdn_base=f"{CDN}?sig=hush")
    scene.accept(play())
    scene.look_up()
    assert scene.inspect().url == f"{URL}?sig=hush"
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    assert b"sig=hush" in (scene.take().request.body or b"")
    scene.hear("playing", "completed", url=f"{URL}?sig=hush")
    told = [*scene.journal.take_all(PublishEvent), *scene.journal.take_all(RecordEnded)]
    assert len(told) == 3
    assert "hush" not in repr(told)


def test_time_to_playing_is_that_to_the_first_playing(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("playing")
    scene.stage.advance(1.0)
    scene.hear("buffering", "playing", "completed")
    assert scene.ended().extra["to_playing_ms"] == 0.0


def test_an_error_state_is_a_failure_in_genesyss_words(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("buffering")
    scene.hear("error", error="codec not\nsupported")
    outcome = scene.ended()
    assert why(outcome) == ("failed", ["SB-217"])
    assert "codec not supported" in outcome.detail
    assert outcome.extra["state"] == "error"
    assert scene.states()[-1] == ("playback.error", ID)
    assert scene.is_at_rest()


def test_an_end_may_come_before_the_answer_to_the_request(scene: PlaybackScene) -> None:
    scene.asked()
    scene.hear("buffering", "playing", "completed")
    assert scene.ended().status == "succeeded"
    scene.take()
    assert scene.is_at_rest()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 429}, ("failed", ["SB-206"])),
        ({"status": 400}, ("failed", ["SB-213"])),
        ({"status": 403}, ("failed", ["SB-208"])),
        ({"status": 404}, ("refused", ["SB-201"])),
        ({"status": 409}, ("refused", ["SB-221"])),
        ({"failure": "circuit_open"}, ("failed", ["SB-207"])),
        ({"failure": "transport"}, ("failed", ["SB-223"])),
    ],
)
def test_what_genesys_did_not_take_ends_at_once(
    scene: PlaybackScene, answer: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    scene.asked()
    scene.take(**answer)
    outcome = scene.ended()
    assert why(outcome) == expected
    assert (outcome.extra["state"], outcome.extra["to_end_ms"]) == (None, None)
    assert scene.is_at_rest()


@pytest.mark.parametrize("status", [200, 202])
def test_both_answers_of_the_contract_are_an_acceptance(scene: PlaybackScene, status: int) -> None:
    scene.asked()
    scene.take(status)
    assert not scene.journal.take_all(RecordEnded)
    assert not scene.routes()


def test_metrics_count_finished_plays_only(scene: PlaybackScene) -> None:
    scene.played()
    scene.stage.advance(1.0)
    scene.hear("playing", "completed")
    scene.another(play(request_id=OTHER))
    scene.take(status=429)
    scene.another(play(request_id="third"), "completed")
    scene.take()
    scene.hear("buffering", "error")
    facts = scene.facts()
    assert (facts["finished"], facts["errors"], facts["error_rate"]) == (2, 1, 0.5)
    assert (facts["mean_to_playing_ms"], facts["mean_to_end_ms"]) == (1000.0, 500.0)


# --- dry runs ------------------------------------------------------------------------------------------------


def test_a_dry_run_passes_every_gate_and_subscribes_and_plays_nothing(scene: PlaybackScene) -> None:
    scene.submit(play(dry_run=True))
    scene.look_up(language="es")
    scene.inspect(warnings=("SB-122",))
    outcome = scene.settled()
    assert outcome.status == "succeeded"
    assert "was not played" in outcome.detail
    assert outcome.extra["url"] == f"{CDN}/es/standard/welcome.mp3"
    assert outcome.extra["warnings"]
    assert not scene.sessions.plans
    assert not scene.journal.heard
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_a_dry_run_is_refused_by_the_file(scene: PlaybackScene) -> None:
    scene.submit(play(dry_run=True))
    scene.look_up()
    scene.inspect("SB-115")
    assert why(scene.settled()) == ("refused", ["SB-115"])
    assert not scene.journal.heard


# --- frames that are nobody's ----------------------------------------------------------------------------------


def test_each_state_is_told_once_however_often_it_comes(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("buffering", "buffering", "playing", "playing", "completed", "completed", "error")
    assert [kind for kind, _ in scene.states()] == ["playback.buffering", "playback.playing", "playback.completed"]
    assert scene.ended().status == "succeeded"


@pytest.mark.parametrize(
    "frame",
    [
        "no JSON",
        b"\xff\x00",
        "[]",
        {"type": "media.playback.state", "state": "reversing", "url": URL},
        {"type": "media.playback.state", "state": "completed"},
        {"type": "media.playback.state", "state": "completed", "url": f"{CDN}/en/standard/other.mp3"},
        {"type": "media.playback.state", "state": "completed", "url": URL, "interactionId": "conv-2"},
        {"type": "interaction.updated", "state": "completed", "url": URL},
    ],
)
def test_frames_that_are_nobodys_are_counted_and_end_nothing(scene: PlaybackScene, frame: Any) -> None:
    scene.played()
    scene.frames(frame)
    assert scene.facts()["unmatched_frames"] == 1
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed", interactionId="conv-1")
    assert scene.ended().status == "succeeded"


def test_frames_of_a_session_that_is_nobodys_close_it(scene: PlaybackScene) -> None:
    scene.played()
    scene.frames({"type": "media.playback.state", "state": "completed", "url": URL}, session="events.conv-1.0-9")
    assert scene.sessions.closed == ["events.conv-1.0-9"]
    assert not scene.journal.take_all(RecordEnded)


# --- two prompts in one interaction ----------------------------------------------------------------------------


def test_two_prompts_in_one_interaction_are_told_apart_by_their_files(scene: PlaybackScene) -> None:
    scene.played()
    scene.accept(play(request_id=OTHER, prompt_key="goodbye"))
    scene.look_up("playing")
    scene.inspect()
    scene.put_on_record()
    scene.take()
    scene.hear("completed", url=f"{CDN}/en/standard/goodbye.mp3")
    assert scene.ended().request_id == OTHER
    scene.hear("completed")
    assert scene.ended().request_id == ID
    assert scene.is_at_rest()


def test_of_the_same_prompt_twice_at_once_events_decide_nothing_and_each_state_is_read_back(
    scene: PlaybackScene,
) -> None:
    scene.accept(play())
    scene.accept(play(request_id=OTHER))
    scene.look_up()  # both before any of them was played
    scene.look_up()
    scene.inspect()
    scene.inspect()
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    scene.put_on_record()
    scene.take()
    scene.take()
    scene.hear("completed")
    assert not scene.journal.take_all(RecordEnded)
    scene.look_up("completed", "playing")  # one look-up tells of both
    assert scene.ended().request_id == ID
    assert not scene.journal.take_all(RecordEnded)
    assert scene.states()[-1] == ("playback.playing", OTHER)
    scene.hear("completed")  # this one's, or the first one's once more
    scene.look_up("completed", "completed")
    assert scene.ended().request_id == OTHER
    assert scene.is_at_rest()


def test_the_same_prompt_again_after_its_end_is_followed_by_events_alone(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("playing", "completed")
    assert scene.ended().request_id == ID
    scene.another(play(request_id=OTHER), "completed")
    scene.take()
    scene.hear("buffering", "playing", "completed")
    assert scene.ended().request_id == OTHER
    assert not scene.rest.heard


def test_a_repeated_end_of_one_before_it_ends_no_playback(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("playing", "completed")
    scene.another(play(request_id=OTHER), "completed")
    scene.take()
    scene.journal.take_all(RecordEnded)
    scene.hear("completed")  # the first one's, told twice
    scene.look_up("completed", "buffering")
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("playing", "completed")
    assert scene.ended().request_id == OTHER


def test_a_late_end_of_one_that_timed_out_ends_no_other(scene: PlaybackScene) -> None:
    scene.played(play(timeout_s=5.0))
    scene.hear("playing")
    scene.stage.advance(5.0)
    scene.look_up("playing")
    assert why(scene.ended()) == ("failed", ["SB-218"])
    scene.another(play(request_id=OTHER), "playing")
    scene.take()
    scene.hear("buffering", "playing")
    scene.hear("completed")  # whose?
    scene.look_up("completed", "playing")
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    scene.look_up("completed", "completed")
    assert scene.ended().request_id == OTHER


def test_a_playback_that_was_not_taken_has_no_place_among_the_interactions_playbacks(scene: PlaybackScene) -> None:
    scene.asked()
    scene.take(429)
    scene.journal.take_all(RecordEnded)
    scene.another(play(request_id=OTHER, timeout_s=5.0))
    scene.take()
    scene.stage.advance(5.0)
    scene.look_up("completed")
    assert scene.ended().status == "succeeded"


def test_the_same_order_twice_is_one_playback(scene: PlaybackScene) -> None:
    scene.played()
    scene.submit(play())
    assert not scene.journal.take_all(RecordAccepted)
    assert not scene.rest.take_all(Call)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


# --- time, and news at the wrong moment ------------------------------------------------------------------------


def bring(scene: PlaybackScene, reach: str) -> None:
    order = play(deadline_s=40.0, timeout_s=100.0)
    match reach:
        case "looking":
            scene.accept(order)
        case "inspecting":
            scene.accept(order)
            scene.look_up()
        case "connecting":
            scene.cleared(order)
        case "recording":
            scene.subscribed(order)
        case "asking":
            scene.asked(order)
        case "playing":
            scene.played(order)


@pytest.mark.parametrize(
    ("reach", "code", "told"),
    [
        ("looking", "SB-301", "the look-up of the interaction"),
        ("connecting", "SB-212", "the event session"),
        ("recording", "SB-301", "the record"),
        ("asking", "SB-220", "the answer to the play request"),
        ("playing", "SB-218", "the end of the prompt"),
    ],
)
def test_the_deadline_says_what_was_waited_for(scene: PlaybackScene, reach: str, code: str, told: str) -> None:
    bring(scene, reach)
    scene.stage.advance(40.0)
    outcome = scene.ended()
    assert why(outcome) == ("failed", [code])
    assert told in outcome.detail
    assert outcome.latency_ms == 40_000.0
    assert scene.is_at_rest()


REACHES = ["looking", "inspecting", "connecting", "recording", "asking", "playing"]


@pytest.mark.parametrize("reach", REACHES)
def test_a_drain_that_is_over_interrupts_it_wherever_it_is(scene: PlaybackScene, reach: str) -> None:
    bring(scene, reach)
    scene.tell(CancelOrders())
    assert why(scene.ended()) == ("interrupted", ["SB-504"])
    assert scene.is_at_rest()


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize(
    "message",
    [
        CallAnswered(call_id="nobody", response=None, failure="timeout"),
        ProgressRecorded(request_id="nobody", step="asked"),
        SessionOpened(session="events.conv-1.1-1", connection=7),
        SessionLost(session="events.conv-1.1-1", connection=7, code=1006, reason=""),
        SessionValid(session="events.conv-1.1-1", check_id=ID, connection=1),
        SessionInvalid(session="events.conv-1.1-1", check_id=ID, why="no"),
        FrameUnsent(session="events.conv-1.1-1", frame_id="7", why="gone"),
        FrameSent(session="events.conv-1.1-1", frame_id="7"),
        SubscriptionSettled(interaction_id="conv-1"),
        EventsIdle(interaction_id="conv-1"),
        PlaybackOverdue(request_id=ID),
        PlaybackOverdue(request_id="nobody"),
        DeadlinePassed(request_id="nobody"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_news_at_the_wrong_moment_never_ends_an_order_twice_or_leaves_it_open(
    scene: PlaybackScene, reach: str, message: object
) -> None:
    bring(scene, reach)
    scene.tell(message)
    scene.stage.advance(40.0)
    assert len(scene.journal.take_all(RecordEnded)) == 1
    posts = [route for route in scene.routes() if route.startswith("POST")]
    assert len(posts) == (reach == "asking")
    assert scene.is_at_rest()
