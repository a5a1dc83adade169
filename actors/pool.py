"""Actors without a thread of their own: a few workers take turns with thousands of them.

Uses three private steps of pykka's loop (`_actor_loop_setup`, `_running`); a test asserts that they exist.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol

from pykka._envelope import Envelope

from actors.base import GatewayActor, P, Seat
from actors.mailbox import Fenced, Mailbox, Reading

TURN_MESSAGES = 64  # one actor's share before the next one's turn
WORKERS = 2


class Pool:
    """Worker threads that run turns; `start` and `stop` are the application's."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._turns: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._workers = workers
        self._written_off: set[int] = set()

    def start(self) -> None:
        """Start the workers."""
        for number in range(self._workers):
            self._hire(number)

    def submit(self, turn: Callable[[], None]) -> None:
        """Run `turn` when a worker is free."""
        self._turns.put(turn)

    def stop(self) -> None:
        """End the workers once the turns before this call are done."""
        for _ in range(self._workers):
            self._turns.put(None)

    def write_off(self, worker: int) -> None:
        """Replace the worker with that thread identity, which hangs in a turn; should it come back, it ends."""
        self._written_off.add(worker)
        self._hire(worker)

    def _hire(self, number: int) -> None:
        threading.Thread(target=self._work, name=f"pool-{number}", daemon=True).start()

    def _work(self) -> None:
        me = threading.get_ident()
        self._written_off.discard(me)  # the system gives the identities of the dead to the living
        while me not in self._written_off and (turn := self._turns.get()) is not None:
            turn()


class Turns(Protocol):
    """Where a pooled actor asks for its turn: the Pool, or a test that runs turns by hand."""

    def submit(self, turn: Callable[[], None]) -> None:
        """Run `turn` soon, from any thread."""

    def write_off(self, worker: int) -> None:
        """Do without the thread of that identity: it hangs in a turn of an actor that was abandoned."""


class _TurnOver(Exception):  # noqa: N818 - it is not an error
    """Raised out of pykka's loop when the mailbox is empty or the share is used up."""


class _TurnReading(Reading):
    """The mailbox as pykka's loop sees it during a turn: `get` raises instead of waiting."""

    __slots__ = ("share",)

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(mailbox)
        self.share = 0

    def get(self) -> Envelope[Any]:
        envelope = self._mailbox.get_nowait() if self.share else None
        if envelope is None:
            raise _TurnOver
        if self.fenced:
            self._mailbox.give_back(envelope)
            raise Fenced
        self.share -= 1
        return envelope


class PooledActor(GatewayActor[P]):
    """An actor that runs on the pool's workers, never on two at once; it must not block."""

    def __init__(self, seat: Seat, pool: Turns) -> None:
        self._pool = pool
        self._scheduled = threading.Lock()
        self._begun = False
        super().__init__(seat)

    actor_inbox: _TurnReading

    def _create_actor_inbox(self) -> _TurnReading:  # type: ignore[override] # see GatewayActor
        return _TurnReading(self.seat.address.mailbox)

    def abandon(self) -> None:
        """As GatewayActor.abandon; a worker that hangs in this actor's turn is replaced."""
        super().abandon()
        worker = self._thread
        if worker is not None:
            self._pool.write_off(worker)

    def _start_actor_loop(self) -> None:
        self.seat.address.mailbox.on_put = self._wake
        self._wake()

    def _wake(self) -> None:
        if self._scheduled.acquire(blocking=False):
            self._pool.submit(self._take_turn)

    def _take_turn(self) -> None:
        self.actor_inbox.share = TURN_MESSAGES
        self._thread = threading.get_ident()
        over = False
        try:
            with suppress(Fenced):
                self._run_loop()
        except _TurnOver:
            over = True
        finally:
            self._thread = None
            if over:
                self._rest()
            else:
                self._end()  # and keep the lock: an ended incarnation never gets another turn

    def _run_loop(self) -> None:
        if not self._begun:
            self._begun = True
            self._actor_loop_setup()
        self._actor_loop_running()

    def _rest(self) -> None:
        self._scheduled.release()
        if not self.seat.address.mailbox.idle():
            self._wake()
