"""Genesys fails in the middle of prompts: none is played twice, and how it ended is read back, never guessed."""

import threading
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from simulator.state import World
from tests.trips.house import ALL, House, Lodge, codes, prompt, settle
from tests.trips.wire import PATIENCE_S, Wire

PLAYS = 50
RESET_S = 3.0  # of the breaker; longer than it takes to be told that it is open


@pytest.fixture
def interaction() -> str:
    """An id that no other test uses."""
    return f"interaction-{uuid4()}"


def given(wire: Wire, *interactions: str, **more: Any) -> list[dict[str, Any]]:
    """The outcomes of prompts in these interactions, all of them under way at once."""
    asked = [wire.ask("playback.play", **prompt(name, **more)) for name in interactions]
    return [wire.result(number) for number in asked]


# --- the prompt cannot be played -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["buffering", "playing", "completed"])
def test_an_error_of_theirs_fails_the_order_in_their_words(
    house: House, wire: Wire, interaction: str, state: str
) -> None:
    wire.call("events.subscribe", kinds=["playback.error"])
    house.genesys.add_fault("playback_error", error="no such codec there", interaction_id=interaction, state=state)
    outcome = wire.call("playback.play", **prompt(interaction))
    assert (outcome["status"], codes(outcome), outcome["state"]) == ("failed", ["SB-217"], "error")
    assert "no such codec there" in outcome["detail"]
    assert wire.event()["data"]["request_id"] == outcome["request_id"]


def test_202_and_then_silence_ends_in_time_and_says_that_nothing_was_heard(
    house: House, wire: Wire, interaction: str
) -> None:
    house.genesys.add_fault("stall", interaction_id=interaction, state="buffering")
    outcome = wire.call("playback.play", **prompt(interaction, timeout_s=1.0))
    assert (outcome["status"], codes(outcome), outcome["state"]) == ("failed", ["SB-218"], "asked")
    assert "nothing was heard of it" in outcome["detail"]
    assert outcome["latency_ms"] >= 1000
    assert len(house.genesys.plays(interaction)) == 1


