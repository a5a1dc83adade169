"""Agent Assist: triggers through validation, slot, journal and socket; the hand-over of a slot; webhooks to a sink.

The actors are those of the gateway and run on one core; the engine (the simulator, without latency) and the sink have
the others. Orders are given to the actor itself, as the doors give them.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from loguru import logger
from pydantic import TypeAdapter

from actors.address import Address
from actors.assist import AssistActor
from actors.assist_line import LineTimes
from actors.audit import AuditActor, Desk
from actors.base import GatewayActor, Seat
from actors.caller import CallerActor
from actors.plane import PlaneDoor
from actors.pool import Pool
from actors.session import SessionActor, SessionTimes
from actors.timers import TimerThread
from actors.webhooks import WebhookActor
from actors.world import RealWorld
from benchmarks.sessions import Bearer, Superior, bearer, bury
from benchmarks.table import middle, percentile, show
from clients.streams.plane import Streams
from clients.webhooks import WebhookDoor
from genesys.tutorial.dialect import TutorialDialect
from messages.assists import TriggerAssist
from messages.base import Recipient
from messages.journal import EventPublished, Subscribe
from messages.orders import Peer, Submit
from messages.sessions import FramesArrived, SendFrame, SessionPlan, SessionValid, ValidateSession
from rules.addresses import allowed
from rules.assist import AssistRules
from rules.outcomes import outcome_as_json, outcome_from_json
from rules.tenant_slots import TenantLimit
from simulator.process import SimulatorProcess
from storage.forms import Forms
from storage.store import Store

RUNS, ORDERS, OPEN = 3, 6_000, 500  # OPEN: as many are given and not ended
HANDED, HANDED_OPEN, ENGINE_S = (
    2_000,
    100,
    0.002,
)  # ENGINE_S: what the engine takes, when a hand-over is timed by itself
LIMIT, CALLERS = 50, 16
ALONE = 4_000  # webhooks that wait before the first one leaves
WAIT_S = 120.0
PEER = Peer(role="operator", pid=1, uid=1000, gid=1000)
CORES = sorted(os.sched_getaffinity(0))
FORMS = Forms(
    orders={"assist": TypeAdapter(TriggerAssist).validate_json},
    outcome_as_json=outcome_as_json,
    outcome_from_json=outcome_from_json,
)


def trigger(number: int) -> TriggerAssist:
    """One of the actions of 40 sessions of 10 agents."""
    context = {"agentId": f"agent-{number % 10}", "sessionId": f"session-{number % 40}", "interactionType": "voice"}
    return TriggerAssist(
        request_id=f"order-{number}",
        action_type="knowledge_search",
        parameter_matrix={"query": "refund policy"},
        execution_context=context,
        deadline_s=WAIT_S,
    )


class Ends:
    """Hears the journal: lets the next order through at each end, and knows how all ended and what was delivered."""

    name = "ends"

    def __init__(self, wanted: int, open_at_once: int) -> None:
        self.statuses: Counter[str] = Counter()
        self.delivered = 0
        self.first_delivered_s = self.last_delivered_s = 0.0
        self.room = threading.Semaphore(open_at_once)
        self.over, self.all_delivered = threading.Event(), threading.Event()
        self._wanted = wanted

    def tell(self, message: object) -> None:
        """On the journal's thread."""
        if not isinstance(message, EventPublished):
            return
        if message.kind == "webhook.delivered":
            self._delivered()
            return
        self.statuses[str(message.data["status"])] += 1
        self.room.release()
        if self.statuses.total() == self._wanted:
            self.over.set()

    def _delivered(self) -> None:
        self.last_delivered_s = time.perf_counter()
        self.first_delivered_s = self.first_delivered_s or self.last_delivered_s
        self.delivered += 1
        if self.delivered == 2 * self._wanted:
            self.all_delivered.set()


