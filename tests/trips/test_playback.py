"""An operator plays a prompt: the right file for who listens, followed by its events from the first to the end."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from simulator.state import World
from tests.trips.house import ROOT, House, Lodge, codes, prompt
from tests.trips.wire import PATIENCE_S, Wire

AUDIO = ROOT / "simulator" / "audio"
ASKED = ("rest.", "cdn.", "plays.", "sessions.total", "subscriptions.total", "frames.text")
STATES = ("playback.buffering", "playback.playing", "playback.completed", "playback.error")


@pytest.fixture
def interaction() -> str:
    """An id that no other test uses."""
    return f"interaction-{uuid4()}"


class Moment:
    """A predicate for `wait_for`: true once Genesys has counted a play request; keeps what it had counted by then."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def __call__(self, world: World) -> bool:
        if not self.counts and world.count["rest.play"]:
            self.counts = dict(world.count)
        return bool(self.counts)


def since(house: House) -> Callable[[], dict[str, int]]:
    """What Genesys is asked from now on; not the pings and closings of sessions that stand idle."""
    before = house.genesys.counts()

    def counted() -> dict[str, int]:
        now = house.genesys.counts()
        more = {name: now[name] - before.get(name, 0) for name in now if name.startswith(ASKED)}
        return {name: number for name, number in more.items() if number}

    return counted


# --- the right file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listener", "file"),
    [
        ({}, "en/standard/welcome.mp3"),
        ({"language": "es", "service_tier": "premium"}, "es/premium/welcome.mp3"),
        ({"language": "ES", "service_tier": "Premium"}, "es/premium/welcome.mp3"),
        ({"language": "en", "service_tier": "platinum"}, "en/standard/welcome.mp3"),
        ({"language": "es", "playback_codecs": "wav,opus"}, "es/standard/welcome.opus"),
        ({"service_tier": "premium", "playback_codecs": ["WAV"]}, "en/premium/welcome.wav"),
    ],
)
def test_language_tier_and_codecs_of_who_listens_decide_the_file(
    house: House, wire: Wire, interaction: str, listener: dict[str, Any], file: str
) -> None:
    house.genesys.set_interaction(interaction, **listener)
    outcome = wire.call("playback.play", **prompt(interaction, volume=0.5))
    assert (outcome["status"], outcome["url"]) == ("succeeded", f"{house.genesys.cdn_url}/{file}")
    (play,) = house.genesys.plays(interaction)
    assert (play["url"], play["volume"], play["state"]) == (outcome["url"], 0.5, "completed")


def test_only_the_extension_changes_with_the_codec(house: House, wire: Wire, interaction: str) -> None:
    content = (AUDIO / "en.standard.welcome.wav").read_bytes()
    house.genesys.set_asset("en/standard/all.mp3.news.wav", content)
    house.genesys.set_interaction(interaction, playback_codecs="wav")
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key="all.mp3.news"))
    assert (outcome["status"], outcome["codec"]) == ("succeeded", "wav")
    (play,) = house.genesys.plays(interaction)
    assert play["url"] == f"{house.genesys.cdn_url}/en/standard/all.mp3.news.wav"


# --- what is told of it ----------------------------------------------------------------------------------------


def test_a_playback_ends_with_an_outcome_that_tells_all(house: House, wire: Wire, interaction: str) -> None:
    request_id = str(uuid4())
    outcome = wire.call("playback.play", **prompt(interaction, request_id=request_id, reason="she waits"))
    times = [outcome.pop(name) for name in ("to_playing_ms", "to_end_ms", "latency_ms")]
    assert 0 < times[0] < times[1] < times[2]
    url = f"{house.genesys.cdn_url}/en/standard/welcome.mp3"
    assert outcome == {
        "request_id": request_id,
        "kind": "playback",
        "status": "succeeded",
        "detail": f"played {url}",
        "reasons": [],
        "retries": 0,
        "interaction_id": interaction,
        "prompt_key": "welcome",
        "url": url,
        "language": "en",
        "service_tier": "standard",
        "codec": "mp3",
        "state": "completed",
        "warnings": [],
    }


def test_its_states_arrive_as_events_in_their_order_and_before_its_end(
    house: House, wire: Wire, interaction: str
) -> None:
    wire.call("events.subscribe", kinds=[*STATES, "order.ended"])
    with house.wire() as other:
        outcome = other.call("playback.play", **prompt(interaction))
    heard = [wire.event() for _ in range(4)]
    assert [event["kind"] for event in heard] == [*STATES[:3], "order.ended"]
    assert {event["data"]["request_id"] for event in heard} == {outcome["request_id"]}
    assert {event["data"]["interaction_id"] for event in heard} == {interaction}


def test_what_was_asked_for_and_its_end_are_on_a_record_that_verifies(
    house: House, wire: Wire, interaction: str
) -> None:
    outcome = wire.call("playback.play", **prompt(interaction))
    records = wire.call("audit.query", interaction_id=interaction)["records"]
    assert [record["kind"] for record in records] == ["playback.accepted", "playback.asked", "playback.ended"]
    assert records[1]["data"]["url"] == outcome["url"]
    assert records[2]["data"] == outcome
    assert wire.call("audit.verify")["ok"]


