"""A house of calls on a loop of its own thread, at a real port, with a line and uplinks that a test can look into."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from media.arrival import Arrival, HalfOpen
from media.bearers import Bearers
from media.call import Facts
from media.doorway import Doorway
from media.house import House
from media.keys import KeyRing
from media.language.desk import LanguageDesk
from media.listening import listen, port_of
from media.uplinks import UplinkListener
from media.worker import doors
from messages.media import WorkerEvent, WorkerPlan
from tests.media.workers import PATIENCE_S

E = TypeVar("E")
T = TypeVar("T")


@dataclass
class RecordedUplink:
    """Keeps what a lane sends; ends when it is told to finish, as a service with nothing more to say does."""

    facts: Facts
    listener: UplinkListener
    audio_sent: list[tuple[int, bytes]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    buffered: int = 0
    lag_ms: float = 0.0
    unacknowledged_ms: float = 0.0
    ends: bool = True
    aborted: bool = False

    def audio(self, sequence: int, audio: bytes) -> None:
        self.audio_sent.append((sequence, audio))

    def tag(self, language: str) -> None:
        self.tags.append(language)

    def finish(self) -> None:
        if self.ends:
            asyncio.get_running_loop().call_soon(self.listener.ended, "finished")

    def abort(self) -> None:
        self.aborted = True


class RecordedLine:
    """The line up, ending in a queue."""

    def __init__(self) -> None:
        self.lost_events = 0
        self.full = False
        self.congested = False
        self.turns = 0
        self.told: queue.Queue[WorkerEvent] = queue.Queue()

    def tell(self, event: WorkerEvent) -> None:
        self.told.put(event)

    def turn(self) -> None:
        self.turns += 1

    def hears(self, kind: type[E], fits: Callable[[E], bool] = lambda _event: True) -> E:
        """The next event of that kind; what came before it is let go."""
        while True:
            event = self.told.get(timeout=PATIENCE_S)
            if isinstance(event, kind) and fits(event):
                return event


class LivingHouse:
    """A house that takes calls at `port`."""

    def __init__(self, plan: WorkerPlan, handshake_s: float, close_s: float, line: RecordedLine | None = None) -> None:
        self.line = line or RecordedLine()
        self.uplinks: list[RecordedUplink] = []
        self.uplinks_end = True
        self.loop = asyncio.new_event_loop()
        self._plan, self._handshake_s, self._close_s = plan, handshake_s, close_s
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work` on the house's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_S)

    def do(self, work: Callable[[], T]) -> T:
        """The result of `work` on the house's loop."""

        async def once() -> T:
            return work()

        return self.run(once())

    def close(self) -> None:
        self.run(self._shut())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_S)
        self.loop.close()

    async def _open(self) -> None:
        self._languages = LanguageDesk(self._plan.language)
        self.house = House(self._plan, self.line, self._uplink, self._languages, close_s=self._close_s)
        self.bearers = Bearers(self.line.tell)
        doorway = Doorway(self.house, doors(self.house, KeyRing(self._plan.keys), self.bearers))
        self.half_open = HalfOpen(3)
        self._server = await listen(
            self._plan,
            lambda: Arrival(doorway.judge, self.half_open, self._plan.limits.max_frame_bytes, self._handshake_s),
        )
        self.port = port_of(self._server)
        rounds = (self.house.report, self.house.count, self.house.watch, self.house.ease)
        self._rounds = [self.loop.create_task(one()) for one in rounds]

    async def _shut(self) -> None:
        self._server.close()
        self.half_open.cut_all()
        self.house.leave(0.0)
        self.house.abandon()
        await self.house.drain()
        for one in self._rounds:
            one.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        self._languages.close()
        await self._languages.wait_closed()

    def _uplink(self, facts: Facts, listener: UplinkListener) -> RecordedUplink:
        uplink = RecordedUplink(facts, listener, ends=self.uplinks_end)
        self.uplinks.append(uplink)
        return uplink


@contextmanager
def housed(plan: WorkerPlan, handshake_s: float = PATIENCE_S, close_s: float = PATIENCE_S) -> Iterator[LivingHouse]:
    """A house by that plan."""
    living = LivingHouse(plan, handshake_s, close_s)
    try:
        yield living
    finally:
        living.close()
