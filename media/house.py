"""What all calls of one worker share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from math import inf
from secrets import randbits
from time import process_time, time
from typing import Protocol, TypeVar

from loguru import logger

from media.bulkhead import each
from media.call import Facts, Lane
from media.connection import RESTARTING, Connection
from media.g711 import SAMPLE_BYTES
from media.language.desk import LanguageDesk
from media.poll import Poll, Read
from media.recording.desk import RecordingDesk
from media.taps import Tape
from media.uplinks import Uplink, UplinkListener
from messages.media import AudioStreamCounts, AudioStreamsCounted, WorkerEvent, WorkerPlan, WorkerReport
from rules.ids import uuid7
from rules.instants import instant

PARTS = 20  # in which all lanes, or calls, are looked at
EASE_S = 0.02  # how soon a call whose reading stopped is looked at again
CLOSE_S = 5.0  # for a caller's half of a close; then the connection is cut
CLOSE_GRACE_S = 2.0  # beyond the service's own time for its last results: for the callers' half of the close

T = TypeVar("T")


class Teller(Protocol):
    """The line up, as the calls see it."""

    lost_events: int

    @property
    def full(self) -> bool: ...

    @property
    def congested(self) -> bool: ...

    def tell(self, event: WorkerEvent) -> None: ...

    def turn(self) -> None: ...


class House:
    """The worker's calls and lanes, its counters and its rounds."""

    def __init__(
        self,
        plan: WorkerPlan,
        line: Teller,
        uplink: Callable[[Facts, UplinkListener], Uplink],
        languages: LanguageDesk,
        recordings: RecordingDesk | None = None,
        unserved: Callable[[], str] = str,
        close_s: float = CLOSE_S,
        read: Read | None = None,
    ) -> None:
        """`read` is how the poll reads, when it is not in Python."""
        self.close_s = close_s
        self.plan, self.line, self.uplink, self.languages = plan, line, uplink, languages
        self._recordings, self._unserved = recordings, unserved
        self.lanes: dict[str, Lane] = {}
        self.held: set[Lane] = set()
        self.connections: set[Connection] = set()
        self.turned_away: set[Connection] = set()  # let in to be told `no_room`; calls that nobody waits for
        self.poll = Poll(read)
        self.refused = 0
        self.faults = 0  # of ours, that ended a call
        self.draining = False
        self._told: dict[str, AudioStreamCounts] = {}
        self._past_frames = 0
        self._leave_at = self._abandon_at = inf
        self._reported = (asyncio.get_running_loop().time(), process_time())

    @property
    def no_room(self) -> str:
        """Why one more call may not come; empty where it may."""
        if self.draining:
            return RESTARTING
        full = len(self.connections) >= self.plan.limits.max_calls or self.line.full
        return "no room for another call" if full else ""

    def new_id(self) -> str:
        """A UUID 7."""
        return uuid7(int(time() * 1000), randbits(74))

    def instant(self) -> str:
        """Now, RFC 3339."""
        return instant(datetime.now(UTC))

    def tape(self, lane: Lane, codec: str, voices: int, opened_at: str) -> Tape | None:
        """What records a new lane; None where nothing is to be, or can be: then the lane's time line tells."""
        if self._recordings is None:
            return None
        if codec not in SAMPLE_BYTES:
            lane.note("recording.failed", {"reason": f"audio in {codec} cannot be recorded"})
            return None
        recording = self._recordings.open(
            lane.stream_id, opened_at, lane.note, codec=codec, rate_hz=lane.facts.sample_rate_hz, channels=voices
        )
        return Tape(recording, codec=codec, voices=voices)

    def blame(self, whom: str, fault: Exception) -> None:
        """Count and log a fault of ours that ends a call."""
        self.faults += 1
        logger.opt(exception=fault).error("a fault of the gateway ends {}", whom)

    def forget(self, lane: Lane) -> None:
        """The lane has told its end."""
        self._past_frames += lane.frames
        self.lanes.pop(lane.stream_id, None)
        self._told.pop(lane.stream_id, None)

    # -- rounds --------------------------------------------------------------------------------------------------

    async def report(self) -> None:
        """Tell how the worker is, for ever; not where the gateway does not read."""
        while True:
            await asyncio.sleep(self.plan.limits.report_every_s)
            self.line.turn()
            if not self.line.congested:
                self.line.tell(self._report())

    async def count(self) -> None:
        """Tell the counters that changed, for ever; some of the lanes at a time, so that no frame waits long.

        Where the gateway does not read, they wait for the next time.
        """
        async for lanes in in_parts(lambda: list(self.lanes.values()), self.plan.limits.count_every_s):
            if not self.line.congested:
                self._tell_counts(lanes)

    async def watch(self) -> None:
        """Ping, and close what is silent, for ever; some of the calls at a time, so that no round is long."""
        loop, limits = asyncio.get_running_loop(), self.plan.limits
        every_s = min(1.0, limits.ping_every_s / 4, limits.idle_s / 4)
        async for calls in in_parts(lambda: [*self.connections, *self.turned_away], every_s):
            each(calls, lambda call: call.look(loop.time()))

    async def ease(self) -> None:
        """Let calls whose reading stopped go on when the service has caught up, for ever."""
        while True:
            await asyncio.sleep(EASE_S)
            each(tuple(self.held), lambda lane: lane.ease())

    def _tell_counts(self, lanes: Sequence[Lane]) -> None:
        changed: dict[str, AudioStreamCounts] = {}

        def look(lane: Lane) -> None:
            counts = lane.counts()
            if lane.stream_id in self.lanes and self._told.get(lane.stream_id) != counts:
                changed[lane.stream_id] = counts

        each(lanes, look)
        if changed:
            self._told |= changed
            self.line.tell(AudioStreamsCounted(counts=tuple(changed.values())))

    def _report(self) -> WorkerReport:
        return WorkerReport(
            calls=len(self.connections),
            frames=self._past_frames + sum(lane.frames for lane in self.lanes.values()),
            refused=self.refused,
            lost_events=self.line.lost_events,
            faults=self.faults,
            busy=self._busy(),
            unserved=self._unserved(),
        )

    def _busy(self) -> float:
        now, used = asyncio.get_running_loop().time(), process_time()
        before, used_before = self._reported
        self._reported = (now, used)
        return round(min(1.0, (used - used_before) / max(now - before, 1e-6)), 3)

    # -- the end -------------------------------------------------------------------------------------------------

    def leave(self, within_s: float) -> None:
        """Turn away calls that come; those there have `within_s`, or less where that was said before."""
        self.draining = True
        self._leave_at = min(self._leave_at, asyncio.get_running_loop().time() + within_s)

    def abandon(self) -> None:
        """Nobody wants the last results: the gateway is gone."""
        self._abandon_at = asyncio.get_running_loop().time() + CLOSE_GRACE_S

    async def drain(self) -> None:
        """After `leave`: calls end by themselves or are closed in the end; then the last results come.

        Whoever was turned away is not waited for.
        """
        await self._until(lambda: not self.connections, lambda: self._leave_at)
        each(tuple(self.connections), lambda call: call.leave())
        over_at = asyncio.get_running_loop().time() + self.plan.service.drain_s + CLOSE_GRACE_S
        await self._until(lambda: not self.connections and not self.lanes, lambda: min(over_at, self._abandon_at))
        each(tuple(self.lanes.values()), lambda lane: lane.abort())
        each(tuple(self.turned_away), lambda call: call.cut())
        self.poll.close()

    async def _until(self, empty: Callable[[], bool], deadline: Callable[[], float]) -> None:
        while not empty() and asyncio.get_running_loop().time() < deadline():
            await asyncio.sleep(EASE_S)


async def in_parts(ones: Callable[[], Sequence[T]], every_s: float) -> AsyncIterator[Sequence[T]]:
    """All of them every `every_s`, for ever, in PARTS: no frame waits long for a round."""
    while True:
        there = ones()
        for part in range(PARTS):
            await asyncio.sleep(every_s / PARTS)
            yield there[part::PARTS]
