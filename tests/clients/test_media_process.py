"""One worker process, its line, its words and its end; real processes, of a few lines each."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from clients.media_process import FULL_BACKLOG, MediaProcess
from messages.media import (
    AudioStreamNoted,
    BearerJudged,
    DrainWorker,
    PlayIntoStream,
    ServicePlan,
    TellStreams,
    WorkerDrained,
    WorkerEvent,
    WorkerPlan,
)
from tests.clients.around import Around
from tests.living import DEADLINE_S

PLAN = WorkerPlan(worker=1, host="127.0.0.1", port=0, keys=(), service=ServicePlan(addresses=("a:1",)))
OPENING = """
import json, os, signal, socket, sys
line = socket.socket(fileno=int(sys.argv[1]))
lines = line.makefile("r")
def tell(**fields): line.sendall(json.dumps(fields).encode() + b"\\n")
def note(what, **data): tell(type="AudioStreamNoted", stream_id="s", what=what, data=data)
def say(words): print(words, file=sys.stderr, flush=True)
plan = json.loads(lines.readline())
"""
ECHO = "for command in lines: note(json.loads(command)['type'])"

E = TypeVar("E")


class Ears:
    """Hears what a process tells, writes and comes to."""

    def __init__(self) -> None:
        self._heard: SimpleQueue[Any] = SimpleQueue()
        self.waiting = 0

    def told(self, events: tuple[WorkerEvent, ...]) -> None:
        for event in events:
            self._heard.put(event)

    def wrote(self, line: str) -> None:
        self._heard.put(f"wrote {line}")

    def ended(self, why: str) -> None:
        self._heard.put(f"ended: {why}")

    def backlog(self) -> int:
        return self.waiting

    def hear(self) -> Any:
        """The next of all that."""
        return self._heard.get(timeout=DEADLINE_S)

    def nothing_more(self) -> bool:
        try:
            self._heard.get_nowait()
        except Empty:
            return True
        return False


@contextmanager
def process(
    script: str, stuck_s: float = DEADLINE_S, ears: Ears | None = None, plan: WorkerPlan = PLAN
) -> Iterator[tuple[MediaProcess, Ears]]:
    ears = ears or Ears()
    child = MediaProcess(plan, ears, command=(sys.executable, "-c", OPENING + script), stuck_s=stuck_s)
    try:
        yield child, ears
    finally:
        child.kill()


def noted(what: str, **data: Any) -> AudioStreamNoted:
    return AudioStreamNoted(stream_id="s", what=what, data=data)


def test_the_plan_comes_first_and_over_the_line_only() -> None:
    with process("note(plan['type'], argv=len(sys.argv), port=plan['port'])") as (_, ears):
        assert ears.hear() == noted("WorkerPlan", argv=2, port=0)
        assert ears.hear() == "ended: it ended by itself"


def test_nothing_of_the_gateways_environment_reaches_it() -> None:
    assert "PATH" in os.environ
    with process("note('env', names=sorted(os.environ))") as (_, ears):
        assert set(ears.hear().data["names"]) <= {"PYTHONPATH", "LC_ALL", "LC_CTYPE"}


def test_its_start_is_surrounded_as_was_asked_for_and_nothing_else_is() -> None:
    around = Around()
    child = MediaProcess(PLAN, Ears(), command=(sys.executable, "-c", "input()"), around=around)
    child.kill()
    assert around.told == ["begins", "is started"]


def test_commands_go_down_in_order_and_events_come_up() -> None:
    with process(ECHO) as (child, ears):
        commands = (TellStreams(), BearerJudged(number=1, known=True), DrainWorker(within_s=1.0))
        assert all(child.send(command) for command in commands)
        assert [ears.hear().what for _ in commands] == ["TellStreams", "BearerJudged", "DrainWorker"]


def test_what_it_told_last_is_heard_before_its_end() -> None:
    with process("tell(type='WorkerDrained'); os._exit(3)") as (_, ears):
        assert ears.hear() == WorkerDrained()
        assert ears.hear() == "ended: it ended with exit code 3"
        assert ears.nothing_more()


def test_a_kill_is_told_by_its_signal() -> None:
    with process("note('up'); signal.pause()") as (child, ears):
        ears.hear()
        child.kill()
        assert ears.hear() == "ended: it was killed by SIGKILL"
        child.kill()
        assert not child.send(TellStreams())


def test_one_that_hangs_up_and_stays_is_killed() -> None:
    with process("line.shutdown(socket.SHUT_RDWR); lines.close(); line.close(); signal.pause()") as (_, ears):
        assert ears.hear() == "ended: it was killed by SIGKILL"


def test_what_it_writes_comes_line_by_line() -> None:
    with process("say('one\\ntwo'); os.write(2, b'\\xffthree')") as (_, ears):
        assert [ears.hear() for _ in range(3)] == ["wrote one", "wrote two", "wrote \ufffdthree"]
        assert ears.hear() == "ended: it ended by itself"


def test_it_may_close_what_it_writes_to() -> None:
    with process("os.close(2); note('quiet'); " + "signal.pause()") as (child, ears):
        assert ears.hear() == noted("quiet")
        child.kill()
        assert ears.hear() == "ended: it was killed by SIGKILL"


def test_a_line_that_is_none_is_told_and_skipped() -> None:
    with process("tell(type='Nonsense'); note('after'); signal.pause()") as (child, ears):
        assert ears.hear().startswith("wrote a line of 20 bytes is none of ours")
        assert ears.hear() == noted("after")
        assert child.bad_lines == 1


def test_one_that_takes_nothing_is_killed() -> None:
    with process("note('deaf'); signal.pause()", stuck_s=0.2) as (child, ears):
        ears.hear()
        child.send(PlayIntoStream(stream_id="s", audio=bytes(4_000_000)))
        assert ears.hear() == "wrote it took nothing of its line for 0.2 s"
        assert ears.hear() == "ended: it was killed by SIGKILL"


def test_what_waits_for_it_has_a_bound() -> None:
    with process("note('deaf'); signal.pause()") as (child, ears):
        ears.hear()
        big = PlayIntoStream(stream_id="s", audio=bytes(4_000_000))
        sent = [child.send(big) for _ in range(8)]
        assert (sent[0], sent[-1]) == (True, False)


class Busy(Ears):
    """Has as much to do as it may, from the first event on."""

    def told(self, events: tuple[WorkerEvent, ...]) -> None:
        super().told(events)
        self.waiting = FULL_BACKLOG


def test_its_line_is_not_read_while_its_listener_is_behind() -> None:
    script = "note('first'); lines.readline(); note('second'); say('both'); signal.pause()"
    with process(script, ears=Busy()) as (child, ears):
        assert ears.hear() == noted("first")
        child.send(TellStreams())
        assert ears.hear() == "wrote both"
        ears.waiting = 0
        assert ears.hear() == noted("second")


def test_another_process_that_holds_its_ends_keeps_nobody_waiting() -> None:
    orphan = "if os.fork() == 0: signal.alarm(20), signal.pause()\n"
    with process(orphan + "note('child'); os._exit(0)") as (_, ears):
        assert ears.hear() == noted("child")
        assert ears.hear() == "ended: it ended by itself"


def test_it_has_the_memory_that_its_plan_names_and_every_other_process_of_the_gateway_has_not() -> None:
    memory = os.memfd_create("nonces")
    os.write(memory, b"shared")
    told = replace(PLAN, nonces_descriptor=memory)
    with process("note(os.pread(plan['nonces_descriptor'], 6, 0).decode())", plan=told) as (_, ears):
        assert ears.hear() == noted("shared")
    assert not os.get_inheritable(memory)
    os.close(memory)
