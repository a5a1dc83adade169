"""The process's life: what it is told and when, what it says of itself, and the code it ends with."""

import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from loguru import logger

from actors.address import Address
from actors.reply import Reply
from messages.base import Json
from messages.gateway import Drain, State
from messages.supervision import Crashed, FromActor, Shutdown, Started, Stopped
from supervisors.configuration.load import Configured, configure
from supervisors.lifecycle import OK, SOFTWARE, Lifecycle
from supervisors.logs import Levels

UP = Started(child="root", incarnation=1)
DOWN = Stopped(child="root", incarnation=1)
FAILED = Crashed(child="root", incarnation=1, error="too many restarts", message="Crashed")


class Gateway:
    """Answers each drain at once, or as `answer` says."""

    def __init__(self, log: list[str]) -> None:
        self.drains: list[Drain] = []
        self.answer: Callable[[Reply], None] = lambda reply: reply.set({})
        self._log = log

    def request(self, message: Drain, *, urgent: bool) -> Reply:
        assert urgent, "it must not queue behind anything"
        self.drains.append(message)
        self._log.append(f"drain {message.timeout_s:g}")
        reply = Reply()
        self.answer(reply)
        return reply


class Root:
    """Stops as soon as it is told to, or as `end` says; None: it never does."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self.end: FromActor | None = DOWN

    def urge(self, message: object) -> None:
        assert message == Shutdown()
        self._life.log.append("shutdown")
        if self.end is not None:
            self._life.process.urge(self.end)


class Life:
    """A lifecycle with doors that answer at once; every reload notes the state at that moment."""

    def __init__(self, folder: Path, **environment: str) -> None:
        ours = {"SWITCHBOARD_DATA_DIR": str(folder), "SWITCHBOARD_DRAIN__TIMEOUT_S": "30"}
        self.environment = {**ours, **environment}
        self.levels = Levels("INFO")
        self.log: list[str] = []
        self.process = Lifecycle(configure(self.environment), self._read, self.levels, last_words_s=0.01)
        self.gateway, self.root = Gateway(self.log), Root(self)
        self.states: list[State] = []
        self.at_reload: Callable[[], None] = lambda: None

    def run(self, stop_s: float = 1.0) -> int:
        """Everything that was told before, in its order; a drain or a stop among it ends this."""
        return self.process.run(cast(Address, self.root), cast(Address, self.gateway), stop_s)

    def reload(self, **settings: str) -> Mapping[str, Json]:
        """Read the settings again, some of them changed."""
        self.environment |= {f"SWITCHBOARD_{name.upper()}": value for name, value in settings.items()}
        return self.process.reload()

    def _read(self) -> Configured:
        self.states.append(self.process.state())
        self.at_reload()
        return configure(self.environment)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before: list[Any] = [signal.getsignal(number) for number in numbers]
    living = Life(tmp_path)
    living.process.heed_signals()
    yield living
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_is_running_once_the_root_is_up(life: Life) -> None:
    assert life.process.state() == "starting"
    life.process.urge(UP)
    signal.raise_signal(signal.SIGHUP)
    life.process.stop()
    assert life.run() == OK
    assert life.states == ["running"]
    assert life.process.state() == "stopping"


@pytest.mark.parametrize(
    ("environment", "line"),
    [({}, "ready\n"), ({"TRANSCRIPTION_GRPC_ADDR": "asr:1"}, "ready; calls once an audio worker takes them\n")],
)
def test_the_log_says_ready_and_that_calls_are_not_taken_yet(
    tmp_path: Path, environment: dict[str, str], line: str
) -> None:
    lines: list[str] = []
    handler = logger.add(lines.append, format="{message}")
    living = Life(tmp_path, **environment)
    living.process.urge(UP)
    living.process.stop()
    assert living.run() == OK
    logger.remove(handler)
    assert lines[0] == line


def test_term_drains_with_the_time_of_the_settings_and_then_stops(life: Life) -> None:
    life.process.urge(UP)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGHUP)
    assert life.run() == OK
    assert life.states == ["draining"]
    assert life.gateway.drains == [Drain(timeout_s=30.0, cancel=True), Drain(timeout_s=0.0, cancel=True)]


def test_a_second_term_stops_at_once(life: Life) -> None:
    life.process.urge(UP)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGHUP)
    assert life.run() == OK
    assert life.states == []


def test_a_term_before_the_start_is_over_lets_no_order_in_afterwards(life: Life) -> None:
    signal.raise_signal(signal.SIGTERM)
    life.process.urge(UP)
    signal.raise_signal(signal.SIGHUP)
    assert life.run() == OK
    assert life.states == ["draining"]


def test_a_drain_may_be_taken_back_but_not_a_stop(life: Life) -> None:
    life.process.urge(UP)
    life.process.stop()
    assert life.run() == OK
    life.process.drain(False)
    assert life.process.state() == "stopping"
    assert life.process.draining()


def test_a_root_that_gives_up_ends_the_process_with_a_failure(life: Life) -> None:
    life.process.urge(UP)
    life.process.urge(FAILED)
    assert life.run() == SOFTWARE


def test_interrupt_is_a_term(life: Life) -> None:
    life.process.urge(UP)
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGHUP)
    assert life.run() == OK
    assert life.states == ["draining"]


# --- the end -------------------------------------------------------------------------------------------------------


def test_open_orders_have_their_last_words_before_the_actors_stop(life: Life) -> None:
    life.process.urge(UP)
    life.process.stop()
    assert life.run() == OK
    assert life.log == ["drain 0", "shutdown"]


def test_a_steward_that_does_not_answer_keeps_nobody_from_stopping(life: Life) -> None:
    life.gateway.answer = lambda _reply: None
    life.process.urge(UP)
    life.process.stop()
    assert life.run() == OK
    assert life.log == ["drain 0", "shutdown"]


def test_one_that_forgets_the_drain_does_not_hold_it_for_ever(life: Life) -> None:
    life.environment["SWITCHBOARD_DRAIN__TIMEOUT_S"] = "0"
    life.process = Lifecycle(configure(life.environment), life._read, life.levels, last_words_s=0.01)
    life.process.heed_signals()
    life.gateway.answer = lambda _reply: None
    life.process.urge(UP)
    signal.raise_signal(signal.SIGTERM)
    assert life.run() == OK
    assert life.log == ["drain 0", "drain 0", "shutdown"]


def test_actors_that_do_not_stop_in_time_are_a_failure(life: Life) -> None:
    life.root.end = None
    life.process.urge(UP)
    life.process.stop()
    assert life.run(stop_s=0.01) == SOFTWARE


def test_a_root_that_fails_while_it_stops_is_a_failure(life: Life) -> None:
    life.root.end = FAILED
    life.process.urge(UP)
    life.process.stop()
    assert life.run() == SOFTWARE


def test_a_root_that_stops_unasked_is_a_failure(life: Life) -> None:
    life.process.urge(UP)
    life.process.urge(DOWN)
    assert life.run() == SOFTWARE
    assert life.log == []


def test_one_that_fails_before_it_was_up_is_a_failure(life: Life) -> None:
    life.process.urge(FAILED)
    assert life.run() == SOFTWARE


def test_news_while_it_stops_neither_stops_nor_drains_it_again(life: Life) -> None:
    def more(reply: Reply) -> None:
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP):
            signal.raise_signal(number)
        reply.set({})

    life.gateway.answer = more
    life.process.urge(UP)
    life.process.stop()
    assert life.run() == OK
    assert life.log == ["drain 0", "shutdown"]


def test_after_a_drain_was_taken_back_the_next_term_drains_again(life: Life) -> None:
    def take_back_once(reply: Reply) -> None:
        life.gateway.answer = lambda reply: reply.set({})
        life.process.drain(False)
        signal.raise_signal(signal.SIGHUP)
        reply.set({})

    life.gateway.answer = take_back_once
    life.at_reload = lambda: signal.raise_signal(signal.SIGTERM)
    life.process.urge(UP)
    signal.raise_signal(signal.SIGTERM)
    assert life.run() == OK
    assert life.log == ["drain 30", "drain 30", "drain 0", "shutdown"]


# --- reload --------------------------------------------------------------------------------------------------------


def test_a_reload_brings_the_log_level_into_force_and_nothing_else(life: Life) -> None:
    told = life.reload(log__level="DEBUG", rest__workers="3")
    assert told == {"changed": ["log.level"], "needs_restart": ["rest.workers"], "problems": []}
    assert life.levels.admits("actors.rest", 10)


def test_what_needs_a_restart_is_told_until_there_was_one_and_the_rest_once(life: Life) -> None:
    life.reload(log__level="DEBUG", rest__workers="3")
    assert life.reload() == {"changed": [], "needs_restart": ["rest.workers"], "problems": []}
    assert life.reload(log__level="INFO")["changed"] == ["log.level"]
    assert not life.levels.admits("actors.rest", 10)


def test_a_reload_that_changes_nothing_leaves_an_operators_level(life: Life) -> None:
    life.process.set_log_level("DEBUG", None)
    assert life.reload() == {"changed": [], "needs_restart": [], "problems": []}
    assert life.levels.admits("actors.rest", 10)
    life.process.reset_log_level(None)
    assert not life.levels.admits("actors.rest", 10)


def test_what_can_be_taken_at_once_is_taken_whenever_it_has_changed_and_only_then(life: Life) -> None:
    taken: list[str] = []
    life.process.take_at_once("media_keys", lambda settings: taken.append(settings.media_keys.get_secret_value()))
    told = life.reload(media_keys="k1,k2", rest__workers="3")
    assert told == {"changed": ["media_keys"], "needs_restart": ["rest.workers"], "problems": []}
    assert life.reload()["changed"] == []
    assert life.reload(media_keys="k2", log__level="LOUD")["changed"] == []
    assert taken == ["k1,k2"]
    assert life.reload(log__level="DEBUG")["changed"] == ["media_keys", "log.level"]
    assert taken == ["k1,k2", "k2"]


def test_settings_that_are_wrong_are_told_and_change_nothing(life: Life) -> None:
    told = life.reload(log__level="LOUD")
    (problem,) = cast(list[str], told["problems"])
    assert "LOG__LEVEL" in problem
    assert (told["changed"], told["needs_restart"]) == ([], [])
    assert not life.levels.admits("actors.rest", 10)
