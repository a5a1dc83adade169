"""CoresActor: keeps the gateway to one core, the one that others need least.

All its threads share one interpreter. On several cores each of them would wait for it on its way from one to another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from loguru import logger

from actors.base import GatewayActor, Seat
from messages.base import Json
from rules.cores import Spent, better_core

LOOK_S = 10.0  # between two looks at who needs which core, half of it to half as much again
NOTHING = Spent(at_s=0.0, cores={}, own_s=0.0)


class CoresDoor(Protocol):
    """What clients.cores.Cores does; OSError from `keep_to` and `spent` where the system does not permit it."""

    @property
    def allowed(self) -> frozenset[int]: ...

    def keep_to(self, core: int) -> None: ...

    def let_go(self) -> None: ...

    def spent(self) -> Spent: ...


@dataclass(frozen=True, slots=True)
class _Look:
    """Its own alarm."""


class CoresActor(GatewayActor[_Look]):
    """Begins on any of the cores, for there may be other gateways, and moves where it finds itself crowded.

    Where the system does not permit it the actor ends, and the threads run wherever they are put.
    """

    def __init__(self, seat: Seat, cores: CoresDoor) -> None:
        super().__init__(seat)
        self._cores = cores
        self._here = -1  # on none yet
        self._before = NOTHING
        self._moves = 0

    def started(self) -> None:
        self._step(self._begin)

    def handle(self, message: _Look) -> None:
        self._step(self._look)

    def stopped(self) -> None:
        self.release()

    def release(self) -> None:
        self._cores.let_go()

    def facts(self) -> Mapping[str, Json]:
        return {"core": self._here, "of": tuple(sorted(self._cores.allowed)), "moves": self._moves}

    def _step(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            logger.warning("the gateway cannot keep to one core: {}", error)
            self.release()
            self.finish()
        else:
            self.after(LOOK_S * (0.5 + self.world.random()), _Look(), key="look")

    def _begin(self) -> None:
        allowed = sorted(self._cores.allowed)
        self._keep_to(allowed[int(self.world.random() * len(allowed))])

    def _look(self) -> None:
        before, now = self._before, self._cores.spent()
        core = better_core(self._here, before, now)
        if core is not None:
            self._moves += 1
            self._keep_to(core)
        self._before = now

    def _keep_to(self, core: int) -> None:
        self._cores.keep_to(core)
        self._here = core
