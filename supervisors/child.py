"""Children as their supervisor sees them: state, incarnation, and who waits to hear of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from actors.address import Address
from actors.base import GatewayActor
from actors.directory import Directory
from actors.mailbox import Mailbox
from actors.reply import Reply
from messages.base import Json
from messages.supervision import ChildRefused, ChildStopped
from supervisors.specs import TEMPORARY, ChildSpec


class State(StrEnum):
    """Where a child is in its life; the first three have an incarnation."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    DOWN = "down"  # its turn to be started comes, with others before it
    WAITING = "waiting"  # to be restarted after its backoff
    STOPPED = "stopped"  # its work is done, or it was told to stop
    GIVEN_UP = "given up"  # it crashed too often; an operator may restart it


ALIVE = frozenset({State.STARTING, State.RUNNING, State.STOPPING})


@dataclass(slots=True, kw_only=True, eq=False)
class Child:
    """Mutable, and its supervisor's alone; other threads only read it, for the tree."""

    spec: ChildSpec
    address: Address
    fixed: bool
    kind: str = ""
    state: State = State.DOWN
    incarnation: int = 0
    actor: GatewayActor[Any] | None = None
    below: "Children | None" = None  # its own children, where it is a supervisor
    proven: bool = False  # whether any incarnation of it ever came up
    restarts: int = 0
    abandoned: int = 0
    last_error: str = ""
    waiters: list[Reply] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its own and its address's."""
        return self.spec.name

    @property
    def alive(self) -> bool:
        """Whether an incarnation of it may be running."""
        return self.state in ALIVE

    def put_down(self, state: State = State.DOWN) -> None:
        """There is no incarnation any more."""
        self.state = state
        self.actor = None
        self.below = None

    def cut_off(self) -> str:
        """Abandon its incarnation; what its thread was doing, for the log."""
        actor = self.actor
        self.put_down()
        self.abandoned += 1
        if actor is None:
            return ""
        stack = actor.stack()
        actor.abandon()
        return stack

    def promise(self) -> Reply:
        """A reply that `answer` will complete."""
        reply = Reply()
        self.waiters.append(reply)
        return reply

    def answer(self, what: object) -> None:
        """Tell all who wait."""
        waiters, self.waiters = self.waiters, []
        for reply in waiters:
            reply.set(what)

    def row(self) -> dict[str, Json]:
        """Its line in the tree, with those below it."""
        row: dict[str, Json] = {
            "name": self.name,
            "kind": self.kind,
            "state": str(self.state),
            "incarnation": self.incarnation,
            "restarts": self.restarts,
            "abandoned": self.abandoned,
            "last_error": self.last_error,
            "mailbox": mailbox_row(self.address.mailbox),
        }
        return row if self.below is None else {**row, "children": self.below.rows()}


def mailbox_row(mailbox: Mailbox) -> dict[str, Json]:
    """How full it is, was, and may be; in messages."""
    return {"depth": mailbox.depth(), "high_water": mailbox.high_water, "capacity": mailbox.capacity}


class Children:
    """A supervisor's children in start order. Its thread alone changes them; any thread may call `has` and `rows`."""

    def __init__(self, directory: Directory) -> None:
        self.specs: dict[str, ChildSpec] = {}
        self._directory = directory
        self._children: dict[str, Child] = {}

    def __iter__(self) -> Iterator[Child]:
        return iter(tuple(self._children.values()))

    def __len__(self) -> int:
        return len(self._children)

    def adopt(self, spec: ChildSpec, *, fixed: bool) -> Child:
        """Take in a child that is not started yet, after all others."""
        address = self._directory.address(spec.name, spec.capacity)
        child = Child(spec=spec, address=address, fixed=fixed)
        self._children[spec.name], self.specs[spec.name] = child, spec
        return child

    def find(self, name: str) -> Child | None:
        """The child `name`."""
        return self._children.get(name)

    def living(self, name: str, incarnation: int) -> Child | None:
        """The child `name` if that incarnation is its present one; None for news of the dead."""
        child = self._children.get(name)
        return child if child is not None and child.alive and child.incarnation == incarnation else None

    def is_taken(self, name: str) -> bool:
        """Whether anybody in the whole tree reads, or ever read, the mailbox of that name."""
        known = self._directory.find(name)
        return name in self._children or (known is not None and known.incarnation > 0)

    def retire(self, child: Child, news: ChildStopped | ChildRefused) -> None:
        """It is not coming back by itself; a fixed child can still be asked for, any other is forgotten."""
        if child.fixed and child.spec.restart is not TEMPORARY:
            child.put_down(State.STOPPED)
            child.address.mailbox.close()
        else:
            del self._children[child.name], self.specs[child.name]
            self._directory.forget(child.name)
        child.answer(news)

    def forget_dynamic(self) -> None:
        """Free the names of those that do not outlive their supervisor."""
        for child in self:
            if not child.fixed:
                self._directory.forget(child.name)

    def has(self, name: str) -> bool:
        """Whether the child `name` is here or further down."""
        return name in self._children or any(child.below.has(name) for child in self if child.below is not None)

    def rows(self) -> list[Json]:
        """Their lines in the tree."""
        return [child.row() for child in self]
