import json
from itertools import pairwise
from typing import Any

import pytest
import requests
import websocket

from simulator.server import Simulator
from tests.simulator.client import (
    api,
    bearer,
    interaction,
    line,
    play,
    play_body,
    subscribed,
)

URL = play_body()["media"][0]["url"]
ALL = ["buffering", "playing", "completed"]


def read_back(box: Simulator, name: str = "interaction-1") -> Any:
    return interaction(box, name).json()["mediaPlayback"]


def ended(box: Simulator, number: int = 1) -> None:
    box.wait_for(lambda world: world.count["plays.completed"] + world.count["plays.error"] == number)


def test_a_play_is_accepted_and_told_state_by_state(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator) as events:
        answer = play(genesys_simulator)
        assert (answer.status_code, answer.json()) == (202, {})
        told = [events.hear() for _ in range(3)]
    kept = {"type": "media.playback.state", "url": URL, "interactionId": "interaction-1"}
    assert told == [{**kept, "state": state} for state in ALL]


def test_a_play_can_be_answered_200(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(play_status=200)
    assert play(genesys_simulator).status_code == 200


def test_plays_are_on_record_by_interaction_with_their_states(genesys_simulator: Simulator) -> None:
    for name in ("i-1", "i-2", "i-1"):
        play(genesys_simulator, name)
    ended(genesys_simulator, 3)
    assert [row["interaction_id"] for row in genesys_simulator.plays()] == ["i-1", "i-1", "i-2"]
    (row,) = genesys_simulator.plays("i-2")
    assert [step["state"] for step in row["steps"]] == ["queued", *ALL]
    assert (row["url"], row["volume"], row["state"], row["error"]) == (URL, 1.0, "completed", None)


def test_who_does_not_subscribe_hears_nothing(genesys_simulator: Simulator) -> None:
    with (
        line(genesys_simulator, url=genesys_simulator.events_url) as silent,
        subscribed(genesys_simulator, "i-2") as other,
    ):
        play(genesys_simulator)
        ended(genesys_simulator)
        assert not silent.waits()
        assert not other.waits()
    assert genesys_simulator.counts()["events.lost"] == 3


def test_what_was_told_before_a_subscription_is_lost_to_it(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(playback_completed_ms=3_600_000)
    play(genesys_simulator)
    genesys_simulator.wait_for(lambda world: world.count["events.lost"] == 2)
    with subscribed(genesys_simulator) as events:
        genesys_simulator.change_settings(playback_completed_ms=0)
        play(genesys_simulator)
        assert events.states(3) == ALL
    assert [row["state"] for row in read_back(genesys_simulator)] == ["playing", "completed"]


def test_an_event_need_not_name_its_interaction(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(events_name_interaction=False)
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert set(events.hear()) == {"type", "state", "url"}


def test_each_state_has_a_delay_of_its_own() -> None:
    with Simulator(
        settings={"playback_buffering_ms": 10, "playback_playing_ms": 40, "playback_completed_ms": 20}
    ) as box:
        play(box)
        ended(box)
        times = [step["at_s"] for step in box.plays()[0]["steps"]]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert all(wait >= least for wait, least in zip(waits, (0.009, 0.039, 0.019), strict=True))


def test_the_state_can_be_read_back_at_any_time(genesys_simulator: Simulator) -> None:
    assert read_back(genesys_simulator) == []
    genesys_simulator.change_settings(playback_buffering_ms=3_600_000)
    play(genesys_simulator)
    assert read_back(genesys_simulator) == [{"url": URL, "state": "queued"}]
    genesys_simulator.change_settings(playback_buffering_ms=0)
    play(genesys_simulator)
    ended(genesys_simulator)
    assert [row["state"] for row in read_back(genesys_simulator)] == ["queued", "completed"]
    assert read_back(genesys_simulator, "another") == []


def test_reading_back_can_be_impossible(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(readback=False)
    play(genesys_simulator)
    assert "mediaPlayback" not in interaction(genesys_simulator).json()


def test_a_prompt_that_the_cdn_lacks_ends_in_an_error(genesys_simulator: Simulator) -> None:
    for file in ("welcome.mp3", "missing.mp3"):
        url = f"{genesys_simulator.cdn_url}/en/standard/{file}"
        api(genesys_simulator, "POST", "media/play", play_body(url=url))
    ended(genesys_simulator, 2)
    found, missing = read_back(genesys_simulator)
    assert (found["state"], missing["state"]) == ("completed", "error")
    assert missing["error"].startswith("404")


def test_a_body_that_does_not_fit_is_400_with_every_problem(genesys_simulator: Simulator) -> None:
    answer = api(genesys_simulator, "POST", "media/play", play_body(type="video", url="nowhere"))
    assert answer.status_code == 400
    assert "media[0].url" in answer.json()["message"]
    assert "media[0].type" in answer.json()["message"]
    assert genesys_simulator.counts()["plays.accepted"] == 0
    assert genesys_simulator.counts()["refused.400"] == 1


def test_a_body_has_to_be_json_and_say_so(genesys_simulator: Simulator) -> None:
    typed = {**bearer(genesys_simulator), "Content-Type": "application/json"}
    assert api(genesys_simulator, "POST", "media/play", headers=typed, data=b"{half").status_code == 400
    assert api(genesys_simulator, "POST", "media/play").status_code == 400
    untyped = {**bearer(genesys_simulator), "Content-Type": "text/plain"}
    raw = json.dumps(play_body()).encode()
    assert api(genesys_simulator, "POST", "media/play", headers=untyped, data=raw).status_code == 415


def test_a_play_needs_the_token_and_the_scope(genesys_simulator: Simulator) -> None:
    assert play(genesys_simulator, headers={}).status_code == 401
    refused = play(genesys_simulator, headers=bearer(genesys_simulator, "interaction:read"))
    assert refused.status_code == 403
    assert "media:playback:write" in refused.json()["message"]
    assert play(genesys_simulator, headers=bearer(genesys_simulator, "media:playback:write")).status_code == 202


def test_nothing_plays_where_there_is_nobody(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_interaction("done", state="completed")
    genesys_simulator.change_settings(strict=True)
    assert [play(genesys_simulator, name).status_code for name in ("done", "unknown")] == [409, 404]


def test_plays_count_against_the_rate_limit(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(rate_enforced=True, rate_allowed=1)
    headers = bearer(genesys_simulator)
    answers = [play(genesys_simulator, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert int(answers[1].headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("status", "retry_after"), [(429, 2), (503, None)])
def test_a_status_fault_can_be_for_the_plays_of_one_interaction(
    genesys_simulator: Simulator, status: int, retry_after: int | None
) -> None:
    options = {} if retry_after is None else {"retry_after": retry_after}
    genesys_simulator.add_fault("status", status=status, route="play", interaction_id="i-1", **options)
    answers = [play(genesys_simulator, name) for name in ("i-2", "i-1", "i-1")]
    assert [answer.status_code for answer in answers] == [202, status, 202]
    assert answers[1].headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


def test_a_play_can_be_slow_and_then_carried_out(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", latency_ms=30, route="play")
    answer = play(genesys_simulator)
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.03) == (202, True)


def test_a_play_can_be_carried_out_and_never_answered(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("mute_answers", route="play")
    with pytest.raises(requests.ReadTimeout):
        play(genesys_simulator, timeout=0.5)
    ended(genesys_simulator)
    assert read_back(genesys_simulator) == [{"url": URL, "state": "completed"}]


def test_a_play_can_be_carried_out_and_its_connection_reset(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("effect_then_drop", route="play")
    headers = bearer(genesys_simulator)
    with pytest.raises(requests.ConnectionError, match=r"reset|aborted"):
        play(genesys_simulator, headers=headers)
    ended(genesys_simulator)
    assert len(genesys_simulator.plays()) == 1


def test_a_play_that_was_reset_before_it_was_heard_is_none(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("abort", route="play")
    with pytest.raises(requests.ConnectionError, match=r"reset|aborted"):
        play(genesys_simulator)
    assert genesys_simulator.plays() == []


def test_a_play_can_fail_with_a_text(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("playback_error", error="no such codec", state="playing")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(1) == ["buffering"]
        failed = events.hear()
        assert (failed["state"], failed["error"]) == ("error", "no such codec")
    assert read_back(genesys_simulator) == [{"url": URL, "state": "error", "error": "no such codec"}]
    assert genesys_simulator.counts()["plays.error"] == 1


@pytest.mark.parametrize("state", ALL)
def test_one_event_can_be_lost_while_the_play_goes_on(genesys_simulator: Simulator, state: str) -> None:
    genesys_simulator.add_fault("drop_events", state=state)
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(2) == [other for other in ALL if other != state]
    ended(genesys_simulator)
    assert read_back(genesys_simulator)[0]["state"] == "completed"


def test_all_events_can_be_lost_for_a_number_of_states(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("drop_events", times=4, interaction_id="interaction-1")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        ended(genesys_simulator)
        play(genesys_simulator)
        assert events.states(2) == ["playing", "completed"]
    assert genesys_simulator.counts()["events.lost"] == 4


@pytest.mark.parametrize(
    ("state", "stays"), [("buffering", "queued"), ("playing", "buffering"), ("completed", "playing")]
)
def test_a_play_can_stall_without_a_word(genesys_simulator: Simulator, state: str, stays: str) -> None:
    genesys_simulator.add_fault("stall", state=state)
    with subscribed(genesys_simulator) as events:
        assert play(genesys_simulator).status_code == 202
        genesys_simulator.wait_for(lambda world: world.count["plays.stalled"] == 1)
        assert events.states(ALL.index(state)) == ALL[: ALL.index(state)]
        assert not events.waits()
    assert read_back(genesys_simulator)[0]["state"] == stays


def test_the_connection_can_be_reset_between_play_and_completed(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("abort", route="playback", state="completed")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(2) == ["buffering", "playing"]
        with pytest.raises(ConnectionResetError):
            events.hear()
    assert read_back(genesys_simulator)[0]["state"] == "completed"
    assert [step["told"] for step in genesys_simulator.plays()[0]["steps"]] == [0, 1, 1, 0]


def test_the_connection_can_be_closed_with_a_code(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("close", code=1012, route="playback", state="playing")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(1) == ["buffering"]
        assert events.heard_close() == 1012


@pytest.mark.parametrize("action", ["silence", "half_frame"])
def test_the_connection_can_go_deaf_before_an_event(genesys_simulator: Simulator, action: str) -> None:
    genesys_simulator.add_fault(action, route="playback", state="completed")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(2) == ["buffering", "playing"]
        genesys_simulator.wait_for(lambda world: world.count[f"faults.{action}"] == 1)
        events.socket.ping("still there?")
        genesys_simulator.wait_for(lambda world: world.count["frames.unheard"] == 1)
    assert genesys_simulator.plays()[0]["state"] == "completed"


def test_an_event_can_come_after_the_next_one(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", route="playback", state="buffering", latency_ms=300)
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(3) == ["playing", "completed", "buffering"]


def test_an_event_can_come_twice(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("duplicate", route="playback", state="playing")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.states(4) == ["buffering", "playing", "playing", "completed"]


def test_an_event_can_be_under_another_interactions_id(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("wrong_id", id="somebody-else", route="playback", state="completed")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert [events.hear()["interactionId"] for _ in range(3)][1:] == ["interaction-1", "somebody-else"]


def test_junk_can_come_before_an_event(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("junk", what="binary", route="playback", state="buffering")
    with subscribed(genesys_simulator) as events:
        play(genesys_simulator)
        assert events.socket.recv_data_frame()[0] == websocket.ABNF.OPCODE_BINARY
        assert events.states(3) == ALL


def test_a_fault_can_be_for_one_interactions_plays(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("playback_error", interaction_id="i-2", times="always")
    for name in ("i-1", "i-2"):
        play(genesys_simulator, name)
    ended(genesys_simulator, 2)
    assert [read_back(genesys_simulator, name)[0]["state"] for name in ("i-1", "i-2")] == ["completed", "error"]
