"""One worker process and its actor: they start, hang, drain and die together, and nothing of it is silent."""

from dataclasses import replace

import pytest
from loguru import logger

from actors.base import ActorFailed
from actors.introspection import MOST_OPEN
from actors.media_worker import WorkerTimes
from messages.media import (
    AskBearer,
    BearerJudged,
    DeclareLanguage,
    DrainWorker,
    MediaKey,
    TakeKeys,
    TellStreams,
    WorkerDrained,
    WorkerLost,
)
from messages.media_workers import DrainMedia, MediaDrained, ProcessEnded, ResumeMedia
from messages.rest import Call, CallAnswered, HttpResponse
from messages.supervision import Shutdown, Stopped
from tests.actors.media_worker_scene import NOTE, PLAN, REPORT, Scene

# --- up ------------------------------------------------------------------------------------------------------


def test_it_starts_its_process_and_waits_for_nothing() -> None:
    scene = Scene()
    assert len(scene.processes) == 1
    assert scene.actor.facts()["state"] == "starting"


def test_a_worker_that_is_ready_is_told_of() -> None:
    scene = Scene().up()
    assert scene.events() == ["media.ready"]
    facts = scene.actor.facts()
    assert [facts[name] for name in ("state", "pid", "native", "calls", "busy")] == ["ready", 4711, True, 3, 0.25]


def test_what_the_process_tells_goes_on_in_order_with_its_name() -> None:
    scene = Scene().up()
    scene.say(NOTE, REPORT, NOTE)
    assert scene.told()[-3:] == [NOTE, REPORT, NOTE]


def test_commands_go_down_the_line() -> None:
    scene = Scene().up()
    commands = [TellStreams(), DeclareLanguage(stream_id="s1", language="es", source="attribute")]
    for command in commands:
        scene.tell(command)
    assert scene.process.sent == commands


# --- faults --------------------------------------------------------------------------------------------------


def test_the_end_of_the_process_is_the_end_of_its_actor_after_its_streams_were_told_lost() -> None:
    scene = Scene().up()
    scene.process.tell(NOTE)
    scene.dies()
    assert scene.told()[-1] == NOTE
    assert scene.transcription.take(WorkerLost).why == "it was killed by SIGKILL"
    assert scene.events() == ["media.ready", "media.lost"]


def test_the_next_incarnation_starts_another_process() -> None:
    scene = Scene(incarnation=2)
    assert len(scene.processes) == 1
    assert scene.transcription.take(WorkerLost).why == "its actor was started anew"


def test_what_a_process_before_it_told_is_not_heard() -> None:
    scene = Scene(incarnation=2).up()
    scene.told()
    scene.tell(ProcessEnded(process="1.1", why="long ago"))
    assert scene.actor.facts()["state"] == "ready"


def test_one_that_does_not_become_ready_is_killed() -> None:
    scene = Scene()
    scene.stage.advance(59.9)
    assert scene.process.killed == 0
    scene.stage.advance(0.2)
    assert scene.process.killed == 1


def test_one_that_says_nothing_is_killed() -> None:
    scene = Scene().up()
    for _ in range(10):
        scene.stage.advance(WorkerTimes().silence_s - 1.0)
        scene.say(REPORT)
    assert not scene.process.killed
    scene.stage.advance(WorkerTimes().silence_s + 2.0)
    assert scene.process.killed


def test_new_keys_go_to_the_process_and_are_in_the_plan_of_the_next_one() -> None:
    scene, keys = Scene().up(), (MediaKey(key="new-key"),)
    scene.plan = replace(PLAN, keys=keys)
    scene.tell(TakeKeys(keys=keys), DrainMedia(within_s=0.0))
    assert scene.process.sent[0] == TakeKeys(keys=keys)
    drained(scene)
    scene.tell(TakeKeys(keys=keys), ResumeMedia())
    assert (len(scene.processes), scene.process.sent) == (2, [])


