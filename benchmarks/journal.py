"""Orders accepted and durable: by number of callers, each waiting for its answer before the next; and by batch."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from actors.address import Address
from actors.audit import AuditActor, Desk
from actors.base import Seat
from actors.timers import TimerThread
from actors.world import RealWorld
from benchmarks.table import middle, percentile, show
from messages.base import Recipient
from messages.journal import RecordAccepted
from messages.orders import Peer
from messages.supervision import Shutdown, Stopped
from messages.transfers import StartTransfer
from rules.outcomes import outcome_as_json, outcome_from_json
from storage.forms import Forms
from storage.store import Store

RUNS = 5
ORDERS = 10_000  # a run, shared among its callers
ORDERS_ALONE = 2_000  # with a single caller
BATCHES = (1, 10, 100, 1_000, 2_000)
CALLERS = (1, 10, 200)
Run: TypeAlias = tuple[float, list[float], float]  # orders/s, each wait in ms, orders a group
PEER = Peer(role="operator", pid=1, uid=1000, gid=1000)
FORMS = Forms(
    orders={"transfer": TypeAdapter(StartTransfer).validate_json},
    outcome_as_json=outcome_as_json,
    outcome_from_json=outcome_from_json,
)


class Waiter:
    """A caller or a superior: whoever waits for what it is told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: SimpleQueue[Any] = SimpleQueue()
        self.tell = self.urge = self.heard.put


def accepted(request_id: str, reply_to: Recipient) -> RecordAccepted:
    """One order as TransferActor would record it."""
    order = StartTransfer(request_id=request_id, interaction_id=request_id, destination_uri="genesys://user/7")
    return RecordAccepted(order=order, peer=PEER, effect_id=request_id, reply_to=reply_to)


class Gateway:
    """A running AuditActor on a fresh store."""

    def __init__(self, folder: Path) -> None:
        world = RealWorld()
        self.address = Address("audit", _unexpected)
        self._superior = Waiter("superior")
        self._timers = TimerThread(world.monotonic)
        threading.Thread(target=self._timers.run, daemon=True).start()
        seat = Seat(
            address=self.address,
            incarnation=1,
            superior=self._superior,
            world=world,
            timers=self._timers,
            office=_unexpected,
        )
        self._store = Store(folder, FORMS)
        self.actor = AuditActor(seat, open_journal=self._store.journal, desk=Desk(), webhooks=Waiter("webhooks"))
        self.actor.begin()

    def close(self) -> None:
        """Stop it and let go of the store."""
        self.address.urge(Shutdown())
        while not isinstance(self._superior.heard.get(), Stopped):
            pass
        self._store.close()
        self._timers.close()


def threads_waiting(callers: int, orders: int) -> Run:
    """`callers` threads, each with one order at a time: orders/s, the waits in ms, orders a group."""
    with TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder))
        waits: list[float] = []

        def call(number: int) -> None:
            waiter = Waiter(f"caller-{number}")
            for count in range(orders // callers):
                began = time.perf_counter()
                gateway.address.tell(accepted(f"{number}-{count}", waiter))
                waiter.heard.get()
                waits.append((time.perf_counter() - began) * 1_000)

        threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
        took_s = _seconds(lambda: _all(threads))
        facts: Any = gateway.actor.facts()
        gateway.close()
        return len(waits) / took_s, waits, facts["messages"] / facts["groups"]


def one_actor(in_flight: int, orders: int) -> Run:
    """One thread with `in_flight` orders under way, as TransferActor has them."""
    with TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder))
        waiter, began, waits = Waiter("transfer"), dict[str, float](), list[float]()

        def give(number: int) -> None:
            began[str(number)] = time.perf_counter()
            gateway.address.tell(accepted(str(number), waiter))

        def work() -> None:
            for number in range(in_flight):
                give(number)
            for number in range(in_flight, orders + in_flight):
                request_id = waiter.heard.get().request_id
                waits.append((time.perf_counter() - began.pop(request_id)) * 1_000)
                if number < orders:
                    give(number)

        took_s = _seconds(work)
        facts: Any = gateway.actor.facts()
        gateway.close()
        return orders / took_s, waits, facts["messages"] / facts["groups"]


def batch(size: int) -> Run:
    """The store alone, `size` orders a transaction: orders/s and ms a transaction."""
    with TemporaryDirectory() as folder:
        store, waiter, waits = Store(Path(folder), FORMS), Waiter("nobody"), list[float]()
        journal = store.journal()
        for number in range(max(10, ORDERS // 2 // size) if size > 1 else ORDERS_ALONE):
            orders = [accepted(f"{number}-{count}", waiter) for count in range(size)]
            began = time.perf_counter()
            for order in orders:
                journal.enter(order)
            journal.seal(datetime.now(UTC))
            journal.commit()
            waits.append((time.perf_counter() - began) * 1_000)
        journal.close()
        store.close()
        return size * len(waits) / sum(waits) * 1_000, waits, size


def bare_fsync() -> Run:
    """What the disk itself takes: 8 KiB appended and synced, as a small SQLite commit does."""
    with TemporaryDirectory() as folder, (Path(folder) / "file").open("wb", buffering=0) as file:
        waits = list[float]()
        for _ in range(1_000):
            began = time.perf_counter()
            file.write(b"x" * 8_192)
            os.fdatasync(file.fileno())
            waits.append((time.perf_counter() - began) * 1_000)
        return 1_000 * len(waits) / sum(waits), waits, 1


def main() -> None:
    """Print the table."""
    runs: dict[str, Callable[[], Run]] = {"bare write and fdatasync": bare_fsync}
    for callers in CALLERS:
        orders = ORDERS if callers > 1 else ORDERS_ALONE
        runs[f"{callers} callers, a thread each"] = partial(threads_waiting, callers, orders)
    runs["one actor, 200 in flight"] = partial(one_actor, 200, 2 * ORDERS)
    for size in BATCHES:
        runs[f"store alone, {size} a batch"] = partial(batch, size)
    rows = [(name, *_measured(run)) for name, run in runs.items()]
    columns = ("orders durable", "orders/s", "p50 ms", "p99 ms", "orders a group")
    show(f"Journal (median of {RUNS} runs)", columns, rows)


def _measured(run: Callable[[], Run]) -> tuple[int, float, float, float]:
    runs = [run() for _ in range(RUNS)]
    return (
        round(middle([rate for rate, _waits, _group in runs])),
        middle([percentile(waits, 0.5) for _rate, waits, _group in runs]),
        middle([percentile(waits, 0.99) for _rate, waits, _group in runs]),
        middle([group for _rate, _waits, group in runs]),
    )


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _unexpected(receiver: str, message: object, why: str) -> None:
    raise RuntimeError(f"dead letter for {receiver}: {message}: {why}")


if __name__ == "__main__":
    main()
