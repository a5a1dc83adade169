"""Where the gateway runs: it stays where it is, unless others need that core and another one is idle."""

import pytest

from rules.cores import Spent, better_core

ZERO = Spent(at_s=100.0, cores={0: 50.0, 1: 70.0, 2: 90.0}, own_s=5.0)


def after_ten_s(took: dict[int, float], own_s: float) -> Spent:
    """What was `took` of each core in ten seconds, `own_s` of it by the gateway."""
    cores = {core: ZERO.cores.get(core, 0.0) + spent for core, spent in took.items()}
    return Spent(at_s=110.0, cores=cores, own_s=ZERO.own_s + own_s)


@pytest.mark.parametrize(
    ("took", "own_s", "goes_to"),
    [
        pytest.param({0: 9.0, 1: 0.0, 2: 0.0}, 9.0, None, id="nobody else is here"),
        pytest.param({0: 9.0, 1: 0.0, 2: 0.0}, 7.0, None, id="others take little here"),
        pytest.param({0: 10.0, 1: 3.0, 2: 1.0}, 4.0, 2, id="others take much here: to the idlest"),
        pytest.param({0: 10.0, 1: 9.0, 2: 9.0}, 4.0, None, id="all are as crowded"),
        pytest.param({0: 10.0, 1: 4.0, 2: 9.0}, 4.0, None, id="little would be won"),
        pytest.param({0: 8.0, 1: 8.0, 2: 0.0}, 0.0, 2, id="also while the gateway has nothing to do"),
        pytest.param({0: 4.0, 1: 0.0, 2: 0.0}, 9.0, None, id="the ticks are coarse"),
    ],
)
def test_a_move_has_to_pay(took: dict[int, float], own_s: float, goes_to: int | None) -> None:
    assert better_core(0, ZERO, after_ten_s(took, own_s)) == goes_to


def test_who_has_one_core_stays_on_it() -> None:
    before, now = Spent(at_s=0.0, cores={3: 0.0}, own_s=0.0), Spent(at_s=10.0, cores={3: 10.0}, own_s=0.0)
    assert better_core(3, before, now) is None


def test_a_core_that_was_not_told_of_before_is_not_gone_to() -> None:
    assert better_core(0, ZERO, after_ten_s({0: 10.0, 1: 5.0, 2: 10.0, 3: 0.0}, 0.0)) == 1


def test_where_nothing_is_told_of_the_own_core_it_stays() -> None:
    assert better_core(0, ZERO, after_ten_s({1: 0.0, 2: 0.0}, 0.0)) is None
