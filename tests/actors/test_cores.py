"""CoresActor: one core at a time, another one where it is crowded, and none where the system forbids it."""

import pytest

from actors.cores import LOOK_S, CoresActor
from messages.supervision import Shutdown
from rules.cores import Spent
from tests.kit import Stage

FORBIDDEN = PermissionError(1, "Operation not permitted")


class Machine:
    """Cores as a test wants them; `calls` are those of the door, in order."""

    allowed = frozenset({2, 5})

    def __init__(self, forbids: bool) -> None:
        self.calls: list[str] = []
        self.forbids = forbids
        self.at_s = 0.0
        self.busy = {2: 0.0, 5: 0.0}
        self.own_s = 0.0

    def keep_to(self, core: int) -> None:
        self._ask(f"keep to {core}")

    def let_go(self) -> None:
        self.calls.append("let go")

    def spent(self) -> Spent:
        self._ask("spent")
        return Spent(at_s=self.at_s, cores=dict(self.busy), own_s=self.own_s)

    def works(self, seconds: float, core: int, own: bool = False) -> None:
        """`core` is busy for `seconds`, and the others are not."""
        self.at_s += seconds
        self.busy[core] += seconds
        self.own_s += seconds if own else 0.0

    def taken(self) -> list[str]:
        """What was done to the threads since the last time."""
        calls, self.calls = [call for call in self.calls if call != "spent"], []
        return calls

    def _ask(self, what: str) -> None:
        self.calls.append(what)
        if self.forbids:
            raise FORBIDDEN


class Scene:
    """The actor on its stage; `looks` lets it look once."""

    def __init__(self, seed: int = 1, forbids: bool = False) -> None:
        self.machine, self.stage = Machine(forbids), Stage(seed)
        self.actor = CoresActor(self.stage.seat("cores"), self.machine)
        self.address = self.stage.play(self.actor)

    def looks(self) -> None:
        self.stage.advance(LOOK_S * 1.5)

    @property
    def here(self) -> int:
        """Where the gateway is."""
        core = self.actor.facts()["core"]
        assert isinstance(core, int)
        return core

    @property
    def other(self) -> int:
        """The other one."""
        (core,) = Machine.allowed - {self.here}
        return core


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    assert scene.machine.taken() == [f"keep to {scene.here}"]
    scene.looks()
    return scene


def test_gateways_begin_on_different_cores() -> None:
    assert {Scene(seed).here for seed in range(20)} == Machine.allowed


def test_it_stays_where_only_the_gateway_is_busy(scene: Scene) -> None:
    scene.machine.works(10.0, scene.here, own=True)
    scene.looks()
    assert scene.machine.taken() == []


def test_it_moves_away_from_others(scene: Scene) -> None:
    goes_to = scene.other
    scene.machine.works(10.0, scene.here)
    scene.looks()
    assert scene.machine.taken() == [f"keep to {goes_to}"]
    assert scene.actor.facts() == {"core": goes_to, "of": (2, 5), "moves": 1}


def test_each_look_counts_only_what_came_since_the_last(scene: Scene) -> None:
    scene.machine.works(10.0, scene.here)
    scene.looks()
    scene.machine.works(10.0, scene.here, own=True)
    scene.looks()
    assert scene.actor.facts()["moves"] == 1


@pytest.mark.parametrize("from_the_start", [True, False])
def test_where_the_system_forbids_it_threads_run_anywhere_and_the_actor_ends(from_the_start: bool) -> None:
    scene = Scene(forbids=from_the_start)
    scene.machine.forbids = True
    scene.looks()
    assert scene.machine.taken()[-1] == "let go"
    assert scene.actor.actor_stopped.is_set()


def test_when_it_is_stopped_it_lets_go(scene: Scene) -> None:
    scene.address.urge(Shutdown(incarnation=1))
    scene.stage.run()
    assert scene.machine.taken() == ["let go"]
