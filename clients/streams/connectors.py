"""A few threads that do what blocks, at a measured pace, so that the I/O thread never does."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from rules.pacing import Pace

Job = TypeVar("Job")


class Connectors(Generic[Job]):
    """Does `work` on each job in order of arrival, on at most `most` daemon threads, started when they are needed.

    `work` reports its own result, whatever happens in it; what it raises ends its thread, not the pool. All threads
    keep one pace between the starts of `work`.
    """

    def __init__(self, work: Callable[[Job], None], *, most: int, pace: Pace, bound: int, name: str) -> None:
        self._work = work
        self._most = most
        self._pace = pace
        self._bound = bound
        self._name = name
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._threads = 0
        self._busy = 0

    def put(self, job: Job) -> bool:
        """Queue `job`; False when `bound` jobs wait already or after `stop`."""
        with self._changed:
            if self._stopping.is_set() or len(self._jobs) >= self._bound:
                return False
            self._jobs.append(job)
            self._staff()
            self._changed.notify()
        return True

    def stop(self) -> None:
        """Take no more jobs and drop those that wait; work that has begun goes on to its own end."""
        self._stopping.set()
        with self._changed:
            self._jobs.clear()
            self._changed.notify_all()

    def waiting(self) -> int:
        """Jobs whose work has not begun."""
        return len(self._jobs)

    def _staff(self) -> None:
        """See that somebody waits for the next job, if there is one and the pool may grow."""
        if self._jobs and self._busy == self._threads < self._most:
            self._threads += 1
            threading.Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()

    def _run(self) -> None:
        try:
            while (job := self._next()) is not None:
                self._do(job)
        finally:
            with self._changed:
                self._threads -= 1
                self._staff()

    def _do(self, job: Job) -> None:
        try:
            self._work(job)
        finally:
            with self._changed:
                self._busy -= 1

    def _next(self) -> Job | None:
        """The next job when it may start, None after `stop`. One thread waits here, the others behind its lock."""
        with self._turn:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._stopping.is_set())
            self._keep_pace()
            with self._changed:
                if not self._jobs:
                    return None
                self._busy += 1
                job = self._jobs.popleft()
                self._staff()
                return job

    def _keep_pace(self) -> None:
        while not self._stopping.is_set() and (wait_s := self._pace.wait_s(time.monotonic())) > 0:
            self._stopping.wait(wait_s)
        self._pace = self._pace.after(time.monotonic())