def test_metrics_are_of_finished_plays_only(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("playback_error", interaction_id="broken", state="playing")
    wire = house.wire()
    house.genesys.set_interaction("over", state="completed")
    house.genesys.add_fault("stall", interaction_id="silent", state="playing")
    names = ("one", "two", "three", "broken", "over", "silent")
    for number in [wire.ask("playback.play", **prompt(name, timeout_s=1.5)) for name in names]:
        wire.result(number)
    facts = wire.call("actor.show", name="playback")["facts"]
    assert (facts["finished"], facts["errors"], facts["error_rate"]) == (4, 1, 0.25)
    assert 0 < facts["mean_to_playing_ms"] < facts["mean_to_end_ms"]


# --- the event session -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("acknowledged", [True, False])
def test_the_subscription_arrives_before_the_play_request(lodge: Lodge, interaction: str, acknowledged: bool) -> None:
    house = lodge()
    house.genesys.change_settings(subscribe_ack=acknowledged, playback_buffering_ms=0)
    house.genesys.add_fault("latency", latency_ms=500, route="handshake", socket="events")
    wire, moment = house.wire(), Moment()
    number = wire.ask("playback.play", **prompt(interaction))
    house.genesys.wait_for(moment, PATIENCE_S)
    assert (moment.counts["rest.play"], moment.counts["subscriptions.total"]) == (1, 1)
    assert wire.result(number)["status"] == "succeeded"
    (play,) = house.genesys.plays(interaction)
    assert [(step["state"], step["told"]) for step in play["steps"][1:]] == [
        ("buffering", 1),
        ("playing", 1),
        ("completed", 1),
    ]


def test_twenty_prompts_in_one_interaction_share_one_event_session(house: House, wire: Wire, interaction: str) -> None:
    keys = [f"news-{number}" for number in range(20)]
    for key in keys:
        house.genesys.set_asset(f"en/standard/{key}.mp3", (AUDIO / "en.standard.welcome.mp3").read_bytes())
    counted = since(house)
    asked = [wire.ask("playback.play", **prompt(interaction, prompt_key=key)) for key in keys]
    outcomes = [wire.result(number) for number in asked]
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    assert sorted(play["url"] for play in house.genesys.plays(interaction)) == sorted(
        outcome["url"] for outcome in outcomes
    )
    seen = counted()
    assert (seen["sessions.total"], seen["subscriptions.total"], seen["plays.accepted"]) == (1, 1, 20)


def test_the_same_prompt_several_times_at_once_in_one_interaction_is_told_apart_by_reading_back(
    house: House, wire: Wire, interaction: str
) -> None:
    counted = since(house)
    asked = [wire.ask("playback.play", **prompt(interaction)) for _ in range(5)]
    outcomes = [wire.result(number) for number in asked]
    assert {(outcome["status"], outcome["state"]) for outcome in outcomes} == {("succeeded", "completed")}
    assert [play["state"] for play in house.genesys.plays(interaction)] == ["completed"] * 5
    assert counted()["subscriptions.total"] == 1


def test_the_same_prompt_many_times_at_once_is_read_back_once_an_event_at_most(
    house: House, wire: Wire, interaction: str
) -> None:
    counted = since(house)
    asked = [wire.ask("playback.play", **prompt(interaction)) for _ in range(20)]
    assert {wire.result(number)["status"] for number in asked} == {"succeeded"}
    to_begin, events = 20, 20 * 3
    assert counted()["rest.interaction"] <= to_begin + events


def test_an_event_session_that_nobody_needs_is_closed_and_opened_again(lodge: Lodge, interaction: str) -> None:
    house = lodge(playback__idle_s=0.1)
    wire = house.wire()
    assert wire.call("playback.play", **prompt(interaction))["status"] == "succeeded"
    house.await_genesys("subscriptions.ended", 1)
    assert wire.call("playback.play", **prompt(interaction))["status"] == "succeeded"
    house.await_genesys("subscriptions.ended", 2)
    assert house.genesys.counts()["subscriptions.total"] == 2


def test_the_end_of_an_event_session_is_nothing_to_warn_of(lodge: Lodge, interaction: str) -> None:
    house = lodge(playback__idle_s=0.1)
    wire = house.wire()
    wire.call("playback.play", **prompt(interaction))
    house.await_genesys("subscriptions.ended", 1)
    wire.call("playback.play", **prompt(interaction))
    house.terminate()
    assert house.process.code() == 0
    assert "WARNING" not in house.process.log.text


# --- the check of the file -------------------------------------------------------------------------------------


def test_a_missing_file_is_refused_and_nothing_is_sent(house: House, wire: Wire, interaction: str) -> None:
    counted = since(house)
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key="nowhere"))
    assert (outcome["status"], codes(outcome), outcome["state"]) == ("refused", ["SB-115"], None)
    assert not {"rest.play", "sessions.total", "subscriptions.total"} & set(counted())


