"""The circuit breaker under a clock of the test's own."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clients.breaker import CircuitAttempt, CircuitGuard


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def admitted(guard: CircuitGuard) -> CircuitAttempt:
    attempt = guard.admit()
    assert attempt is not None
    return attempt


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> CircuitGuard:
    return CircuitGuard(clock)


@pytest.fixture
def opened(guard: CircuitGuard) -> CircuitGuard:
    for _ in range(5):
        admitted(guard).failed()
    return guard


def test_five_failures_in_a_row_open_it(opened: CircuitGuard) -> None:
    assert opened.state == "open"
    assert opened.admit() is None


def test_a_success_in_between_starts_the_row_anew(guard: CircuitGuard) -> None:
    for _ in range(4):
        admitted(guard).failed()
    admitted(guard).succeeded()
    for _ in range(4):
        admitted(guard).failed()
    assert guard.state == "closed"


def test_many_attempts_may_be_under_way_while_it_is_closed(guard: CircuitGuard) -> None:
    attempts = [admitted(guard) for _ in range(10)]
    for attempt in attempts:
        attempt.failed()
    assert guard.state == "open"


def test_after_half_a_minute_one_trial_is_let_through_and_no_second(opened: CircuitGuard, clock: Clock) -> None:
    clock.now_s += 29.999
    assert opened.admit() is None
    clock.now_s += 0.001
    admitted(opened)
    assert opened.state == "half-open"
    assert opened.admit() is None


def test_a_trial_that_works_closes_it(opened: CircuitGuard, clock: Clock) -> None:
    clock.now_s += 30
    admitted(opened).succeeded()
    assert opened.state == "closed"
    admitted(opened)
    admitted(opened)


def test_a_trial_that_fails_opens_it_for_another_half_minute(opened: CircuitGuard, clock: Clock) -> None:
    clock.now_s += 30
    admitted(opened).failed()
    assert opened.state == "open"
    clock.now_s += 29
    assert opened.admit() is None
    clock.now_s += 1
    admitted(opened)


def test_a_trial_that_taught_nothing_makes_room_for_another(opened: CircuitGuard, clock: Clock) -> None:
    clock.now_s += 30
    admitted(opened).withdrawn()
    assert opened.state == "half-open"
    admitted(opened).succeeded()
    assert opened.state == "closed"


def test_old_news_neither_closes_nor_opens(guard: CircuitGuard, clock: Clock) -> None:
    stragglers = [admitted(guard) for _ in range(7)]
    for attempt in stragglers[:5]:
        attempt.failed()
    stragglers[5].succeeded()
    assert guard.state == "open"
    clock.now_s += 30
    trial = admitted(guard)
    stragglers[6].failed()
    assert guard.state == "half-open"
    trial.succeeded()
    assert guard.state == "closed"


def test_the_first_word_about_an_attempt_counts(guard: CircuitGuard) -> None:
    attempt = admitted(guard)
    for _ in range(9):
        attempt.failed()
    assert guard.state == "closed"


class Model(RuleBasedStateMachine):
    """Against the five lines that say what a breaker is."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.guard = CircuitGuard(self.clock, failures=3, open_s=10)
        self.row = 0
        self.open_until_s: float | None = None

    @rule(gap=st.integers(1, 12))
    def time_passes(self, gap: int) -> None:
        self.clock.now_s += gap

    @rule(works=st.booleans())
    def an_attempt(self, works: bool) -> None:
        attempt = self.guard.admit()
        if self.open_until_s is not None and self.clock.now_s < self.open_until_s:
            assert attempt is None
            return
        assert attempt is not None
        if works:
            attempt.succeeded()
            self.row, self.open_until_s = 0, None
        else:
            attempt.failed()
            self.row += 1
            if self.row >= 3 or self.open_until_s is not None:
                self.row, self.open_until_s = 0, self.clock.now_s + 10

    @invariant()
    def both_agree(self) -> None:
        assert (self.guard.state == "closed") == (self.open_until_s is None)


Model.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestModel = Model.TestCase
