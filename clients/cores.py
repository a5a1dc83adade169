"""The cores of this process: all its threads on one of them, its children on any."""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rules.cores import Spent

STAT = Path("/proc/stat")
THREADS = Path("/proc/self/task")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
OTHERS = 3  # irq, softirq and steal; what guests took is part of user
OF_A_CORE = re.compile(r"cpu\d")


class Cores:
    """Make it before any thread is kept to a core: `allowed` are those on which its maker may run."""

    def __init__(self, stat: Path = STAT) -> None:
        self.allowed = frozenset(os.sched_getaffinity(0))
        self._kept = self.allowed
        self._stat = stat
        self._busy = threading.Lock()

    def keep_to(self, core: int) -> None:
        """Have every thread run on `core`, those too that are started later; OSError where that is not permitted."""
        self._move(frozenset({core}))

    def let_go(self) -> None:
        """Have every thread run wherever the system puts it; where that is not permitted, they all do."""
        with suppress(OSError):
            self._move(self.allowed)

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """What is begun meanwhile by this thread, a process for example, may run on every allowed core."""
        with self._busy:
            if self._kept == self.allowed:
                yield
                return
            os.sched_setaffinity(0, self.allowed)
            try:
                yield
            finally:
                os.sched_setaffinity(0, self._kept)

    def spent(self) -> Spent:
        """What was taken of every allowed core so far; OSError where the system does not tell."""
        try:
            busy = dict(_row(line) for line in self._stat.read_text().splitlines() if OF_A_CORE.match(line))
        except ValueError as error:
            raise OSError(f"{self._stat} makes no sense: {error}") from error
        cores = {core: spent for core, spent in busy.items() if core in self.allowed}
        return Spent(at_s=time.monotonic(), cores=cores, own_s=time.process_time())

    def _move(self, cores: frozenset[int]) -> None:
        """Until there is no thread but those that were moved: others may be begun by such as are not yet."""
        with self._busy:
            self._kept = cores
            moved: set[int] = set()
            while left := {int(task.name) for task in THREADS.iterdir()} - moved:
                for thread in left:
                    with suppress(ProcessLookupError):
                        os.sched_setaffinity(thread, cores)
                moved |= left


def _row(line: str) -> tuple[int, float]:
    """A core, and for how many seconds it was busy. Source: proc_stat(5)."""
    name, user, nice, system, _idle, _iowait, *others = line.split()
    ticks = (user, nice, system, *others[:OTHERS])
    return int(name.removeprefix("cpu")), sum(map(int, ticks)) / TICKS_PER_S
