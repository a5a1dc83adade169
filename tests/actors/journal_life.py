"""One life of a gateway that does nothing but write its journal, until somebody kills it.

Real threads throughout; an order counts as acknowledged once its id has left the process through a pipe.
"""

import os
import threading
from pathlib import Path
from queue import SimpleQueue

from actors.address import Address
from actors.audit import AuditActor, Desk
from actors.base import Seat
from actors.timers import TimerThread
from actors.world import RealWorld
from messages.journal import OrderRecorded, RecordProgress
from messages.supervision import FromActor
from tests.storage.kit import accepted, ended, open_store

CALLERS = 8


class Superior:
    """Hears how the incarnation fares."""

    def __init__(self) -> None:
        self.reports: SimpleQueue[FromActor] = SimpleQueue()

    def urge(self, message: FromActor) -> None:
        self.reports.put(message)


class Caller:
    """Where one caller waits for the answer to its order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: SimpleQueue[object] = SimpleQueue()

    def tell(self, message: object) -> None:
        self.answers.put(message)


def bury(receiver: str, message: object, why: str) -> None:
    """Nothing here is expected to die undelivered."""
    os.write(2, f"dead letter for {receiver}: {message}: {why}\n".encode())


def begin(data_dir: Path, superior: Superior) -> Address:
    """A running AuditActor on the store in `data_dir`."""
    world = RealWorld()
    address = Address("audit", bury)
    timers = TimerThread(world.monotonic)
    threading.Thread(target=timers.run, daemon=True).start()
    seat = Seat(address=address, incarnation=1, superior=superior, world=world, timers=timers, office=bury)
    store = open_store(data_dir)
    AuditActor(seat, open_journal=store.journal, desk=Desk(), webhooks=Caller("webhooks")).begin()
    return address


def write_for_ever(address: Address, acknowledge: int, life: int, number: int) -> None:
    """Give order after order, and let each id out once it is acknowledged; every other order goes on to its end."""
    caller = Caller(f"caller-{number}")
    count = 0
    while True:
        request_id = f"{life}-{number}-{count}"
        address.tell(accepted(request_id, caller))
        if isinstance(caller.answers.get(), OrderRecorded):
            os.write(acknowledge, f"{request_id}\n".encode())
        address.tell(RecordProgress(request_id=request_id, step="sent"))
        if count % 2:
            address.tell(ended(request_id, "succeeded", f"w-{request_id}"))
        count += 1


def live(data_dir: Path, acknowledge: int, life: int) -> None:
    """The life: ends only by a signal."""
    address = begin(data_dir, Superior())
    for number in range(CALLERS):
        arguments = (address, acknowledge, life, number)
        threading.Thread(target=write_for_ever, args=arguments, daemon=True).start()
    threading.Event().wait()
