"""From a process's start to what it was started for: the gateway's ready line, switchboardctl's help."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.table import show
from simulator.process import SimulatorProcess
from simulator.surroundings import environment

RUNS = 7
ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
READY = b": ready"
STOP_S = 30


def command_ms(*words: str) -> float:
    """Milliseconds until a program has ended."""
    began = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def ready_ms(surroundings: Mapping[str, str], *arguments: str) -> float:
    """Milliseconds until a gateway says that it is ready; it is killed then. SystemExit when it never is."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *arguments], env=surroundings, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    with child:
        for line in child.stderr:
            if READY in line:
                took_ms = (time.perf_counter() - began) * 1000
                child.kill()
                child.communicate(timeout=STOP_S)  # the children write there too: until the last one has ended
                return took_ms
    raise SystemExit(f"the gateway did not come up: exit code {child.returncode}")


def first_ms(surroundings: Mapping[str, str], *arguments: str) -> float:
    """The same with a data directory that holds nothing yet."""
    with TemporaryDirectory() as folder:
        return ready_ms({**surroundings, "SWITCHBOARD_DATA_DIR": folder}, *arguments)


def house(folder: str) -> dict[str, str]:
    """The environment of a gateway that disturbs no other."""
    return {
        **os.environ,
        "SWITCHBOARD_DATA_DIR": folder,
        "SWITCHBOARD_HTTP_LISTEN": "127.0.0.1:0",
        "SWITCHBOARD_MEDIA_LISTEN": "127.0.0.1:0",
    }


@contextmanager
def far_side(surroundings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """`surroundings` with a Genesys that is up already."""
    with SimulatorProcess() as box:
        yield {**surroundings, **environment(box)}


def row(what: str, measure: Callable[[], float]) -> tuple[object, ...]:
    """The median and the range of RUNS runs, after one that does not count."""
    measure()
    took_ms = [measure() for _ in range(RUNS)]
    return what, median(took_ms), min(took_ms), max(took_ms)


def main() -> None:
    """One table."""
    with TemporaryDirectory() as folder, far_side(house(folder)) as beside:
        alone = house(folder)
        rows = [
            row("switchboardctl --help", partial(command_ms, str(BIN / "switchboardctl"), "--help")),
            row("switchboard, ready", partial(ready_ms, beside)),
            row("switchboard --simulate, ready", partial(ready_ms, alone, "--simulate")),
            row("switchboard --simulate, ready, new journal", partial(first_ms, alone, "--simulate")),
        ]
    show(f"from a process's start, median of {RUNS} runs", ("what", "ms", "least", "most"), rows)


if __name__ == "__main__":
    main()