def test_a_prompt_that_never_ends_is_told_with_its_last_state(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.add_fault("stall", interaction_id=interaction, state="completed")
    outcome = wire.call("playback.play", **prompt(interaction, timeout_s=1.0))
    assert (outcome["status"], codes(outcome), outcome["state"]) == ("failed", ["SB-218"], "playing")
    assert "last playing" in outcome["detail"]


# --- events are lost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [{"state": "completed"}, {"times": "always"}])
def test_where_events_were_lost_the_state_is_read_back(
    house: House, wire: Wire, interaction: str, lost: dict[str, str]
) -> None:
    house.genesys.add_fault("drop_events", interaction_id=interaction, **lost)
    outcome = wire.call("playback.play", **prompt(interaction, timeout_s=1.5))
    assert (outcome["status"], outcome["state"]) == ("succeeded", "completed")
    assert outcome["latency_ms"] >= 1500
    assert len(house.genesys.plays(interaction)) == 1


def test_an_error_that_no_event_told_of_is_read_back_in_their_words(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.add_fault("drop_events", interaction_id=interaction, state="buffering")
    house.genesys.set_asset("en/standard/short-lived.mp3", b"ID3")
    house.genesys.add_fault("status", status=503, path="/cdn/en/standard/short-lived.mp3", times="always")
    house.genesys.add_fault("silence", route="playback", interaction_id=interaction, state="playing")
    house.genesys.add_fault("playback_error", error="hung up", interaction_id=interaction, state="completed")
    outcome = wire.call("playback.play", **prompt(interaction, prompt_key="short-lived", timeout_s=1.5))
    assert (outcome["status"], codes(outcome), outcome["state"]) == ("failed", ["SB-217"], "error")
    assert "hung up" in outcome["detail"]


@pytest.mark.parametrize("breaks", [{"action": "abort"}, {"action": "close", "code": 1012}])
@pytest.mark.parametrize("state", ["buffering", "playing", "completed"])
def test_after_a_break_of_the_event_session_the_state_is_read_back_at_once(
    house: House, wire: Wire, interaction: str, state: str, breaks: dict[str, Any]
) -> None:
    house.genesys.add_fault(**breaks, route="playback", interaction_id=interaction, state=state)
    subscriptions = house.genesys.counts()["subscriptions.total"]
    outcome = wire.call("playback.play", **prompt(interaction))
    assert (outcome["status"], outcome["state"]) == ("succeeded", "completed")
    assert len(house.genesys.plays(interaction)) == 1
    assert house.genesys.counts()["subscriptions.total"] == subscriptions + 2


def test_events_of_another_interaction_junk_and_repetitions_mislead_nobody(
    house: House, wire: Wire, interaction: str
) -> None:
    names = [f"{interaction}-{what}" for what in ("mistaken", "junk", "twice")]
    mistaken, junk, twice = names
    house.genesys.add_fault("wrong_id", route="playback", interaction_id=mistaken, state="completed")
    house.genesys.add_fault("junk", what="json", route="playback", interaction_id=junk, times="always")
    house.genesys.add_fault("duplicate", route="playback", interaction_id=twice, times="always")
    outcomes = given(wire, *names, timeout_s=1.5)
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    assert outcomes[0]["latency_ms"] >= 1500, "what was told of another interaction is not taken for its end"
    again = wire.call("playback.play", **prompt(twice))
    assert again["status"] == "succeeded"
    assert [play["state"] for play in house.genesys.plays(twice)] == ["completed"] * 2


def test_where_genesys_shows_no_plays_events_are_enough(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.change_settings(readback=False, events_name_interaction=False)
    outcomes = given(house.wire(), *(f"i-{number}" for number in range(10)))
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}


def test_without_the_last_event_and_without_a_reading_it_is_not_called_played(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.change_settings(readback=False)
    house.genesys.add_fault("drop_events", state="completed", interaction_id="lost")
    house.genesys.add_fault("abort", route="playback", state="completed", interaction_id="broken")
    for outcome in given(house.wire(), "lost", "broken", timeout_s=1.5):
        assert (outcome["status"], codes(outcome), outcome["state"]) == ("failed", ["SB-218"], "playing")
        assert "may still be playing" in outcome["reasons"][0]["remedy"]


def test_where_the_state_cannot_be_read_back_the_outcome_is_open(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("drop_events", state="completed")
    house.genesys.add_fault("status", status=403, route="interaction", after=1, times="always")
    (outcome,) = given(house.wire(), "one", timeout_s=1.0)
    assert (outcome["status"], codes(outcome)) == ("interrupted", ["SB-222"])
    assert "look at the interaction" in outcome["reasons"][0]["remedy"]


# --- nobody tells of events at all -----------------------------------------------------------------------------


def test_nothing_is_played_where_the_subscription_is_refused(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.add_fault("reject", status="too_many_subscriptions", route="subscribe", interaction_id=interaction)
    outcome = wire.call("playback.play", **prompt(interaction))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-224"])
    assert "too_many_subscriptions" in outcome["detail"]
    assert house.genesys.plays(interaction) == []
    assert wire.call("playback.play", **prompt(interaction))["status"] == "succeeded"


def test_nothing_is_played_where_no_event_session_comes_up(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("refuse_handshake", socket="events", times="always")
    (outcome,) = given(house.wire(), "one", deadline_s=1.5)
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-212"])
    assert house.genesys.counts()["rest.play"] == 0


# --- Genesys asks to slow down ---------------------------------------------------------------------------------


def test_a_429_is_waited_out_and_the_prompt_played_once(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=429, retry_after=2, route="play")
    (outcome,) = given(house.wire(), "one")
    assert (outcome["status"], outcome["retries"]) == ("succeeded", 1)
    assert outcome["latency_ms"] >= 2000
    assert (house.genesys.counts()["rest.play"], len(house.genesys.plays("one"))) == (2, 1)


def test_a_429_beyond_the_deadline_ends_the_order_at_once(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=429, retry_after=100, route="play", times="always")
    (outcome,) = given(house.wire(), "one", deadline_s=50.0)
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-206"])
    assert outcome["latency_ms"] < 50_000
    assert house.genesys.counts()["rest.play"] == 1


# --- the answer to the play request does not come --------------------------------------------------------------


@pytest.mark.parametrize("action", ["mute_answers", "effect_then_drop"])
def test_a_prompt_whose_acceptance_is_lost_is_followed_to_its_end_and_not_asked_for_again(
    lodge: Lodge, action: str
) -> None:
    house = lodge()
    house.genesys.change_settings(playback_completed_ms=1000)
    house.genesys.add_fault(action, route="play")
    (outcome,) = given(house.wire(), "one")
    assert (outcome["status"], outcome["state"]) == ("succeeded", "completed")
    assert (house.genesys.counts()["rest.play"], len(house.genesys.plays("one"))) == (1, 1)


def test_a_prompt_of_which_neither_answer_nor_events_came_is_read_back(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("drop_events", times="always")
    house.genesys.add_fault("effect_then_drop", route="play")
    (outcome,) = given(house.wire(), "one", timeout_s=1.5)
    assert (outcome["status"], outcome["state"]) == ("succeeded", "completed")
    assert (house.genesys.counts()["rest.play"], len(house.genesys.plays("one"))) == (1, 1)


@pytest.mark.parametrize("fault", [{"action": "status", "status": 500}, {"action": "abort"}])
def test_a_prompt_that_genesys_never_heard_of_is_doubted_and_not_asked_for_again(
    lodge: Lodge, fault: dict[str, Any]
) -> None:
    house = lodge()
    house.genesys.add_fault(**fault, route="play")
    (outcome,) = given(house.wire(), "one")
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-220"])
    assert "look at the interaction" in outcome["reasons"][0]["remedy"]
    assert (house.genesys.counts()["rest.play"], house.genesys.plays("one")) == (1, [])


def test_after_five_503_in_a_row_nothing_is_sent_until_the_breaker_closes(lodge: Lodge) -> None:
    house = lodge(breaker__reset_s=RESET_S)
    house.genesys.add_fault("status", status=503, route="play", times=6)
    wire = house.wire()
    for number in range(5):
        assert codes(wire.call("playback.play", **prompt(f"i-{number}"))) == ["SB-220"]
    kept_away = wire.call("playback.play", **prompt("sixth"))
    assert (kept_away["status"], codes(kept_away)) == ("failed", ["SB-207"])
    assert house.genesys.counts()["rest.play"] == 5

    threading.Event().wait(RESET_S)  # nobody to wait for: it is the time that has to pass
    assert codes(wire.call("playback.play", **prompt("trial"))) == ["SB-220"]
    assert codes(wire.call("playback.play", **prompt("again"))) == ["SB-207"]
    assert house.genesys.counts()["rest.play"] == 6

    threading.Event().wait(RESET_S)
    assert wire.call("playback.play", **prompt("mended"))["status"] == "succeeded"
    assert {outcome["status"] for outcome in given(wire, "one", "two", "three")} == {"succeeded"}
    assert wire.call("budget.show")["circuits"]["POST /api/v2/media/play"] == "closed"


# --- the gateway fails -----------------------------------------------------------------------------------------


def numbered(number: int) -> dict[str, Any]:
    """Order `number`; every second one has an id that is no UUID."""
    request_id = f"ticket-{number}" if number % 2 else f"00000000-0000-4000-8000-{number:012}"
    return prompt(f"i-{number}", request_id=request_id)


def count_if_none_is_doubled(house: House, wire: Wire) -> Counter[str]:
    """No interaction heard its prompt twice, each order has one end; how many there are of each."""
    orders = settle(wire)
    ended = wire.call("audit.query", kind="playback.ended", limit=ALL)["records"]
    assert Counter(record["request_id"] for record in ended) == Counter(dict.fromkeys(orders, 1))
    played = Counter(play["interaction_id"] for play in house.genesys.plays())
    assert not [name for name, times in played.items() if times > 1]
    for order in orders.values():
        if order["status"] == "succeeded":
            assert played[order["interaction_id"]] == 1
        else:
            assert (order["status"], codes(order)) == ("interrupted", ["SB-501"])
    verified = wire.call("audit.verify")
    assert verified["ok"], verified
    return Counter(order["status"] for order in orders.values())


def trouble(house: House) -> None:
    """The first orders are played to their end, as are those whose answer is lost; the others get stuck."""
    for number in range(20, 30):
        house.genesys.add_fault("stall", interaction_id=f"i-{number}", state="completed")
    for number in range(30, 40):
        house.genesys.add_fault(("mute_answers", "silence")[number % 2], route="play", interaction_id=f"i-{number}")
    for number in range(40, PLAYS):
        house.genesys.add_fault("silence", route="interaction", interaction_id=f"i-{number}", times="always")


def is_in_the_middle(world: World) -> bool:
    """Whether every order has come as far as it will."""
    least = {"plays.completed": 25, "plays.stalled": 10, "faults.mute_answers": 5, "faults.silence": 15}
    return all(world.count[name] >= number for name, number in least.items())


def test_killed_in_the_middle_of_fifty_prompts_none_is_played_twice(lodge: Lodge) -> None:
    house = lodge(rest__workers=30)
    trouble(house)
    wire = house.wire()
    for number in range(PLAYS):
        wire.ask("playback.play", **numbered(number))
    house.genesys.wait_for(is_in_the_middle, PATIENCE_S)
    house.kill()
    house.genesys.remove_faults()

    house.open()
    wire = house.wire()
    ends = count_if_none_is_doubled(house, wire)
    assert sum(ends.values()) == PLAYS
    assert ends["interrupted"] >= 15, "those that were asked for and not heard to end"
    assert ends["succeeded"] >= 10, "those that were not yet asked for are played now"
    assert len(house.genesys.plays()) == PLAYS - 5, "a request that may not have arrived is not made again"

    asked = [wire.ask("playback.play", **numbered(number)) for number in range(PLAYS)]
    assert Counter(wire.result(number)["status"] for number in asked) == ends
    assert count_if_none_is_doubled(house, wire) == ends


def test_a_restart_of_the_actor_interrupts_what_is_played_and_leaves_no_session_behind(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("stall", interaction_id="one", state="completed")
    wire = house.wire()
    wire.call("events.subscribe", kinds=["playback.playing"])
    number = wire.ask("playback.play", **prompt("one"))
    wire.event()
    assert wire.call("actor.restart", name="playback")["restarted"]
    outcome = wire.result(number)
    assert (outcome["status"], codes(outcome)) == ("interrupted", ["SB-501"])
    house.await_genesys("subscriptions.ended", 1)
    assert wire.call("playback.play", **prompt("one"))["status"] == "succeeded"
    assert len(house.genesys.plays("one")) == 2
