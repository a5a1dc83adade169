"""Slots: how many actions may be with the engine at once, and who is next. Source: contracts 5; seed 004 step 3.

A slot is held under its action's key until it is released, whatever becomes of the order meanwhile.
"""

from collections import OrderedDict

from messages.base import Json


class FairQueue:
    """Keys by agent and session: agents take turns, an agent's sessions take turns, a session's keys keep their order.

    Every operation takes the same time at any length.
    """

    def __init__(self) -> None:
        self._agents: OrderedDict[str, OrderedDict[str, OrderedDict[str, None]]] = OrderedDict()
        self._places: dict[str, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def put(self, key: str, agent: str, session: str, *, first: bool = False) -> None:
        """Queue `key` as the last of its session, or as the `first`: it has had its turn before."""
        self._places[key] = (agent, session)
        keys = self._agents.setdefault(agent, OrderedDict()).setdefault(session, OrderedDict())
        keys[key] = None
        if first:
            keys.move_to_end(key, last=False)

    def take(self) -> str | None:
        """The next key, removed; None when nobody waits."""
        if not self._agents:
            return None
        agent, sessions = next(iter(self._agents.items()))
        session, keys = next(iter(sessions.items()))
        key = next(iter(keys))
        self.discard(key)
        if session in sessions:
            sessions.move_to_end(session)
        if agent in self._agents:
            self._agents.move_to_end(agent)
        return key

    def discard(self, key: str) -> None:
        """Forget `key`, if it waits."""
        place = self._places.pop(key, None)
        if place is None:
            return
        agent, session = place
        sessions = self._agents[agent]
        del sessions[session][key]
        if not sessions[session]:
            del sessions[session]
        if not sessions:
            del self._agents[agent]


class Slots:
    """A counted semaphore that never blocks: `wait`, then `grant` for as long as it gives; `release` each in the end.

    `limit` may be changed at any time; below what is held, nothing is granted until enough is released.
    """

    def __init__(self, limit: int, capacity: int) -> None:
        self.limit, self.capacity = limit, capacity
        self._held: set[str] = set()
        self._queue = FairQueue()

    @property
    def held(self) -> int:
        """How many slots are taken."""
        return len(self._held)

    @property
    def waiting(self) -> int:
        """How many keys wait for one."""
        return len(self._queue)

    def holds(self, key: str) -> bool:
        """Whether a slot is taken under `key`."""
        return key in self._held

    def wait(self, key: str, agent: str, session: str) -> bool:
        """Queue `key`; False when as many wait as may. A key waits or holds at most once."""
        if len(self._queue) >= self.capacity:
            return False
        self._enqueue(key, agent, session, first=False)
        return True

    def wait_again(self, key: str, agent: str, session: str) -> None:
        """Queue a `key` that had a slot before as the next of its session, also where the queue is full."""
        self._enqueue(key, agent, session, first=True)

    def leave(self, key: str) -> None:
        """Stop waiting; what is held stays so."""
        self._queue.discard(key)

    def grant(self) -> str | None:
        """The key that has a slot from now on; None while all are taken or nobody waits."""
        if len(self._held) >= self.limit:
            return None
        key = self._queue.take()
        if key is not None:
            self._held.add(key)
        return key

    def hold(self, key: str) -> None:
        """Take a slot for what is with the engine already, limit or not: it cannot be called back."""
        self._queue.discard(key)
        self._held.add(key)

    def release(self, key: str) -> bool:
        """Give the slot of `key` back; False when it has none."""
        if key not in self._held:
            return False
        self._held.discard(key)
        return True

    def facts(self) -> dict[str, Json]:
        """For operators."""
        return {"max_in_flight": self.limit, "in_flight": self.held, "waiting": self.waiting}

    def _enqueue(self, key: str, agent: str, session: str, *, first: bool) -> None:
        if key in self._held or key in self._queue:
            raise ValueError(f"{key} waits already, or holds a slot")
        self._queue.put(key, agent, session, first=first)