class OneSlot:
    """Stands for session and engine: answers after ENGINE_S, and keeps the time from an answer to the next frame.

    With one slot and a queue the next frame is the one that the answer made way for.
    """

    name = "session.assist"

    def __init__(self) -> None:
        self.owner: Address | None = None
        self.took_ms: list[float] = []
        self._answered_s: float | None = None
        self._asked: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._answer, daemon=True).start()

    def tell(self, message: object) -> None:
        """On the actor's thread."""
        now_s = time.perf_counter()
        if isinstance(message, ValidateSession):
            self._say(SessionValid(session="assist", check_id=message.check_id, connection=1))
        elif isinstance(message, SendFrame):
            frame = orjson.loads(message.text)
            if frame["type"] == "connect":
                self._say(FramesArrived(session="assist", frames=('{"type":"connected"}',)))
                return
            if self._answered_s is not None:
                self.took_ms.append((now_s - self._answered_s) * 1000)
            self._asked.put(frame["payload"]["correlationId"])

    def _answer(self) -> None:
        while True:
            answer = {"type": "result", "correlationId": self._asked.get(), "payload": {}}
            frames = (orjson.dumps(answer).decode(),)
            time.sleep(ENGINE_S)
            self._answered_s = time.perf_counter()
            self._say(FramesArrived(session="assist", frames=frames))

    def _say(self, message: object) -> None:
        if self.owner is not None:
            self.owner.tell(message)


class Gateway:
    """Journal, webhooks and AssistActor on a fresh store, each on its thread; `crm` None: nobody is told."""

    def __init__(self, folder: Path, ends: Ends, crm: str | None, stack: ExitStack) -> None:
        self._world, self._pool = RealWorld(), Pool()
        self._timers = TimerThread(self._world.monotonic)
        self._addresses: dict[str, Address] = {}
        self._crm = crm
        self._store = Store(folder, FORMS)
        stack.callback(self._store.close)
        threading.Thread(target=self._timers.run, daemon=True).start()
        self._pool.start()
        self.assist, self._journal = self.address("assist"), self.address("audit")
        self._live("audit", self._audit)
        self._journal.tell(Subscribe(subscriber=ends, kinds=("order.ended", "webhook.delivered")))

    def address(self, name: str) -> Address:
        """The one of that name."""
        return self._addresses.setdefault(name, Address(name, bury))

    def begin(self, session: Recipient, token: Recipient, box: str, limit: int) -> None:
        """AssistActor, over `session`."""
        self._live(
            "assist",
            lambda seat: AssistActor(
                seat,
                journal=self._journal,
                session=session,
                token=token,
                dialect=TutorialDialect(api_url=box, streaming_url=box.replace("http", "ws", 1)),
                limit=TenantLimit(max_in_flight=limit),
                rules=AssistRules(slot_s=WAIT_S),
                line_times=LineTimes(),
                crm_url=self._crm,
            ),
        )

    def connect(self, box: SimulatorProcess, token: Recipient, stack: ExitStack) -> Address:
        """A session with the simulator's engine."""
        streams, plane = Streams(), PlaneDoor()
        streams.start()
        stack.callback(streams.stop, 5)
        plane.use(streams)
        plan = SessionPlan(name="assist", kind="assist", url=box.assist_url, owner=self.assist)
        address = self.address("session.assist")
        SessionActor(
            self._seat("session.assist"),
            self._pool,
            plan=plan,
            streams=plane,
            token=token,
            journal=self._journal,
            times=SessionTimes(),
        ).begin()
        return address

    def _audit(self, seat: Seat) -> AuditActor:
        return AuditActor(seat, open_journal=self._store.journal, desk=Desk(), webhooks=self.address("webhooks"))

    def begin_webhooks(self) -> None:
        """The outbox's way out."""
        desk = self.address("webhooks")
        callers = tuple(self.address(f"webhooks.{number}") for number in range(1, CALLERS + 1))
        self._live("webhooks", lambda seat: WebhookActor(seat, journal=self._journal, callers=callers))
        for caller in callers:
            door = WebhookDoor(["whsec_" + "c2VjcmV0" * 4], allow=allowed("127.0.0.1"))
            self._live(caller.name, partial(CallerActor, door=door, desk=desk))

    def _live(self, name: str, start: Callable[[Seat], GatewayActor[Any]]) -> None:
        start(self._seat(name)).begin()

    def _seat(self, name: str) -> Seat:
        return Seat(
            address=self.address(name),
            incarnation=1,
            superior=Superior(),
            world=self._world,
            timers=self._timers,
            office=bury,
        )


