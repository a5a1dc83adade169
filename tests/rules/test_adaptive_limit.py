"""The limit that adapts: it comes down on evidence, goes up slowly, and never above the tenant's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.adaptive_limit import AdaptiveLimit, AdaptiveRules

SEARCH = "knowledge_search"


def limit(ceiling: int = 50, **rules: float) -> AdaptiveLimit:
    return AdaptiveLimit(ceiling=ceiling, rules=AdaptiveRules(**rules))  # type: ignore[arg-type] # floor is a whole number


def answered(adaptive: AdaptiveLimit, times: int = 1, latency_s: float = 0.1, at_s: float = 0.0) -> None:
    for _ in range(times):
        adaptive.answered(SEARCH, latency_s, adaptive.limit, at_s)


def test_it_begins_at_the_tenants_limit_and_good_answers_leave_it_there() -> None:
    adaptive = limit()
    answered(adaptive, times=1000)
    assert adaptive.limit == 50


def test_a_429_shrinks_it() -> None:
    adaptive = limit()
    adaptive.overloaded(10.0)
    assert adaptive.limit == 35


def test_what_was_in_flight_when_it_shrank_does_not_shrink_it_again() -> None:
    adaptive = limit()
    for at_s in (10.0, 10.1, 10.9):
        adaptive.overloaded(at_s)
    assert adaptive.limit == 35
    adaptive.overloaded(11.0)
    assert adaptive.limit == 24


def test_one_round_of_good_answers_adds_one() -> None:
    adaptive = limit()
    adaptive.overloaded(10.0)
    answered(adaptive, times=36)
    assert adaptive.limit == 36


def test_late_answers_shrink_it_by_what_is_usual_for_their_action() -> None:
    adaptive = limit()
    answered(adaptive, times=20, latency_s=0.1)
    adaptive.answered("document_extraction", 3.0, 50, 5.0)  # slow by nature
    assert adaptive.limit == 50
    answered(adaptive, latency_s=0.3, at_s=5.0)
    assert adaptive.limit == 35


def test_noise_of_an_engine_without_latency_is_no_strain() -> None:
    adaptive = limit()
    answered(adaptive, times=20, latency_s=0.0001)
    answered(adaptive, latency_s=0.04)
    assert adaptive.limit == 50


def test_slots_that_nobody_uses_are_no_reason_to_grow() -> None:
    adaptive = limit()
    adaptive.overloaded(10.0)
    for _ in range(100):
        adaptive.answered(SEARCH, 0.1, 3, 11.0)
    assert adaptive.limit == 35


def test_a_lower_ceiling_holds_at_once_a_higher_one_is_grown_into() -> None:
    adaptive = limit()
    adaptive.set_ceiling(10)
    assert adaptive.limit == 10
    adaptive.set_ceiling(100)
    assert adaptive.limit == 10
    answered(adaptive, times=11)
    assert adaptive.limit == 11


def test_it_keeps_to_its_floor_but_not_above_the_ceiling() -> None:
    adaptive = limit(floor=5)
    for at_s in range(100):
        adaptive.overloaded(float(at_s) * 2)
    assert adaptive.limit == 5
    adaptive.set_ceiling(2)
    assert adaptive.limit == 2


def test_its_state_is_visible() -> None:
    adaptive = limit()
    answered(adaptive)
    adaptive.overloaded(10.0)
    assert adaptive.facts() == {
        "limit": 35,
        "ceiling": 50,
        "decreases": 1,
        "usual_latency_ms": {SEARCH: pytest.approx(100.0)},
    }


news = st.one_of(
    st.tuples(st.just("answered"), st.floats(0, 60)),
    st.tuples(st.just("overloaded"), st.floats(0, 1000)),
    st.tuples(st.just("ceiling"), st.integers(1, 200)),
)


@given(st.lists(news, max_size=60), st.integers(1, 20))
def test_it_is_never_above_the_ceiling_and_never_below_one(history: list[tuple[str, float]], floor: int) -> None:
    adaptive = limit(floor=floor)
    for what, value in history:
        if what == "answered":
            adaptive.answered(SEARCH, value, adaptive.limit, value)
        elif what == "overloaded":
            adaptive.overloaded(value)
        else:
            adaptive.set_ceiling(int(value))
        assert 1 <= adaptive.limit <= adaptive.ceiling