def test_one_that_takes_no_commands_is_killed() -> None:
    scene = Scene().up()
    scene.process.takes = False
    scene.tell(TellStreams())
    assert scene.process.killed


def test_a_crash_of_the_actor_itself_takes_the_process_along() -> None:
    scene = Scene().up()
    with pytest.raises(ActorFailed):
        scene.tell("nonsense")
    scene.actor._end()
    assert scene.process.killed


# --- out of service ------------------------------------------------------------------------------------------


def drained(scene: Scene) -> None:
    scene.say(WorkerDrained())
    scene.process.end("it ended by itself")
    scene.stage.run()


def test_a_drain_waits_for_the_process_and_tells_the_steward() -> None:
    scene = Scene().up()
    scene.tell(DrainMedia(within_s=30.0))
    assert scene.process.sent == [DrainWorker(within_s=30.0)]
    assert not scene.steward.heard
    drained(scene)
    assert scene.steward.take(MediaDrained).worker.name == "media.1"
    assert (scene.actor.facts()["state"], scene.events()[-1]) == ("drained", "media.drained")


def test_a_drain_of_nothing_is_over_at_once() -> None:
    scene = Scene().up()
    scene.tell(DrainMedia(within_s=0.0))
    drained(scene)
    scene.steward.take(MediaDrained)
    scene.tell(DrainMedia(within_s=0.0))
    scene.steward.take(MediaDrained)


def test_one_that_does_not_let_its_calls_go_is_killed() -> None:
    scene = Scene().up()
    scene.tell(DrainMedia(within_s=2.0))
    for _ in range(13):
        scene.stage.advance(1.0)
        scene.say(REPORT)
    assert scene.process.killed == 1
    scene.process.end()
    scene.stage.run()
    assert scene.transcription.take(WorkerLost).why == "it was killed by SIGKILL"
    scene.steward.take(MediaDrained)


def test_a_drain_that_is_taken_back_starts_a_process_again() -> None:
    scene = Scene().up()
    scene.tell(DrainMedia(within_s=0.0))
    drained(scene)
    scene.tell(ResumeMedia())
    assert len(scene.processes) == 2
    scene.up()
    assert scene.actor.facts()["state"] == "ready"


def test_a_drain_that_is_taken_back_under_way_does_so_once_it_is_done() -> None:
    scene = Scene().up()
    scene.tell(DrainMedia(within_s=10.0), ResumeMedia())
    assert len(scene.processes) == 1
    drained(scene)
    assert len(scene.processes) == 2
    assert not scene.steward.heard


def test_no_process_is_started_while_the_gateway_drains() -> None:
    scene = Scene(incarnation=2, draining=True)
    assert not scene.processes
    scene.steward.take(MediaDrained)


def test_when_everything_stops_calls_end_in_good_order_first() -> None:
    scene = Scene().up()
    scene.address.urge(Shutdown())
    scene.stage.run()
    assert scene.process.sent == [DrainWorker(within_s=0.0)]
    assert not scene.actor.actor_stopped.is_set()
    drained(scene)
    assert scene.actor.actor_stopped.is_set()
    scene.actor._end()
    scene.stage.superior.take(Stopped)


def test_one_that_does_not_end_then_is_killed_in_time() -> None:
    scene = Scene().up()
    scene.address.urge(Shutdown())
    scene.stage.run()
    scene.stage.advance(8.1)
    assert scene.process.killed
    scene.process.end()
    scene.stage.run()
    assert scene.actor.actor_stopped.is_set()


# --- callers' tokens -----------------------------------------------------------------------------------------


def answer(call: Call, status: int | None) -> CallAnswered:
    response = None if status is None else HttpResponse(status=status, headers={}, body=b"{}")
    return CallAnswered(call_id=call.call_id, response=response, failure="" if status else "timeout")


