"""Playbacks: the play request, and the events up to the end."""

from typing import Any

import orjson
import pytest

from messages.journal import PublishEvent, RecordEnded
from tests.actors.audio_scenes import CDN, URL, PlaybackScene, play, why
from tests.actors.scenes import ID, OTHER_ID


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


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
    scene.another(play(request_id=OTHER_ID))
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