def give(gateway: Gateway, ends: Ends, orders: int) -> float:
    """Give `orders`, never more than there is room for; seconds until the last one's end is durable and told."""
    began = time.perf_counter()
    for number in range(orders):
        ends.room.acquire()
        gateway.assist.tell(Submit(order=trigger(number), peer=PEER, reply_to=None))
    if not ends.over.wait(WAIT_S):
        raise SystemExit(f"after {WAIT_S:g} s only {ends.statuses.total()} of {orders} orders have ended")
    return time.perf_counter() - began


def through_the_socket(box: SimulatorProcess, crm: str | None) -> tuple[float, float, str]:
    """Triggers a second, webhooks a second from the first to the last, and how the triggers ended."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        ends, token = Ends(ORDERS, OPEN), Bearer(bearer(box))
        gateway = Gateway(Path(folder), ends, crm, stack)
        if crm is not None:
            gateway.begin_webhooks()
        gateway.begin(gateway.connect(box, token, stack), token, box.url, LIMIT)
        per_s = ORDERS / give(gateway, ends, ORDERS)
        webhooks_per_s = 0.0
        if crm is not None:
            if not ends.all_delivered.wait(WAIT_S):
                raise SystemExit(f"only {ends.delivered} of {2 * ORDERS} webhooks were delivered")
            webhooks_per_s = ends.delivered / (ends.last_delivered_s - ends.first_delivered_s)
        return per_s, webhooks_per_s, " ".join(f"{number} {status}" for status, number in ends.statuses.items())


def webhooks_alone(box: SimulatorProcess, crm: str) -> float:
    """Webhooks a second when all of them wait in the outbox before the first one leaves."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        ends, token = Ends(ALONE // 2, OPEN), Bearer(bearer(box))
        gateway = Gateway(Path(folder), ends, crm, stack)
        gateway.begin(gateway.connect(box, token, stack), token, box.url, LIMIT)
        give(gateway, ends, ALONE // 2)
        began = time.perf_counter()
        gateway.begin_webhooks()
        if not ends.all_delivered.wait(WAIT_S):
            raise SystemExit(f"only {ends.delivered} of {ALONE} webhooks were delivered")
        return ALONE / (ends.last_delivered_s - began)


def hand_over() -> list[float]:
    """Milliseconds from an answer to the frame of the action that gets its slot, journal on, with one slot."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        ends, session = Ends(HANDED, HANDED_OPEN), OneSlot()
        gateway = Gateway(Path(folder), ends, None, stack)
        session.owner = gateway.assist
        gateway.begin(session, Bearer("not looked at"), "http://127.0.0.1:1", 1)
        give(gateway, ends, HANDED)
        return session.took_ms


@contextmanager
def sink() -> Iterator[str]:
    """The URL of a receiver in a process of its own."""
    with subprocess.Popen([sys.executable, "-m", "benchmarks.sink"], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield f"http://127.0.0.1:{int(child.stdout.readline())}/crm"
        finally:
            child.terminate()


def main() -> None:
    """Three tables."""
    logger.disable("actors")
    os.sched_setaffinity(0, CORES[1:] or CORES)
    with SimulatorProcess(["--set", "assist_latency_ms=0"]) as box, sink() as crm:
        os.sched_setaffinity(0, CORES[:1])
        rows = []
        for name, url in (("none", None), ("told of both", crm)):
            runs = [through_the_socket(box, url) for _ in range(RUNS)]
            per_s = [run[0] for run in runs]
            rows.append((name, middle(per_s), max(per_s), middle([run[1] for run in runs]), runs[-1][2]))
        alone = [webhooks_alone(box, crm) for _ in range(RUNS)]
    show(
        f"{ORDERS} triggers, {OPEN} open at once, {LIMIT} slots, journal on, one core; medians of {RUNS} runs",
        ("CRM", "triggers/s", "best", "webhooks/s", "ends"),
        rows,
    )
    show(
        f"{ALONE} webhooks that wait in the outbox, to a sink, {CALLERS} callers, one core; median of {RUNS} runs",
        ("webhooks/s", "best"),
        [(middle(alone), max(alone))],
    )
    took_ms = hand_over()
    show(
        f"hand-over of a slot: from an answer to the next action's frame, journal on, one slot, engine {ENGINE_S:g} s",
        ("hand-overs", "p50 ms", "p99 ms", "max ms"),
        [(len(took_ms), percentile(took_ms, 0.5), percentile(took_ms, 0.99), max(took_ms))],
    )


if __name__ == "__main__":
    main()