def judged(scene: Scene) -> list[tuple[int, bool]]:
    told = [(sent.number, sent.known) for sent in scene.process.sent if isinstance(sent, BearerJudged)]
    scene.process.sent.clear()
    return told


def test_genesys_is_asked_with_the_callers_own_token() -> None:
    scene = Scene(introspect=True).up()
    scene.say(AskBearer(number=1, bearer="t1"))
    call = scene.rest.take(Call)
    assert call.request.headers["Authorization"] == "Bearer t1"
    scene.tell(answer(call, 200))
    assert judged(scene) == [(1, True)]
    assert not any(isinstance(event, AskBearer) for event in scene.told())


@pytest.mark.parametrize("status", [401, 403])
def test_what_genesys_does_not_know_opens_nothing(status: int) -> None:
    scene = Scene(introspect=True).up()
    scene.say(AskBearer(number=1, bearer="t1"))
    scene.tell(answer(scene.rest.take(Call), status))
    scene.say(AskBearer(number=2, bearer="t1"))
    assert judged(scene) == [(1, False), (2, False)]
    assert not scene.rest.heard


@pytest.mark.parametrize("status", [None, 500, 429])
def test_without_an_answer_nothing_is_opened_and_the_next_caller_asks_again(status: int | None) -> None:
    scene = Scene(introspect=True).up()
    for number in (1, 2):
        scene.say(AskBearer(number=number, bearer="t1"))
        scene.tell(answer(scene.rest.take(Call), status))
    assert judged(scene) == [(1, False), (2, False)]


def test_many_callers_with_one_token_are_one_question() -> None:
    scene = Scene(introspect=True).up()
    scene.say(*[AskBearer(number=number, bearer="t1") for number in range(5)])
    (call,) = scene.rest.take_all(Call)
    scene.tell(answer(call, 200))
    scene.say(AskBearer(number=9, bearer="t1"))
    assert judged(scene) == [(0, True), (1, True), (2, True), (3, True), (4, True), (9, True)]


def test_questions_have_a_bound() -> None:
    scene = Scene(introspect=True).up()
    scene.say(*[AskBearer(number=number, bearer=f"t{number}") for number in range(MOST_OPEN + 1)])
    assert len(scene.rest.take_all(Call)) == MOST_OPEN
    assert judged(scene) == [(MOST_OPEN, False)]


def test_where_tokens_are_not_asked_about_none_is_known() -> None:
    scene = Scene().up()
    scene.say(AskBearer(number=1, bearer="t1"))
    assert judged(scene) == [(1, False)]


def test_an_answer_that_comes_after_its_worker_is_told_to_nobody() -> None:
    scene = Scene(introspect=True).up()
    scene.say(AskBearer(number=1, bearer="t1"))
    call = scene.rest.take(Call)
    scene.tell(DrainMedia(within_s=0.0))
    drained(scene)
    scene.tell(ResumeMedia())
    scene.tell(answer(call, 200))
    assert judged(scene) == []


@pytest.mark.parametrize("level", ["INFO", "WARNING"])
def test_what_the_process_writes_is_logged_at_its_own_level_and_within_bounds(level: str) -> None:
    lines: list[str] = []
    handler = logger.add(lines.append, format="{level} {message}")
    scene = Scene().up()
    for number in range(500):
        scene.process.listener.wrote(f"{level} media: line {number}")
    logger.remove(handler)
    written = [line for line in lines if "line " in line]
    assert (written[0], len(written)) == (f"{level} media.1: {level} media: line 0\n", 50)


def test_a_transcription_service_that_is_gone_is_told_once_and_once_when_it_is_back() -> None:
    scene = Scene().up()
    for unserved in ("a:1: refused", "a:1: timed out", ""):
        scene.say(replace(REPORT, unserved=unserved))
        assert scene.actor.facts()["unserved"] == (unserved or None), "whoever listens from now on asks"
    assert scene.events() == ["media.ready", "media.unserved", "media.served"]
