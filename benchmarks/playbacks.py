"""Prompts in flight, each in an interaction of its own with its own event session: how many end well, at which CPU.

The gateway runs as it does for operators, in a process of its own, against the simulator in another.
"""

import time
from tempfile import TemporaryDirectory

from benchmarks.gateway import Wire, gateway
from benchmarks.table import percentile, show

IN_FLIGHT = 100


class Load:
    """Gives `prompts` orders, IN_FLIGHT of them under way at any time, one in each interaction."""

    def __init__(self, path: str, prompts: int) -> None:
        self._wire, self._prompts = Wire(path), prompts
        self.to_playing_ms: list[float] = []
        self.ends: dict[str, int] = {}

    def run(self) -> float:
        """The seconds that it took."""
        began = time.perf_counter()
        for number in range(IN_FLIGHT):
            self._give(number)
        for given in range(IN_FLIGHT, self._prompts + IN_FLIGHT):
            ended = self._take(self._wire.read())
            if given < self._prompts:
                self._give(ended + IN_FLIGHT)
        return time.perf_counter() - began

    def _give(self, number: int) -> None:
        """The interaction is that of the order whose place this one takes."""
        interaction_id = f"i-{number % IN_FLIGHT}"
        self._wire.write(number, "playback.play", interaction_id=interaction_id, prompt_key="welcome")

    def _take(self, answer: dict[str, object]) -> int:
        result = answer.get("result")
        status = str(result["status"]) if isinstance(result, dict) else str(answer.get("error"))
        self.ends[status] = self.ends.get(status, 0) + 1
        if isinstance(result, dict) and result["to_playing_ms"] is not None:
            self.to_playing_ms.append(float(result["to_playing_ms"]))
        return int(str(answer["id"]))


def measure(prompt_s: float, prompts: int) -> tuple[object, ...]:
    """One row."""
    wishes = {"playback_completed_ms": prompt_s * 1000}
    with TemporaryDirectory() as folder, gateway(folder, {}, wishes) as running:
        load, cpu_s = Load(running.path, prompts), running.cpu_s()
        took_s = load.run()
        cores = (running.cpu_s() - cpu_s) / took_s
        return (
            f"{prompt_s:g} s",
            prompts,
            prompts / took_s,
            " ".join(f"{number} {status}" for status, number in load.ends.items()),
            running.count("subscriptions.total"),
            running.count("events.sent"),
            percentile(load.to_playing_ms, 0.5),
            percentile(load.to_playing_ms, 0.99),
            cores,
        )


def main() -> None:
    """One table: prompts as short as they come, and of a length that is usual."""
    show(
        f"prompts end to end, {IN_FLIGHT} in flight, one event session each; playing comes 25 ms after the request",
        ("prompt", "prompts", "per s", "ends", "event sessions", "events", "playing p50 ms", "p99 ms", "cores"),
        [measure(0.1, 3_000), measure(2, 500), measure(10, 100)],
    )


if __name__ == "__main__":
    main()
