"""switchboardctl assist …: what is asked and what is told; how a trigger ends is every order's (test_orders.py)."""

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


TRIGGER = ("assist", "trigger", "knowledge_search", "--agent", "a7", "--session", "s9")


def test_parameters_are_json_where_they_are_some_and_the_context_is_text(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["assist"] = house.transfers
    ctl(*TRIGGER, "--query", "refund", "--param", "limit=5", "--param", "sort=newest", "--context", "queue=7")
    order = house.transfers.hears().order
    assert order.parameter_matrix == {"query": "refund", "limit": 5, "sort": "newest"}
    assert order.execution_context == {"agentId": "a7", "sessionId": "s9", "interactionType": "voice", "queue": "7"}


@pytest.mark.parametrize("option", ["--param", "--context"])
@pytest.mark.parametrize("word", ["limit", "=5"])
def test_a_pair_without_name_or_value_is_a_usage_error(ctl: Ctl, option: str, word: str) -> None:
    ran = ctl(*TRIGGER, option, word)
    assert (ran.code, ran.err) == (2, f"✘ {option} {word}: write {option} NAME=VALUE\n")
