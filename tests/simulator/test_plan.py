from simulator.faults import Fault
from simulator.plan import FaultPlan

PING = {"route": "ping"}


def struck(plan: FaultPlan, times: int) -> list[str | None]:
    chosen = [plan.choose(PING) for _ in range(times)]
    return [fault.action if fault else None for fault in chosen]


def test_without_faults_nothing_strikes() -> None:
    assert struck(FaultPlan(), 2) == [None, None]


def test_a_fault_strikes_as_often_as_it_was_told() -> None:
    plan = FaultPlan()
    plan.add([Fault(action="abort", times=2)])
    assert struck(plan, 3) == ["abort", "abort", None]


def test_always_never_ends() -> None:
    plan = FaultPlan()
    plan.add([Fault(action="abort", times=None)])
    assert struck(plan, 50) == ["abort"] * 50


def test_the_first_occasions_may_be_let_pass() -> None:
    plan = FaultPlan()
    plan.add([Fault(action="abort", after=2)])
    assert struck(plan, 4) == [None, None, "abort", None]


def test_faults_strike_in_the_order_in_which_they_were_added() -> None:
    plan = FaultPlan()
    plan.add([Fault(action="abort"), Fault(action="silence"), Fault(action="abort", match={"route": "token"})])
    assert struck(plan, 3) == ["abort", "silence", None]


def test_chance_is_a_matter_of_the_seed() -> None:
    runs = []
    for seed in (1, 1, 2):
        plan = FaultPlan(seed)
        plan.add([Fault(action="abort", times=None, probability=0.5)])
        runs.append(struck(plan, 64))
    assert runs[0] == runs[1] != runs[2]
    assert {"abort", None} == set(runs[0])


def test_probability_nought_never_strikes() -> None:
    plan = FaultPlan()
    plan.add([Fault(action="abort", times=None, probability=0.0)])
    assert struck(plan, 20) == [None] * 20


def test_faults_are_listed_with_what_became_of_them() -> None:
    plan = FaultPlan()
    plan.add([Fault(action="close", match={"route": "ping"}, after=1, options={"code": 1012})])
    struck(plan, 2)
    assert plan.listing() == [
        {
            "id": "f1",
            "action": "close",
            "match": {"route": "ping"},
            "times": 1,
            "after": 1,
            "probability": 1.0,
            "code": 1012,
            "seen": 2,
            "struck": 1,
            "spent": True,
        }
    ]


def test_one_fault_or_all_can_be_removed() -> None:
    plan = FaultPlan()
    assert plan.add([Fault(action="abort"), Fault(action="silence"), Fault(action="mute_pong")]) == ["f1", "f2", "f3"]
    assert (plan.remove("f2"), plan.remove("f9")) == (1, 0)
    assert struck(plan, 1) == ["abort"]
    assert plan.remove() == 2
    assert plan.listing() == []
