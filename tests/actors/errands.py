"""A simple kind of order, and an actor that carries it out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.orders import Case, OrderActor
from messages.journal import OpenOrder
from messages.orders import Order, Outcome, Reason
from rules.catalogue import reason
from tests.actors.scenes import ID, PEER, OrderScene
from tests.kit import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class RunErrand(Order):
    """A simple kind of order."""

    kind: ClassVar[str] = "errand"
    where: str = "market"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandDone:
    """Its effect has happened."""

    request_id: str


class ErrandActor(OrderActor[Any, Case]):
    """Tells a runner, and ends when he is back; `poison` is an errand that crashes whoever begins it."""

    kind = "errand"
    case_type = Case

    def __init__(self, seat: Any, *, journal: Any, runner: Probe) -> None:
        super().__init__(seat, journal=journal)
        self._runner = runner

    def objections(self, order: RunErrand) -> tuple[Reason, ...]:
        return tuple(self._objections(order))

    def _objections(self, order: RunErrand) -> Iterator[Reason]:
        if not order.where:
            yield reason("SB-101", "nowhere is no place")
        if order.deadline_s < 1:
            yield reason("SB-106")

    def carry_out(self, case: Case, steps: tuple[str, ...] = ()) -> None:
        if case.order == RunErrand(request_id="poison"):
            raise ValueError("poison")
        self._runner.tell((case.effect_id, steps))

    def work(self, message: ErrandDone) -> None:
        case = self.cases.get(message.request_id)
        if case is not None:
            self.end(case, "succeeded", "back home")


def idle_scene(*, live: bool = False) -> OrderScene:
    runner = Probe("runner")
    scene = OrderScene(ErrandActor, runner=runner)
    scene.runner = runner  # type: ignore[attr-defined]
    if live:
        scene.live()
    return scene


def errand(**fields: Any) -> RunErrand:
    return RunErrand(**{"request_id": ID, **fields})


def ran(scene: OrderScene) -> list[tuple[str, tuple[str, ...]]]:
    """What the runner was told since the last look."""
    return scene.runner.take_all(tuple)  # type: ignore[attr-defined, no-any-return]


def on_record(order: RunErrand, *, age_s: float = 1.0, steps: tuple[str, ...] = (), effect_id: str = ID) -> OpenOrder:
    return OpenOrder(order=order, peer=PEER, effect_id=effect_id, age_s=age_s, steps=steps)


EARLIER = Outcome(request_id=ID, kind="errand", status="succeeded", detail="long ago")
