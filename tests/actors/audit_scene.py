"""AuditActor with the real store, by hand under a virtual clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actors.audit import AuditActor, Desk, JournalDoor
from actors.base import ActorFailed
from messages.journal import EventPublished, OrderRecorded, Subscribe
from storage.archive import Archive
from storage.journal import Journal
from storage.store import Store
from tests.kit import Probe, Stage, VirtualWorld
from tests.storage.kit import open_store


class Broken:
    """A journal whose disk fails at `commit`: before the group is durable, or after."""

    def __init__(self, journal: Journal, *, durable: bool) -> None:
        self._journal = journal
        self._durable = durable

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    def commit(self) -> None:
        if self._durable:
            self._journal.commit()
        raise OSError(5, "Input/output error")


class Slow:
    """A journal whose commits take `took_s` by the clock of `world`."""

    def __init__(self, journal: Journal, world: VirtualWorld, took_s: float) -> None:
        self._journal, self._world, self._took_s = journal, world, took_s

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    def commit(self) -> None:
        self._journal.commit()
        self._world.now_s += self._took_s


class Scene:
    """A stage with one journal, its archive, and whoever the journal talks to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stage = Stage()
        self.desk = Desk()
        self.webhooks = Probe("webhooks")
        self.caller = Probe("caller")
        self.archive: Archive = store.archive()
        self.seat = self.stage.seat("journal")
        self.actor = self._cast(store.journal)
        self.stage.play(self.actor)

    def enter(self, open_journal: Callable[[], JournalDoor]) -> None:
        """The next incarnation, at the same address; the one before it has left."""
        self.actor.actor_stopped.set()
        self.actor.release()
        self.actor = self._cast(open_journal)
        self.stage.play(self.actor)

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.seat.address.tell(message)
        self.stage.run()

    def crash(self, *messages: object) -> None:
        with pytest.raises(ActorFailed):
            self.tell(*messages)
        self.actor._end()

    def recorded(self) -> list[OrderRecorded]:
        return self.caller.take_all(OrderRecorded)

    def subscriber(self, *kinds: str, since_seq: int | None = None) -> Probe:
        probe = Probe("subscriber")
        self.tell(Subscribe(subscriber=probe, kinds=kinds, since_seq=since_seq))
        return probe

    def records(self) -> object:
        return self.archive.verify()["records"]

    def _cast(self, open_journal: Callable[[], JournalDoor]) -> AuditActor:
        return AuditActor(self.seat, open_journal=open_journal, desk=self.desk, webhooks=self.webhooks)


@contextmanager
def journal_at(data_dir: Path) -> Iterator[Scene]:
    """The actor with a journal of its own in `data_dir`."""
    store = open_store(data_dir)
    scene = Scene(store)
    yield scene
    scene.actor.release()
    scene.archive.close()
    store.close()


def heard(probe: Probe) -> list[int]:
    return [event.seq for event in probe.take_all(EventPublished)]
