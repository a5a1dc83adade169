import pytest

from supervisors.policy import (
    ChildEnded,
    Decision,
    Drop,
    Escalate,
    GiveUp,
    How,
    RestartGroup,
    Restarts,
    affected,
    decide,
)
from supervisors.specs import (
    ONE_FOR_ALL,
    ONE_FOR_ONE,
    PERMANENT,
    REST_FOR_ONE,
    TEMPORARY,
    TRANSIENT,
    Backoff,
    ChildSpec,
    PerChild,
    Restart,
    SupervisorSpec,
)


def never(seat: object) -> object:
    raise AssertionError("a decision starts nobody")


def child(name: str, restart: Restart = PERMANENT, **rest: object) -> ChildSpec:
    return ChildSpec(name=name, start=never, restart=restart, **rest)  # type: ignore[arg-type]


def family(**spec: object) -> SupervisorSpec:
    children = (child("a"), child("b"), child("c", TEMPORARY), child("d", TRANSIENT))
    return SupervisorSpec(name="boss", children=children, **spec)  # type: ignore[arg-type]


def decision(
    spec: SupervisorSpec, name: str, how: How = How.CRASHED, at_s: float = 0.0, before: Restarts | None = None
) -> Decision:
    children = {each.name: each for each in spec.children if isinstance(each, ChildSpec)}
    return decide(spec, children, before or Restarts(), ChildEnded(child=name, how=how, at_s=at_s), chance=0.5)


def restarts(*times: tuple[str, float]) -> Restarts:
    history = Restarts()
    for name, at_s in times:
        history.note(name, at_s)
    return history


@pytest.mark.parametrize(
    ("kind", "how", "comes_back"),
    [
        (PERMANENT, How.CRASHED, True),
        (PERMANENT, How.STOPPED, True),
        (TRANSIENT, How.CRASHED, True),
        (TRANSIENT, How.STOPPED, False),
        (TEMPORARY, How.CRASHED, False),
        (TEMPORARY, How.STOPPED, False),
    ],
)
def test_the_restart_kind_decides_who_comes_back(kind: Restart, how: How, comes_back: bool) -> None:
    made = decision(SupervisorSpec(name="boss", children=(child("a", kind),)), "a", how)
    assert isinstance(made, RestartGroup if comes_back else Drop)


@pytest.mark.parametrize(
    ("strategy", "group"),
    [(ONE_FOR_ONE, ("b",)), (REST_FOR_ONE, ("b", "c", "d")), (ONE_FOR_ALL, ("a", "b", "c", "d"))],
)
def test_the_strategy_decides_who_goes_with_it(strategy: object, group: tuple[str, ...]) -> None:
    assert affected(family(strategy=strategy), ("a", "b", "c", "d"), "b") == group


def test_a_group_stops_in_reverse_order_and_starts_in_order_without_its_temporary_ones() -> None:
    made = decision(family(strategy=ONE_FOR_ALL), "b")
    assert made == RestartGroup(stop=("d", "c", "a"), start=("a", "b", "d"), drop=frozenset({"c"}), delay_s=0.0)


def test_one_restart_more_than_the_intensity_within_the_period_escalates() -> None:
    spec = family(intensity=2, period_s=5.0)
    twice = restarts(("a", 0.0), ("b", 1.0))
    assert isinstance(decision(spec, "a", at_s=5.0, before=twice), Escalate)
    assert isinstance(decision(spec, "a", at_s=5.1, before=twice), RestartGroup)


def test_an_intensity_of_zero_never_restarts() -> None:
    assert isinstance(decision(family(intensity=0), "a"), Escalate)


def test_counted_per_child_only_that_child_is_given_up() -> None:
    spec = family(per_child=PerChild(intensity=1, period_s=10.0))
    once = restarts(("a", 0.0))
    assert isinstance(decision(spec, "a", at_s=1.0, before=once), GiveUp)
    assert isinstance(decision(spec, "b", at_s=1.0, before=once), RestartGroup)


def test_counted_per_child_the_cap_over_all_escalates() -> None:
    spec = family(per_child=PerChild(intensity=5, period_s=10.0, cap=2))
    assert isinstance(decision(spec, "d", at_s=1.0, before=restarts(("a", 0.0), ("b", 0.0))), Escalate)


def test_the_first_restart_is_immediate_and_the_next_ones_wait_longer_and_longer() -> None:
    spec = SupervisorSpec(name="boss", children=(child("a", backoff=Backoff(min_s=1.0, max_s=3.0)),), intensity=9)
    history, delays = Restarts(), []
    for _ in range(5):
        made = decision(spec, "a", before=history)
        assert isinstance(made, RestartGroup)
        delays.append(made.delay_s)
        history.note("a", 0.0)
    assert delays == [0.0, 0.5, 1.0, 1.5, 1.5]


def test_a_quiet_period_makes_the_next_restart_immediate_again() -> None:
    made = decision(family(), "a", at_s=5.1, before=restarts(("a", 0.0)))
    assert isinstance(made, RestartGroup)
    assert made.delay_s == 0.0


def test_siblings_do_not_lengthen_each_others_backoff() -> None:
    made = decision(family(), "a", before=restarts(("b", 0.0), ("d", 0.0)))
    assert isinstance(made, RestartGroup)
    assert made.delay_s == 0.0


def test_a_fixed_child_that_never_started_fails_its_supervisor_and_a_dynamic_one_only_itself() -> None:
    spec = family()
    assert isinstance(decision(spec, "a", How.UNSTARTED), Escalate)
    ended = ChildEnded(child="guest", how=How.UNSTARTED, at_s=0.0)
    assert decide(spec, {"guest": child("guest")}, Restarts(), ended, 0.5) == Drop(child="guest")


def test_a_forgotten_child_starts_anew_and_the_total_stays() -> None:
    history = restarts(("a", 0.0), ("a", 1.0))
    history.forget("a")
    assert history.recent_of("a", 5.0, 2.0) == 0
    assert history.recent(5.0, 2.0) == 2


def test_names_are_unique_in_the_whole_tree() -> None:
    inner = SupervisorSpec(name="inner", children=(child("a"),))
    with pytest.raises(ValueError, match="unique: a"):
        SupervisorSpec(name="boss", children=(child("a"), inner))


def test_counting_per_child_needs_one_for_one() -> None:
    with pytest.raises(ValueError, match="one_for_one"):
        SupervisorSpec(name="boss", strategy=ONE_FOR_ALL, per_child=PerChild())


def test_a_supervisor_has_the_patience_of_all_its_children() -> None:
    inner = SupervisorSpec(name="inner", children=(child("a", shutdown_s=7.0, start_s=1.0), child("b")))
    assert inner.shutdown_s == 5.0 + 7.0 + 5.0
    assert inner.start_s == 10.0 + 1.0 + 10.0
