"""Transfers end to end: control socket, journal, look-up, ping, frame, answer, outcome; and how fast status answers.

The gateway runs as it does for operators, in a process of its own, against the simulator in another; both and the load
share all cores. It keeps to one core at a time; in one row the system places its threads instead; in the last row it
has its core to itself, and everything else has the others.
"""

import threading
import time
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.gateway import Wire, gateway
from benchmarks.table import percentile, show

WORKERS = {"SWITCHBOARD_REST__WORKERS": "32"}
IN_FLIGHT, ORDERS = 500, 3_000
ONE, ANY, OWN = "one", "any", "one of its own"
SCENES = ((0, None, 1, ONE), (50, None, 1, ONE), (50, 300.0, 3, ANY), (50, 300.0, 3, ONE), (50, 300.0, 3, OWN))
"""The far side's latency in ms, orders offered a second (None: as they end), runs, on which core."""


class Watch(threading.Thread):
    """Asks for gateway.status over and over while the transfers run."""

    def __init__(self, path: str) -> None:
        super().__init__(daemon=True)
        self.took_ms: list[float] = []
        self.over = threading.Event()
        self._wire = Wire(path)

    def run(self) -> None:
        while not self.over.wait(0.01):
            began = time.perf_counter()
            self._wire.write(1, "gateway.status")
            self._wire.read()
            self.took_ms.append((time.perf_counter() - began) * 1000)


class Load:
    """Gives ORDERS orders on one connection and takes their outcomes; `per_s` None: as fast as they end."""

    def __init__(self, path: str, per_s: float | None) -> None:
        self._wire, self._per_s = Wire(path), per_s
        self._free = threading.Semaphore(IN_FLIGHT)
        self._sent_at: dict[int, float] = {}
        self.took_ms: list[float] = []
        self.ends: dict[str, int] = {}

    def run(self) -> float:
        """Orders a second."""
        began = time.perf_counter()
        giver = threading.Thread(target=self._give, daemon=True)
        giver.start()
        for _ in range(ORDERS):
            self._take(self._wire.read())
            self._free.release()
        giver.join()
        return ORDERS / (time.perf_counter() - began)

    def _give(self) -> None:
        due = time.perf_counter()
        for number in range(ORDERS):
            self._free.acquire()
            if self._per_s is not None:
                due += 1 / self._per_s
                time.sleep(max(0.0, due - time.perf_counter()))
            self._sent_at[number] = time.perf_counter()
            uri = "genesys://user/agent-1"
            self._wire.write(number, "transfer.start", interaction_id=f"i-{number}", destination_uri=uri)

    def _take(self, answer: dict[str, object]) -> None:
        self.took_ms.append((time.perf_counter() - self._sent_at[int(str(answer["id"]))]) * 1000)
        result = answer.get("result")
        status = str(result["status"]) if isinstance(result, dict) else str(answer.get("error"))
        self.ends[status] = self.ends.get(status, 0) + 1


class Run:
    """One load from its first order to its last outcome, with a watch beside it."""

    def __init__(self, path: str, per_s: float | None) -> None:
        load, watch = Load(path, per_s), Watch(path)
        watch.start()
        self.reached = load.run()
        watch.over.set()
        watch.join()
        self.ends, self.took_ms, self.status_ms = load.ends, load.took_ms, watch.took_ms


def row(latency_ms: float, per_s: float | None, runs: int, core: str) -> tuple[object, ...]:
    """Of several runs the median of each figure, and the best p50 of gateway.status."""
    wishes = {"answer_latency_ms": latency_ms, "rest_latency_ms": latency_ms}
    one_core = "off" if core == ANY else "on"
    with (
        TemporaryDirectory() as folder,
        gateway(folder, WORKERS | {"SWITCHBOARD_ONE_CORE": one_core}, wishes, apart=core == OWN) as running,
    ):
        done = [Run(running.path, per_s) for _ in range(runs)]
    status_p50_ms = [percentile(run.status_ms, 0.5) for run in done]
    return (
        f"{latency_ms:g} ms",
        f"{per_s:g}/s" if per_s else "all at once",
        core,
        median(run.reached for run in done),
        " ".join(f"{number} {status}" for status, number in done[-1].ends.items()),
        median(percentile(run.took_ms, 0.5) for run in done),
        median(percentile(run.took_ms, 0.99) for run in done),
        median(status_p50_ms),
        min(status_p50_ms),
        median(percentile(run.status_ms, 0.99) for run in done),
    )


def main() -> None:
    """One table: as fast as they end with and without latency, and at the goal's rate."""
    show(
        f"transfers end to end, at most {IN_FLIGHT} in flight, {ORDERS} orders; gateway.status meanwhile",
        ("far side", "offered", "core", "transfers/s", "ends", "p50 ms", "p99 ms", "status p50", "best", "status p99"),
        [row(*scene) for scene in SCENES],
    )


if __name__ == "__main__":
    main()