@pytest.mark.parametrize(("key", "codec", "code"), [("broken", "mp3", "SB-116"), ("lying", "wav", "SB-117")])
def test_an_unfit_file_is_refused(house: House, wire: Wire, interaction: str, key: str, codec: str, code: str) -> None:
    house.genesys.set_interaction(interaction, playback_codecs=codec)
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key=key))
    assert (outcome["status"], codes(outcome)) == ("refused", [code])
    assert house.genesys.plays(interaction) == []


def test_a_cdn_that_cannot_be_reached_from_here_is_a_warning(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.set_asset("en/standard/hidden.mp3", (AUDIO / "en.standard.welcome.mp3").read_bytes())
    house.genesys.add_fault("status", status=503, path="/cdn/en/standard/hidden.mp3", times="always")
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key="hidden"))
    assert outcome["status"] == "succeeded"
    (warning,) = outcome["warnings"]
    assert warning.startswith("SB-120 ")
    assert "503" in warning


def test_a_prompt_longer_than_a_barge_may_be_is_played(house: House, wire: Wire, interaction: str) -> None:
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key="long"))
    assert (outcome["status"], outcome["warnings"]) == ("succeeded", [])


def test_without_a_preflight_the_file_is_not_looked_at_and_genesys_finds_out(lodge: Lodge, interaction: str) -> None:
    house = lodge(audio__preflight="off")
    wire = house.wire()
    assert wire.call("playback.play", **prompt(interaction))["status"] == "succeeded"
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key="nowhere"))
    assert (outcome["status"], codes(outcome), outcome["state"]) == ("failed", ["SB-217"], "error")
    assert "404" in outcome["detail"]
    assert house.genesys.counts()["cdn.requests"] == 0


def test_a_full_preflight_tells_of_a_loud_file_and_plays_it(lodge: Lodge, interaction: str) -> None:
    house = lodge(audio__preflight="full", audio__timeout_s=30)
    wire = house.wire()
    loud = wire.call("playback.play", **prompt(interaction, prompt_key="loud"))
    assert loud["status"] == "succeeded"
    assert {warning[:6] for warning in loud["warnings"]} == {"SB-122"}
    assert wire.call("playback.play", **prompt(interaction))["warnings"] == []


# --- it is refused ---------------------------------------------------------------------------------------------


def test_a_refusal_names_every_objection_at_once_and_asks_nobody(house: House, wire: Wire) -> None:
    counted = since(house)
    order = prompt("..", prompt_key="../../etc/passwd", volume=9.0, timeout_s=0.0, deadline_s=-1.0)
    outcome = wire.call("playback.play", **order)
    assert outcome["status"] == "refused"
    assert codes(outcome) == ["SB-101", "SB-109", "SB-110", "SB-111", "SB-106"]
    assert counted() == {}


@pytest.mark.parametrize("key", ["..", "a..b", "a/b", "%2e%2e", "a b", "a?b", "a#b", "", "ä"])
def test_a_prompt_cannot_be_named_out_of_the_folder(house: House, wire: Wire, interaction: str, key: str) -> None:
    counted = since(house)
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key=key))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-109"])
    assert counted() == {}


@pytest.mark.parametrize("language", ["../../secret", "en/..", "e", "en us"])
def test_a_language_that_is_none_is_refused(house: House, wire: Wire, interaction: str, language: str) -> None:
    house.genesys.set_interaction(interaction, language=language)
    counted = since(house)
    outcome = wire.call("playback.play", **prompt(interaction))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-216"])
    assert counted() == {"rest.interaction": 1}


@pytest.mark.parametrize("state", ["completed", "abandoned"])
def test_nothing_is_played_into_an_interaction_that_is_over(
    house: House, wire: Wire, interaction: str, state: str
) -> None:
    house.genesys.set_interaction(interaction, state=state)
    outcome = wire.call("playback.play", **prompt(interaction))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-221"])
    assert house.genesys.plays(interaction) == []


def test_without_a_cdn_nothing_can_be_played(lodge: Lodge) -> None:
    house = lodge(start=False)
    del house.environment["CDN_BASE_URL"]
    outcome = house.open().wire().call("playback.play", **prompt("one"))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-119"])


# --- nothing is done twice, or at all --------------------------------------------------------------------------


def test_a_dry_run_passes_every_gate_and_plays_nothing(house: House, wire: Wire, interaction: str) -> None:
    counted = since(house)
    outcome = wire.call("playback.play", **prompt(interaction, dry_run=True))
    assert outcome["status"] == "succeeded"
    assert "was not played" in outcome["detail"]
    assert not {"rest.play", "sessions.total"} & set(counted())
    assert wire.call("audit.query", interaction_id=interaction)["records"] == []


def test_an_order_given_twice_is_played_once(house: House, wire: Wire, interaction: str) -> None:
    order = prompt(interaction, request_id=str(uuid4()))
    with house.wire() as other:
        asked = [(line, line.ask("playback.play", **order)) for line in (wire, other, wire)]
        outcomes = [line.result(number) for line, number in asked]
    assert outcomes == [outcomes[0]] * 3
    assert wire.call("playback.play", **order) == outcomes[0]
    assert len(house.genesys.plays(interaction)) == 1
