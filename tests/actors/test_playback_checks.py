"""What a playback asks before it plays: who listens, and what the file is."""

from typing import Any

import orjson
import pytest

from messages.audio import InspectAudio
from tests.actors.audio_scenes import CDN, URL, PlaybackScene, interaction, play, why


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
