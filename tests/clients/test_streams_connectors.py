"""The connector threads: few, lazy, paced, bounded, and not to be killed by a job."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from clients.streams.connectors import Connectors
from rules.pacing import Pace, pace
from tests.clients.stream_peers import LIMIT_S, wait_for

Action = Callable[[], None]
FAST = pace(10_000.0)
ONCE_AN_HOUR = Pace(per_s=1 / 3600, burst=1)


def connectors(*, most: int = 4, kept: Pace = FAST, bound: int = 100) -> Connectors[Action]:
    return Connectors(lambda job: job(), most=most, pace=kept, bound=bound, name="test-connect")


def test_does_all_jobs_in_order_on_one_thread_if_one_is_enough() -> None:
    pool, done = connectors(most=1), SimpleQueue[int]()
    for number in range(50):
        assert pool.put(lambda number=number: done.put(number))  # type: ignore[misc]
    assert [done.get(timeout=LIMIT_S) for _ in range(50)] == list(range(50))
    pool.stop()


def test_a_job_that_blocks_does_not_hold_up_the_next() -> None:
    pool, release, done = connectors(most=2), threading.Event(), threading.Event()
    pool.put(lambda: wait_for(release))
    pool.put(done.set)
    wait_for(done)
    release.set()
    pool.stop()


def test_no_more_threads_than_allowed() -> None:
    pool, release = connectors(most=3), threading.Event()
    names: SimpleQueue[str] = SimpleQueue()

    def job() -> None:
        names.put(threading.current_thread().name)
        wait_for(release)

    for _ in range(10):
        pool.put(job)
    busy = {names.get(timeout=LIMIT_S) for _ in range(3)}
    assert len(busy) == 3
    assert pool.waiting() == 7
    release.set()
    assert {names.get(timeout=LIMIT_S) for _ in range(7)} <= busy
    pool.stop()


def test_keeps_the_pace_and_stops_without_waiting_for_it() -> None:
    pool, done = connectors(kept=ONCE_AN_HOUR), SimpleQueue[str]()
    pool.put(lambda: done.put("first"))
    pool.put(lambda: done.put("second"))
    assert done.get(timeout=LIMIT_S) == "first"
    assert pool.waiting() == 1
    pool.stop()
    assert pool.waiting() == 0
    assert done.empty()


def test_refuses_beyond_its_bound_and_after_the_stop() -> None:
    pool, started, release = connectors(most=1, bound=2), threading.Event(), threading.Event()

    def job() -> None:
        started.set()
        wait_for(release)

    pool.put(job)
    wait_for(started)
    assert [pool.put(started.set) for _ in range(3)] == [True, True, False]
    pool.stop()
    assert not pool.put(started.set)
    release.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_dies_takes_only_its_thread_along() -> None:
    pool, done, dead = connectors(most=1), threading.Event(), SimpleQueue[threading.Thread]()

    def dies() -> None:
        dead.put(threading.current_thread())
        raise RuntimeError("a bug")

    for job in (dies, dies, done.set):
        pool.put(job)
    wait_for(done)
    for _ in range(2):
        dead.get(timeout=LIMIT_S).join(LIMIT_S)
    pool.stop()
