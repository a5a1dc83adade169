"""The slots of a tenant: what an operator allows, and what the engine's answers make of it."""

from rules.adaptive_limit import AdaptiveRules
from rules.tenant_slots import TenantLimit, TenantSlots


def slots(
    adapts: AdaptiveRules | None = None, tenant: TenantLimit | None = None, narrowed: list[int] | None = None
) -> TenantSlots:
    told = [] if narrowed is None else narrowed
    return TenantSlots(tenant or TenantLimit(max_in_flight=10), 100, adapts, told.append)


def test_an_operator_changes_the_limit_and_hears_what_it_was() -> None:
    taken = slots()
    taken.wait("k", "a", "s")
    taken.grant()
    assert taken.allow(3) == {"max_in_flight": 3, "before": 10, "limit": 3, "in_flight": 1}
    assert taken.limit == 3


def test_what_an_operator_set_outlives_the_slots() -> None:
    tenant = TenantLimit(max_in_flight=10)
    slots(tenant=tenant).allow(3)
    assert slots(tenant=tenant).limit == 3


def test_without_adapting_no_answer_moves_the_limit() -> None:
    fixed = slots()
    fixed.overloaded(0.0)
    fixed.answered("knowledge_search", 30.0, 1.0)
    assert fixed.limit == 10
    assert fixed.facts() == {"max_in_flight": 10, "in_flight": 0, "waiting": 0, "tenant_limit": 10, "adaptive": None}


def test_adapting_slots_follow_the_engine_under_the_tenants_limit() -> None:
    narrowed: list[int] = []
    adapting = slots(AdaptiveRules(), narrowed=narrowed)
    adapting.overloaded(0.0)
    assert adapting.limit == 7
    assert adapting.allow(5)["limit"] == 5
    assert narrowed == [7], "what an operator did is told to him alone"
    for number in range(40):
        adapting.hold(f"k-{number}")
        adapting.answered("knowledge_search", 0.1, 10.0)
    assert adapting.limit == 5
    adaptive = adapting.facts()["adaptive"]
    assert isinstance(adaptive, dict)
    assert adaptive["ceiling"] == 5
