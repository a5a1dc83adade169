"""/metrics: what actors say at the moment of the scrape, in the text format of Prometheus."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from messages.base import Json
from web.inquiries import Inquiries

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
ASSIST, WEBHOOKS = "actor.show assist", "actor.show webhooks"
SOURCES = (
    "gateway.status",
    "gateway.tree",
    "audit.metrics",
    "token.status",
    "budget.show",
    "stream.metrics",
    ASSIST,
    WEBHOOKS,
)
ENDS = ("succeeded", "failed", "refused", "interrupted")
STATES = ("starting", "running", "draining", "stopping")
TOKEN_STATES = ("valid", "fetching", "waiting", "denied")

Found = Mapping[str, Any]


class Scraper:
    """Makes the page; whoever asks while one is being made gets that one. Belongs to one event loop.

    `door` tells what the HTTP door says of itself, `patience_s` is for all actors together.
    """

    def __init__(self, inquiries: Inquiries, patience_s: float, door: Callable[[], Found]) -> None:
        self._inquiries, self._patience_s, self._door = inquiries, patience_s, door
        self._making: asyncio.Task[bytes] | None = None

    async def page(self) -> bytes:
        """What is known now; what did not answer is left out, and its `switchboard_scrape_answered` is 0."""
        if self._making is None:
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(self._made)
        return await asyncio.shield(self._making)

    async def _make(self) -> bytes:
        answers = await asyncio.gather(*(self._inquiries.ask(source, self._patience_s) for source in SOURCES))
        found = dict(zip(SOURCES, answers, strict=True))
        return await asyncio.to_thread(render, found, self._door())  # the loop has callers to serve meanwhile

    def _made(self, _: "asyncio.Task[bytes]") -> None:
        self._making = None


def render(answers: Mapping[str, Json], door: Found) -> bytes:
    """The page; a registry of its own for each: no value outlives its scrape."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(answers, door))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, answers: Mapping[str, Json], door: Found) -> None:
        self._answers, self._door = answers, door

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "scrape_answered",
            "Whether the source answered this scrape in time",
            ("source",),
            [((source,), answer is not None) for source, answer in self._answers.items()],
        )
        yield from _door(self._door)
        for source, families in FAMILIES.items():
            answer = self._answers[source]
            if isinstance(answer, Mapping):
                yield from families(answer)


Rows = Iterable[tuple[tuple[str, ...], float]]


