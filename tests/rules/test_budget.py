"""The rate budget: never more than allowed in any minute, by our count and by theirs."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rules.budget import WINDOW_S, Budget
from rules.headers import RateHeaders


def spent(budget: Budget, count: int, now_s: float = 0.0) -> Budget:
    for _ in range(count):
        assert budget.wait_s(now_s) == 0
        budget.take(now_s)
    return budget


def test_lets_a_whole_minutes_worth_go_at_once_and_then_waits_a_minute() -> None:
    budget = spent(Budget(300), 300)
    assert budget.wait_s(0.0) == 60
    assert budget.wait_s(59.0) == 1
    assert budget.wait_s(60.0) == 0


def test_waits_for_the_oldest_alone() -> None:
    budget = spent(spent(Budget(2), 1, now_s=0.0), 1, now_s=30.0)
    assert budget.wait_s(40.0) == 20
    spent(budget, 1, now_s=60.0)
    assert budget.wait_s(60.0) == 30


def test_what_can_be_spared_waits_while_a_quarter_is_left() -> None:
    budget = spent(Budget(300), 225, now_s=10.0)
    assert (budget.wait_s(20.0, spared=True), budget.wait_s(20.0)) == (50, 0)
    budget = spent(Budget(300), 1)
    budget.answered(0.0, RateHeaders(count=225, allowed=300, reset_s=20))
    assert (budget.wait_s(0.0, spared=True), budget.wait_s(0.0)) == (20, 0)


def test_of_a_budget_too_small_to_share_nothing_is_kept_back() -> None:
    assert Budget(1).wait_s(0.0, spared=True) == 0


def test_their_lower_limit_is_taken_over() -> None:
    budget = spent(Budget(300), 1)
    budget.answered(0.0, RateHeaders(count=1, allowed=180, reset_s=60))
    spent(budget, 179)
    assert budget.wait_s(0.0) == 60


def test_their_higher_limit_does_not_make_us_faster_than_configured() -> None:
    budget = spent(Budget(100), 1)
    budget.answered(0.0, RateHeaders(count=1, allowed=3000, reset_s=60))
    assert budget.show(0.0)["allowed"] == 100


def test_what_others_sent_with_the_same_client_counts() -> None:
    budget = spent(Budget(300), 1)
    budget.answered(0.0, RateHeaders(count=298, allowed=300, reset_s=20))
    spent(budget, 2)
    assert budget.wait_s(0.0) == 20
    assert budget.wait_s(20.0) == 0


def test_requests_still_under_way_count_against_what_they_leave_us() -> None:
    budget = spent(Budget(300), 5)
    budget.answered(0.0, RateHeaders(count=290, allowed=300, reset_s=20))
    assert budget.show(0.0)["left_by_genesys"] == 6


def test_a_late_answer_of_the_same_minute_does_not_give_back() -> None:
    budget = spent(Budget(300), 2)
    budget.answered(0.0, RateHeaders(count=299, allowed=300, reset_s=20))
    budget.answered(0.5, RateHeaders(count=10, allowed=300, reset_s=20))
    assert budget.show(0.5)["left_by_genesys"] == 0


def test_their_next_minute_starts_afresh_even_if_it_begins_early() -> None:
    budget = spent(Budget(300), 2)
    budget.answered(0.0, RateHeaders(count=294, allowed=300, reset_s=30))
    budget.answered(29.5, RateHeaders(count=1, allowed=300, reset_s=60))
    assert budget.show(29.5)["left_by_genesys"] == 299


def test_no_reset_of_theirs_stops_us_for_more_than_a_minute() -> None:
    budget = spent(Budget(300), 1)
    budget.answered(0.0, RateHeaders(count=300, allowed=300, reset_s=86_400))
    assert budget.wait_s(0.0) == 60


def test_a_pause_holds_everything_and_is_never_shortened() -> None:
    budget = Budget(300)
    budget.pause(42.0)
    budget.pause(7.0)
    assert budget.wait_s(0.0) == 42
    assert budget.wait_s(42.0) == 0


def test_an_answer_without_headers_changes_nothing() -> None:
    budget = spent(Budget(300), 1)
    budget.answered(0.0, None)
    assert budget.show(0.0)["left_by_genesys"] is None


def test_after_a_restart_nothing_is_under_way() -> None:
    budget = spent(Budget(300), 5)
    budget.nothing_under_way()
    budget.answered(0.0, RateHeaders(count=290, allowed=300, reset_s=20))
    assert budget.show(0.0)["left_by_genesys"] == 10


def test_shows_what_is_used_and_when_something_is_free_again() -> None:
    budget = spent(spent(Budget(3), 2, now_s=0.0), 1, now_s=30.0)
    shown = budget.show(45.5)
    assert (shown["allowed"], shown["used"], shown["reset_s"], shown["paused_s"]) == (3, 3, 15, 0)


@given(gaps=st.lists(st.floats(0, 30), max_size=60), allowed=st.integers(1, 10))
def test_no_minute_wherever_it_begins_holds_more_than_is_allowed(gaps: list[float], allowed: int) -> None:
    budget, now_s, left = Budget(allowed), 0.0, []
    for gap in gaps:
        now_s += gap
        if budget.wait_s(now_s) == 0:
            budget.take(now_s)
            left.append(now_s)
    for begin in left:
        assert sum(begin <= at < begin + WINDOW_S for at in left) <= allowed


class Served(RuleBasedStateMachine):
    """The budget against a Genesys with fixed minutes, a limit that changes, and answers that come in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.budget = Budget(20)
        self.allowed = 20
        self.count = 0
        self.begin_s = 0.0
        self.log: deque[float] = deque()
        self.under_way: list[RateHeaders] = []

    @rule(gap=st.floats(0.001, 40))
    def time_passes(self, gap: float) -> None:
        self.now_s += gap
        if self.now_s >= self.begin_s + 60:
            self.begin_s, self.count = self.now_s - (self.now_s - self.begin_s) % 60, 0

    @rule(burst=st.integers(1, 30))
    def a_burst_is_wanted(self, burst: int) -> None:
        for _ in range(burst):
            if self.budget.wait_s(self.now_s) > 0:
                return
            self.budget.take(self.now_s)
            self.log.append(self.now_s)
            self.count += 1
            reset_s = int(self.begin_s + 60 - self.now_s)
            self.under_way.append(RateHeaders(count=self.count, allowed=self.allowed, reset_s=reset_s))

    @rule(data=st.data(), said=st.booleans())
    def one_answer_comes(self, data: st.DataObject, said: bool) -> None:
        if self.under_way:
            headers = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
            self.budget.answered(self.now_s, headers if said else None)

    @invariant()
    def genesys_has_nothing_to_refuse(self) -> None:
        assert self.count <= self.allowed

    @invariant()
    def any_minute_holds_at_most_what_is_allowed(self) -> None:
        while self.log and self.log[0] <= self.now_s - WINDOW_S:
            self.log.popleft()
        assert len(self.log) <= self.allowed

    @invariant()
    def the_wait_ends_within_a_minute(self) -> None:
        assert 0 <= self.budget.wait_s(self.now_s) <= WINDOW_S + 1e-6


Served.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestServed = Served.TestCase
