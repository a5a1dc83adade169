"""Hundreds of calls, and what they do not notice: a worker that is killed, a service that restarts."""

import os
import re
import signal
from collections.abc import Iterator

import pytest

from tests.trips.crowd import Crowd
from tests.trips.studio import KEY, Caller, HookedCaller, Studio, studios
from tests.trips.wire import PATIENCE_S

CALLS = 500
PATIENT = {"media__ping_every_s": 600, "media__idle_s": 900}  # however slow the machine, none ends for silence
SPOKEN = 100  # frames; the service acknowledges every fifty
UNANSWERED = 30  # frames that it has heard and not acknowledged when it goes


@pytest.fixture
def studio() -> Iterator[Studio]:
    with studios() as opened:
        yield opened


def test_of_five_hundred_calls_those_of_a_killed_worker_end_and_the_others_go_on() -> None:
    with studios(**PATIENT) as studio, Crowd(studio.address, KEY, CALLS) as crowd:
        opened = [studio.event("stream.opened") for _ in crowd.names]
        assert {one["conversation_id"] for one in opened} == crowd.names
        victim = opened[0]["worker"]
        lost = {one["conversation_id"] for one in opened if one["worker"] == victim}
        spared = crowd.names - lost
        os.kill(studio.ready(studio.wire, victim), signal.SIGKILL)
        assert {studio.event("stream.closed")["conversation_id"] for _ in lost} == lost
        assert crowd.are_cut_off(lost)
        ends = {record["interaction_id"]: record["data"] for record in studio.all_records("stream.closed")}
        why = f"its audio worker {victim} was lost: it was killed by SIGKILL"
        assert {name: end["reason"] for name, end in ends.items()} == dict.fromkeys(lost, why)
        crowd.speak(spared, 3)
        for name in spared:
            studio.until(name, lambda shown: shown["frames"] == 4)
        assert studio.wire.call("stream.list")["live"] == len(spared)
        studio.ready(studio.wire, victim)
        studio.await_well()
        assert any(
            studio.call(f"d-{number}") and studio.show(f"d-{number}")["worker"] == victim for number in range(CALLS)
        ), "the worker that came back takes calls"


def test_calls_go_on_over_a_restart_of_the_service_and_nothing_is_lost_or_doubled(studio: Studio) -> None:
    callers: list[Caller | HookedCaller] = [studio.call(f"c-{number}") for number in range(6)]
    callers += [studio.hook() for _ in range(6)]
    for caller in callers:
        caller.speak(SPOKEN + UNANSWERED - isinstance(caller, Caller))  # whose stream began with its first frame
    for caller in callers:
        studio.until(caller.conversation_id, lambda shown: bool(shown["tail"]) and shown["tail"][-1]["sequence"] == 100)
    heard = len(callers) * (SPOKEN + UNANSWERED)
    studio.house.genesys.wait_for(lambda world: world.count["transcription.chunks"] == heard, PATIENCE_S)
    restarted = ("sim", "restart-transcription", "--down-s", "0.3", "--url", studio.house.genesys.url)
    assert studio.told(*restarted)
    for caller in callers:
        caller.speak(SPOKEN)
    for caller in callers:
        shown = studio.until(caller.conversation_id, lambda shown: "service.back" in befell(shown))
        assert befell(shown).index("service.lost") < befell(shown).index("service.back")
    for caller in callers:
        caller.hang_up()
    for _ in callers:
        studio.event("stream.closed")
    for caller in callers:
        shown = studio.show(caller.conversation_id)
        assert (shown["state"], shown["dropped"], shown["gaps"]) == ("ended", 0, 0)
        assert transcribed(shown) == list(range(1, shown["frames"] + 1))
        (lane,) = studio.house.genesys.lanes(caller.conversation_id)
        assert (lane["distinct"], lane["missing"], lane["doubled"]) == (shown["frames"], [], 0)
        assert lane["replayed"] >= UNANSWERED
        assert len(lane["streams"]) > 1


def transcribed(shown: dict[str, list[dict[str, str]]]) -> list[int]:
    """The chunks that a stream's transcripts say they are of, in the order of the transcripts."""
    spans = [re.fullmatch(r"chunks (\d+) to (\d+)", line["text"]) for line in shown["tail"]]
    return [number for span in spans if span for number in range(int(span[1]), int(span[2]) + 1)]


def befell(shown: dict[str, list[dict[str, str]]]) -> list[str]:
    """What the time line of a stream tells, in order."""
    return [entry["what"] for entry in shown["timeline"]]
