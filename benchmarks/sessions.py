"""1,000 sessions x 25 messages/s x 160 bytes on one core: loss, delay, memory; and a thousand dropped at once."""

import gc
import os
import resource
import threading
import time
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from urllib.request import Request, urlopen

import orjson
from loguru import logger

from actors.address import Address
from actors.base import Seat
from actors.pool import Pool
from actors.session import SessionActor, SessionTimes
from actors.timers import TimerThread
from actors.world import RealWorld
from benchmarks.table import percentile, show
from clients.streams.plane import Streams
from messages.sessions import FramesArrived, SessionLost, SessionOpened, SessionPlan
from messages.tokens import TokenGranted, WantToken
from simulator.process import SimulatorProcess

SESSIONS, PER_S, BYTES, SECONDS = 1_000, 25, 160, 10
BYSTANDERS = 100  # sessions that keep theirs while the others are dropped


def bury(receiver: str, message: object, why: str) -> None:
    """A dead letter would be a lost message: the run is worthless."""
    raise SystemExit(f"dead letter for {receiver}: {type(message).__name__}: {why}")


class Superior:
    """Nobody is restarted here: a crash ends the run."""

    def urge(self, message: object) -> None:
        if type(message).__name__ == "Crashed":
            raise SystemExit(str(message))


class Bearer:
    """Stands for the token actor with a token that was fetched beforehand."""

    name = "token"

    def __init__(self, secret: str) -> None:
        self._granted = TokenGranted(secret=secret, generation=1, good_until_s=1e12)

    def tell(self, message: object) -> None:
        if isinstance(message, WantToken):
            message.reply_to.tell(self._granted)


class Silent:
    """Stands for the journal."""

    name = "audit"

    def tell(self, message: object) -> None:
        pass


class Owner:
    """Takes the frames of every session and keeps the delay of each, from the simulator's clock to this one."""

    name = "owner"

    def __init__(self) -> None:
        self.delays_ms: list[float] = []
        self.of_bystanders_ms: list[float] = []
        self.last_seq: Counter[str] = Counter()
        self.missing = 0
        self.open: dict[str, float] = {}
        self.lost = 0
        self.expected = 0
        self.bystanders: frozenset[str] = frozenset()
        self.all_open = threading.Event()

    def tell(self, message: object) -> None:
        if isinstance(message, FramesArrived):
            now_ns = time.monotonic_ns()
            for frame in message.frames:
                told = orjson.loads(frame)
                self.missing += told["seq"] - self.last_seq[message.session] - 1
                self.last_seq[message.session] = told["seq"]
                delay_ms = (now_ns - told["sent_ns"]) / 1e6
                (self.of_bystanders_ms if message.session in self.bystanders else self.delays_ms).append(delay_ms)
        elif isinstance(message, SessionOpened):
            self.open[message.session] = time.monotonic()
            if len(self.open) == self.expected:
                self.all_open.set()
        elif isinstance(message, SessionLost):
            self.last_seq[message.session] = 0
            self.lost += 1