def _gauge(name: str, words: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    return _filled(GaugeMetricFamily(f"switchboard_{name}", words, labels=labels), rows)


def _counter(name: str, words: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    return _filled(CounterMetricFamily(f"switchboard_{name}", words, labels=labels), rows)


def _filled(family: Any, rows: Rows) -> Metric:
    for labels, value in rows:
        family.add_metric(labels, float(value))
    filled: Metric = family
    return filled


def _door(door: Found) -> Iterator[Metric]:
    yield _gauge("http_connections", "Open HTTP connections", (), [((), door["connections"])])
    yield _counter("http_requests", "HTTP requests answered", (), [((), door["requests"])])
    yield _gauge("http_orders_waited_for", "Requests that wait for an order", (), [((), door["orders_waited_for"])])
    complaints = [((kind,), number) for kind, number in door["complaints"].items()]
    yield _counter("http_complaints", "What the door complained of, logged or not", ("kind",), complaints)


def _status(status: Found) -> Iterator[Metric]:
    counts = status["counts"]
    plate = [((str(status["version"]), str(status["dialect"])), 1)]
    yield _gauge("build_info", "The release and the dialect that is spoken", ("version", "dialect"), plate)
    states = [((state,), status["state"] == state) for state in STATES]
    yield _gauge("state", "1 for the state that the gateway is in", ("state",), states)
    yield _gauge("degraded", "How much gateway.status names that does not work", (), [((), len(status["degraded"]))])
    yield _gauge("uptime_seconds", "Seconds since the start", (), [((), status["uptime_s"])])
    yield _gauge("open_orders", "Orders without an end", (), [((), counts["orders"]["open"])])
    sessions = [((state,), counts["sessions"][state]) for state in ("open", "lost")]
    yield _gauge("sessions", "Sessions with Genesys", ("state",), sessions)
    yield _counter("dead_letters", "Messages that reached nobody", (), [((), counts["dead_letters"])])
    if (outbox := counts["webhooks"]) is not None:  # else the journal is away
        words = "Webhooks in the outbox that are to be delivered yet, or never were"
        yield _gauge("webhooks", words, ("state",), [((state,), outbox[state]) for state in ("waiting", "dead")])
        disabled = [((), outbox["endpoints_disabled"])]
        yield _gauge("webhook_endpoints_disabled", "Endpoints to which nothing is delivered", (), disabled)


def _orders(measured: Found) -> Iterator[Metric]:
    kinds: Mapping[str, Found] = measured["kinds"]
    ends = [((kind, end), row[end]) for kind, row in kinds.items() for end in ENDS]
    yield _counter("orders", "Orders on record by how they ended", ("kind", "status"), ends)
    still_open = [((kind,), row["total"] - sum(row[end] for end in ENDS)) for kind, row in kinds.items()]
    yield _gauge("orders_open", "Orders on record without an end", ("kind",), still_open)
    latencies = [
        ((kind, quantile), row["latency_ms"][name] / 1000)
        for kind, row in kinds.items()
        for name, quantile in (("p50", "0.5"), ("p99", "0.99"))
        if row["latency_ms"][name] is not None
    ]
    words = "Latency of the orders on record that succeeded"
    yield _gauge("order_latency_seconds", words, ("kind", "quantile"), latencies)


def _tree(root: Found) -> Iterator[Metric]:
    actors = list(_actors(root))

    def each(what: str) -> Rows:
        return [((str(actor["name"]),), actor["mailbox"][what]) for actor in actors]

    yield _gauge("mailbox_depth", "Messages that wait", ("actor",), each("depth"))
    yield _gauge("mailbox_high_water", "Most messages that ever waited", ("actor",), each("high_water"))
    yield _gauge("mailbox_capacity", "Messages that may wait", ("actor",), each("capacity"))
    restarts = [((str(actor["name"]),), actor["restarts"]) for actor in actors]
    yield _counter("actor_restarts", "Incarnations after the first", ("actor",), restarts)
    running = [((str(actor["name"]),), actor["state"] == "running") for actor in actors]
    yield _gauge("actor_running", "Whether the actor is running", ("actor",), running)


def _actors(row: Found) -> Iterator[Found]:
    yield row
    for child in row.get("children", ()):
        yield from _actors(child)


def _token(token: Found) -> Iterator[Metric]:
    states = [((state,), token["state"] == state) for state in TOKEN_STATES]
    yield _gauge("token_state", "1 for the state that the access token is in", ("state",), states)
    yield _gauge("token_expires_in_seconds", "How long the token is good for", (), [((), token["expires_in_s"])])
    yield _counter("token_fetches", "Logins", (), [((), token["fetches"])])


def _budget(budget: Found) -> Iterator[Metric]:
    yield _gauge("budget_allowed", "Requests to Genesys allowed a minute", (), [((), budget["allowed"])])
    yield _gauge("budget_used", "Of these, used in the last minute", (), [((), budget["used"])])
    queue = [((priority,), number) for priority, number in budget["queue"].items()]
    yield _gauge("budget_queue", "REST calls that wait", ("priority",), queue)
    circuits = [((route,), state != "closed") for route, state in budget["circuits"].items()]
    yield _gauge("circuit_open", "Whether the circuit of a route is not closed", ("route",), circuits)


def _streams(measured: Found) -> Iterator[Metric]:
    protocols = [((protocol,), number) for protocol, number in measured["protocols"].items()]
    yield _gauge("streams", "Live audio streams", ("protocol",), protocols)
    for name, words in STREAM_TOTALS.items():
        yield _counter(f"stream_{name}", words, (), [((), measured[name])])
    yield _gauge("stream_buffered", "Chunks of audio that wait for the service", (), [((), measured["buffered"])])
    lags = [((which,), milliseconds / 1000) for which, milliseconds in measured["lag_ms"].items()]
    yield _gauge(
        "stream_lag_seconds", "How long audio waits to be sent to the service, 0 when none does", ("of",), lags
    )
    workers = measured["workers"]
    for name, words in WORKERS.items():
        rows = [((row["name"],), row[name]) for row in workers]
        yield _gauge(f"media_worker_{name}", words, ("worker",), rows)
    for name, words in WORKER_TOTALS.items():
        rows = [((row["name"],), row[name]) for row in workers]
        yield _counter(f"media_worker_{name}", words, ("worker",), rows)


def _assist(actor: Found) -> Iterator[Metric]:
    facts = actor["facts"]
    for name, (fact, words) in SLOTS.items():
        yield _gauge(f"assist_{name}", words, (), [((), facts[fact])])
    if facts["adaptive"] is not None:
        words = "Times that the adaptive limit fell since the actor's start"
        yield _counter("assist_limit_decreases", words, (), [((), facts["adaptive"]["decreases"])])


def _webhooks(actor: Found) -> Iterator[Metric]:
    facts = actor["facts"]
    tries = [((end,), facts.get(end, 0)) for end in TRIES]
    yield _counter("webhook_tries", "Tries to deliver a webhook since the actor's start", ("end",), tries)
    yield _gauge("webhooks_under_way", "Webhooks that are being sent at this moment", (), [((), facts["under_way"])])


SLOTS = {
    "limit": ("max_in_flight", "Actions that may be with the engine now"),
    "tenant_limit": ("tenant_limit", "The tenant's limit, under which the limit may adapt"),
    "in_flight": ("in_flight", "Actions that are with the engine"),
    "waiting": ("waiting", "Actions that wait for a slot"),
}
TRIES = ("delivered", "retried", "dead")
STREAM_TOTALS = {
    "opened": "Audio streams that have begun",
    "closed": "Audio streams that have ended",
    "frames": "Frames of audio that arrived",
    "gaps": "Breaks in sequences of frames",
    "repeats": "Frames that came again or late",
    "malformed": "Frames that could not be read",
    "dropped": "Chunks of audio that the service never got",
}
WORKERS = {
    "up": "Whether the audio worker's process runs and reports",
    "calls": "Calls that the process has",
    "busy": "Share of its core since its last report",
}
WORKER_TOTALS = {
    "refused": "Calls refused since the process started",
    "lost_events": "Events that the process could not tell since it started",
    "faults": "Calls that ended by a fault of the gateway's own since the process started",
}
FAMILIES = {
    "gateway.status": _status,
    "gateway.tree": _tree,
    "audit.metrics": _orders,
    "token.status": _token,
    "budget.show": _budget,
    "stream.metrics": _streams,
    ASSIST: _assist,
    WEBHOOKS: _webhooks,
}
