"""1,000 sessions x 25 messages/s x 160 bytes on one core: loss, delay, memory; and a thousand dropped at once."""

import gc
import os
import resource
import threading
import time
from collections import Counter
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


def main() -> None:
    """Run both and print one table."""
    logger.disable("actors")
    os.sched_setaffinity(0, {0})
    with SimulatorProcess() as box:
        os.sched_setaffinity(box.pid, {1})
        world, pool = RealWorld(), Pool()
        timers, streams = TimerThread(world.monotonic), Streams(connects_per_s=100.0)
        threading.Thread(target=timers.run, daemon=True).start()
        pool.start()
        streams.start()
        owner, token = Owner(), Bearer(bearer(box))
        before_kb = rss_kb()
        owner.expected = SESSIONS

        def begin(name: str) -> None:
            seat = Seat(
                address=Address(name, bury),
                incarnation=1,
                superior=Superior(),
                world=world,
                timers=timers,
                office=bury,
            )
            plan = SessionPlan(name=name, kind="bench", url=box.ws_url, owner=owner)
            SessionActor(
                seat, pool, plan=plan, streams=streams, token=token, journal=Silent(), times=SessionTimes()
            ).begin()

        for number in range(SESSIONS):
            begin(f"session.{number}")
        if not owner.all_open.wait(60):
            raise SystemExit(f"only {len(owner.open)} sessions came up")
        gc.collect()
        measure(box, owner, (rss_kb() - before_kb) / SESSIONS)
        owner.bystanders = frozenset(f"bystander.{number}" for number in range(BYSTANDERS))
        owner.expected += BYSTANDERS
        owner.all_open.clear()
        for name in sorted(owner.bystanders):
            begin(name)
        owner.all_open.wait(60)
        storm(box, owner)
        streams.stop(5)


def measure(box: SimulatorProcess, owner: Owner, memory_kb: float) -> None:
    """The steady stream, then the storm."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s, began = usage.ru_utime + usage.ru_stime, time.monotonic()
    order(box, "POST", "/sim/push", {"per_s": PER_S, "bytes": BYTES, "count": PER_S * SECONDS})
    wanted = SESSIONS * PER_S * SECONDS
    until = time.monotonic() + SECONDS * 4
    while len(owner.delays_ms) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_us = (usage.ru_utime + usage.ru_stime - cpu_s) * 1e6 / len(owner.delays_ms)
    took_s = time.monotonic() - began
    show(
        f"{SESSIONS} sessions x {PER_S} messages/s x {BYTES} B, one core",
        ("messages", "lost", "messages/s", "us CPU a message", "p50 ms", "p99 ms", "max ms", "KB a session"),
        [
            (
                len(owner.delays_ms),
                wanted - len(owner.delays_ms),
                len(owner.delays_ms) / took_s,
                cpu_us,
                percentile(owner.delays_ms, 0.5),
                percentile(owner.delays_ms, 0.99),
                max(owner.delays_ms),
                memory_kb,
            )
        ],
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