def order(box: SimulatorProcess, method: str, path: str, body: object = None) -> object:
    """One call of the simulator's admin door."""
    data = None if body is None else orjson.dumps(body)
    request = Request(box.url + path, data=data, method=method, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return orjson.loads(answer.read())


def bearer(box: SimulatorProcess) -> str:
    """A token of the simulator's."""
    import requests

    answer = requests.post(
        f"{box.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(box.client_id, box.client_secret),
        timeout=10,
    )
    return str(answer.json()["access_token"])


def rss_kb() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


class Stand:
    """The gateway's side: one I/O thread, one pool, and the sessions that it is told to begin."""

    def __init__(self, box: SimulatorProcess) -> None:
        self.owner, self._box = Owner(), box
        self._world, self._pool = RealWorld(), Pool()
        self._timers, self.streams = TimerThread(self._world.monotonic), Streams(connects_per_s=100.0)
        self._token = Bearer(bearer(box))
        threading.Thread(target=self._timers.run, daemon=True).start()
        self._pool.start()
        self.streams.start()

    def begin(self, names: Collection[str]) -> None:
        """Have these come up as well; SystemExit when not all do."""
        self.owner.expected += len(names)
        self.owner.all_open.clear()
        for name in names:
            self._begin(name)
        if not self.owner.all_open.wait(60):
            raise SystemExit(f"only {len(self.owner.open)} of {self.owner.expected} sessions came up")

    def _begin(self, name: str) -> None:
        seat = Seat(
            address=Address(name, bury),
            incarnation=1,
            superior=Superior(),
            world=self._world,
            timers=self._timers,
            office=bury,
        )
        plan = SessionPlan(name=name, kind="bench", url=self._box.ws_url, owner=self.owner)
        SessionActor(
            seat,
            self._pool,
            plan=plan,
            streams=self.streams,
            token=self._token,
            journal=Silent(),
            times=SessionTimes(),
        ).begin()


def main() -> None:
    """Run both and print one table for each."""
    logger.disable("actors")
    os.sched_setaffinity(0, {0})
    with SimulatorProcess() as box:
        os.sched_setaffinity(box.pid, {1})
        stand = Stand(box)
        before_kb = rss_kb()
        stand.begin([f"session.{number}" for number in range(SESSIONS)])
        gc.collect()
        steady(box, stand.owner, (rss_kb() - before_kb) / SESSIONS)
        stand.owner.bystanders = frozenset(f"bystander.{number}" for number in range(BYSTANDERS))
        stand.begin(sorted(stand.owner.bystanders))
        storm(box, stand.owner)
        stand.streams.stop(5)


def cpu_s() -> float:
    """Seconds of CPU that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def steady(box: SimulatorProcess, owner: Owner, memory_kb: float) -> None:
    """The steady stream."""
    used_s, began = cpu_s(), time.monotonic()
    order(box, "POST", "/sim/push", {"per_s": PER_S, "bytes": BYTES, "count": PER_S * SECONDS})
    wanted = SESSIONS * PER_S * SECONDS
    until = time.monotonic() + SECONDS * 4
    while len(owner.delays_ms) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    heard, used_s, took_s = len(owner.delays_ms), cpu_s() - used_s, time.monotonic() - began
    delays = (percentile(owner.delays_ms, 0.5), percentile(owner.delays_ms, 0.99), max(owner.delays_ms))
    show(
        f"{SESSIONS} sessions x {PER_S} messages/s x {BYTES} B, one core",
        ("messages", "lost", "messages/s", "us CPU a message", "p50 ms", "p99 ms", "max ms", "KB a session"),
        [(heard, wanted - heard, heard / took_s, used_s * 1e6 / heard, *delays, memory_kb)],
    )


def storm(box: SimulatorProcess, owner: Owner) -> None:
    """All but the bystanders dropped at once: when the last is back, the busiest second, the bystanders' delays."""
    owner.open = {name: moment for name, moment in owner.open.items() if name in owner.bystanders}
    owner.all_open.clear()
    owner.of_bystanders_ms.clear()
    order(box, "POST", "/sim/push", {"per_s": PER_S, "bytes": BYTES, "count": PER_S * 15})
    began = time.monotonic()
    order(box, "POST", "/sim/sessions/drop", {"abort": True, "count": SESSIONS})
    back = owner.all_open.wait(60)
    arrivals = sorted(moment for name, moment in owner.open.items() if name not in owner.bystanders)
    busiest = max(sum(1 for other in arrivals if moment <= other < moment + 1) for moment in arrivals)
    show(
        f"{SESSIONS} of {SESSIONS + BYSTANDERS} sessions dropped at once, 100 handshakes/s",
        ("back", "seconds", "opened in the busiest second", "others' messages", "others' p50 ms", "others' p99 ms"),
        [
            (
                len(arrivals),
                (arrivals[-1] - began) if back else float("nan"),
                busiest,
                len(owner.of_bystanders_ms),
                percentile(owner.of_bystanders_ms, 0.5),
                percentile(owner.of_bystanders_ms, 0.99),
            )
        ],
    )


if __name__ == "__main__":
    main()
