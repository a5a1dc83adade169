"""The process's life: what it is told and when, what it says of itself, and the code it ends with."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from actors.address import Address
from actors.reply import Reply
from messages.gateway import Drain, State
from messages.supervision import Crashed, Started, Stopped
from supervisors.configuration.load import Configured, configure
from supervisors.lifecycle import OK, SOFTWARE, Lifecycle
from supervisors.logs import Levels

UP = Started(child="root", incarnation=1)
DOWN = Stopped(child="root", incarnation=1)
FAILED = Crashed(child="root", incarnation=1, error="too many restarts", message="Crashed")


class Gateway:
    """Answers each drain at once."""

    def __init__(self) -> None:
        self.drains: list[Drain] = []

    def request(self, message: Drain, *, urgent: bool) -> Reply:
        self.drains.append(message)
        reply = Reply()
        reply.set({})
        return reply


class Root:
    """Stops as soon as it is told to."""

    def __init__(self, life: "Life") -> None:
        self._life = life

    def urge(self, _message: object) -> None:
        self._life.process.urge(DOWN)


class Life:
    """A lifecycle with doors that answer at once; every reload notes the state at that moment."""

    def __init__(self, folder: Path) -> None:
        self._configured = configure({"SWITCHBOARD_DATA_DIR": str(folder)})
        self.process = Lifecycle(self._configured, self._read, Levels("INFO"))
        self.gateway = Gateway()
        self.states: list[State] = []

    def run(self) -> int:
        """Everything that was told before, in its order; a drain or a stop among it ends this."""
        return self.process.run(cast(Address, Root(self)), cast(Address, self.gateway), 1.0)

    def _read(self) -> Configured:
        self.states.append(self.process.state())
        return self._configured


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
