"""switchboardctl assist limit: what is asked and what is told; triggers are orders (test_orders.py)."""

import pytest

from messages.assists import LimitAssists
from tests.control.cli.conftest import Ctl
from tests.control.house import FakeActor, FakeHouse


@pytest.mark.parametrize(
    ("limit", "line"),
    [
        (60, "✔ 50 before, 60 from now on"),
        (5, "✔ 50 before, 60 from now on; the adaptive limit, for the engine is slow or throttles, is 5 now"),
    ],
)
def test_a_limit_is_set_and_a_lower_one_that_adapted_is_told(house: FakeHouse, ctl: Ctl, limit: int, line: str) -> None:
    assist = house.actors["assist"] = FakeActor("assist")
    assist.answers[LimitAssists] = {"max_in_flight": 60, "before": 50, "limit": limit, "in_flight": 0}
    assert ctl("assist", "limit", "60").lines == [line]
    assert assist.hears() == LimitAssists(max_in_flight=60)
