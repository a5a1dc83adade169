"""A supervisor and its children driven by hand: no threads, a virtual clock, every start and stop written down."""

from collections import Counter
from typing import Any

from actors.base import Seat
from actors.directory import Directory
from actors.pool import PooledActor
from supervisors.child import Child
from supervisors.specs import ChildSpec, Spec, SupervisorSpec
from supervisors.supervisor import SupervisorActor
from tests.kit import ManualTurns, Probe, Stage


class Die(Exception):  # noqa: N818 - an order
    """What a puppet raises when told to, and the message that tells it."""


class Quit:
    """The message that ends a puppet normally."""


class Puppet(PooledActor[Any]):
    """Writes its life down, fails to start as often as the theatre wants."""

    def __init__(self, seat: Seat, theatre: "Theatre") -> None:
        super().__init__(seat, theatre.pool)
        self._theatre = theatre

    def started(self) -> None:
        self._theatre.log.append(f"start {self.address.name}")
        if self._theatre.failing[self.address.name] > 0:
            self._theatre.failing[self.address.name] -= 1
            raise Die("it will not start")

    def handle(self, message: Any) -> Any:
        if isinstance(message, Die):
            raise message
        if isinstance(message, Quit):
            return self.finish()
        return (message, self.seat.incarnation)

    def stopped(self) -> None:
        self._theatre.log.append(f"stop {self.address.name}")

    def release(self) -> None:
        self._theatre.released.append(self.address.name)


class Theatre:
    """One SupervisorActor on a Stage, its children puppets."""

    def __init__(self, **spec: Any) -> None:
        self.log: list[str] = []
        self.released: list[str] = []
        self.failing: Counter[str] = Counter()
        self.stuck: set[str] = set()
        self.dead: list[tuple[str, object, str]] = []
        self.stage = Stage()
        self.pool = ManualTurns()
        self.journal = Probe("journal")
        self.directory = Directory(lambda *letter: self.dead.append(letter))
        self.spec = SupervisorSpec(name="boss", **spec)
        seat = self.stage.seat("boss")
        self.boss = SupervisorActor(seat, spec=self.spec, directory=self.directory, journal=self.journal)

    def open(self) -> "Theatre":
        """Start everybody, and let it settle."""
        self.stage.play(self.boss)
        self.run()
        return self

    def run(self) -> None:
        """Handle what waits until nobody has anything to do; those in `stuck` get no turn."""
        while True:
            self.stage.run()
            turns = [turn for turn in self.pool.turns if self._may_act(turn)]
            self.pool.turns = [turn for turn in self.pool.turns if turn not in turns]
            if not turns:
                return
            for turn in turns:
                turn()

    def _may_act(self, turn: Any) -> bool:
        actor: Puppet = turn.__self__
        return actor.address.name not in self.stuck

    def advance(self, seconds: float) -> None:
        """Let time pass, everything in its order."""
        until = self.stage.world.now_s + seconds
        self.run()
        while (due := self.stage.timers.next_due()) is not None and due <= until:
            self.stage.advance(max(0.0, due - self.stage.world.now_s))
            self.run()
        self.stage.advance(until - self.stage.world.now_s)

    def tell(self, child: str, message: object) -> None:
        """Tell a child something, and let it settle."""
        self.directory.address(child).tell(message)
        self.run()

    def crash(self, child: str) -> None:
        self.tell(child, Die("as told"))

    def quit(self, child: str) -> None:
        self.tell(child, Quit())

    def ask(self, message: object) -> Any:
        """The supervisor's answer; fails if it has none once everything has settled."""
        reply = self.boss.address.request(message)
        self.run()
        return reply.get(timeout=0)

    def child(self, name: str) -> Child:
        child = self.boss.children.find(name)
        assert child is not None, f"no child {name}"
        return child

    def running(self) -> set[str]:
        return {child.name for child in self.boss.children if child.state == "running"}

    def take_log(self) -> list[str]:
        log, self.log = self.log, []
        return log

    def puppet(self, name: str, **spec: Any) -> ChildSpec:
        return puppet(self, name, **spec)


def puppet(theatre: Theatre, name: str, **spec: Any) -> ChildSpec:
    """The specification of a puppet."""
    return ChildSpec(name=name, start=lambda seat: Puppet(seat, theatre), **spec)


def theatre(*children: tuple[str, dict[str, Any]] | str, **spec: Any) -> Theatre:
    """An open theatre; a child is a name, or a name with what its ChildSpec says beside."""
    made: list[Theatre] = []
    named = [(child, {}) if isinstance(child, str) else child for child in children]
    specs: list[Spec] = [ChildSpec(name=name, start=lambda seat: Puppet(seat, made[0]), **rest) for name, rest in named]
    made.append(Theatre(children=tuple(specs), **spec))
    return made[0]
