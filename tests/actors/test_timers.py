import threading
import time
from queue import SimpleQueue

import pytest

from actors.timers import TimerThread
from messages.supervision import Elapsed
from tests.living import DEADLINE_S, ringing


class HandClock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def elapsed(key: str) -> Elapsed:
    return Elapsed(incarnation=1, key=key, turn=1, message=key)


def real() -> TimerThread:
    return TimerThread(lambda: 0.0)


def test_alarms_ring_in_the_order_they_fall_due() -> None:
    clock = HandClock()
    timers, rung = TimerThread(clock), SimpleQueue[Elapsed]()
    for key, delay_s in (("late", 3.0), ("early", 1.0), ("middle", 2.0), ("at once", -1.0)):
        timers.set(delay_s, rung.put, elapsed(key))
    clock.now_s = 5.0
    with ringing(timers):
        keys = [rung.get(timeout=DEADLINE_S).key for _ in range(4)]
    assert keys == ["at once", "early", "middle", "late"]


def test_an_alarm_waits_for_its_time() -> None:
    clock = HandClock()
    timers, rung = TimerThread(clock), SimpleQueue[Elapsed]()
    with ringing(timers):
        timers.set(1_000.0, rung.put, elapsed("not yet"))
        timers.set(0.0, rung.put, elapsed("now"))
        assert rung.get(timeout=DEADLINE_S).key == "now"
    assert timers.pending() == 1


def test_an_earlier_alarm_wakes_the_thread_that_waits_for_a_later_one() -> None:
    timers, rung = real(), SimpleQueue[Elapsed]()
    with ringing(timers):
        timers.set(1_000.0, rung.put, elapsed("later"))
        timers.set(0.0, rung.put, elapsed("sooner"))
        assert rung.get(timeout=DEADLINE_S).key == "sooner"


def test_an_alarm_further_off_than_the_system_can_wait_holds_up_no_other() -> None:
    timers, rung = TimerThread(time.monotonic), SimpleQueue[Elapsed]()
    with ringing(timers):
        timers.set(1e12, rung.put, elapsed("never"))
        timers.set(0.01, rung.put, elapsed("soon"))
        assert rung.get(timeout=DEADLINE_S).key == "soon"
        timers.set(0.01, rung.put, elapsed("again"))
        assert rung.get(timeout=DEADLINE_S).key == "again"


def test_a_cancelled_alarm_never_rings_and_does_not_hold_up_others() -> None:
    timers, rung = real(), SimpleQueue[Elapsed]()
    timers.set(0.0, rung.put, elapsed("cancelled")).cancel()
    timers.set(0.0, rung.put, elapsed("kept"))
    with ringing(timers):
        assert rung.get(timeout=DEADLINE_S).key == "kept"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_alarms_survive_the_thread_that_rings_them() -> None:
    timers, rung = real(), SimpleQueue[Elapsed]()

    def break_down(alarm: Elapsed) -> None:
        raise LookupError("nobody there")

    timers.set(0.0, break_down, elapsed("fatal"))
    timers.set(0.0, rung.put, elapsed("survivor"))
    first = threading.Thread(target=timers.run)
    first.start()
    first.join(DEADLINE_S)
    assert timers.pending() == 1
    with ringing(timers):
        assert rung.get(timeout=DEADLINE_S).key == "survivor"


def test_a_second_thread_takes_over_from_the_first() -> None:
    timers, rung = real(), SimpleQueue[str]()
    first = threading.Thread(target=timers.run, daemon=True)
    first.start()
    timers.set(0.0, lambda _: rung.put(threading.current_thread().name), elapsed("a"))
    assert rung.get(timeout=DEADLINE_S) == first.name
    with ringing(timers):
        first.join(DEADLINE_S)
        assert not first.is_alive()
        timers.set(0.0, lambda _: rung.put(threading.current_thread().name), elapsed("b"))
        assert rung.get(timeout=DEADLINE_S) != first.name


def test_closed_it_rings_nothing_until_it_is_opened_again() -> None:
    timers, rung = real(), SimpleQueue[Elapsed]()
    timers.set(0.0, rung.put, elapsed("a"))
    timers.close()
    timers.run()
    assert rung.empty()
    timers.open()
    with ringing(timers):
        assert rung.get(timeout=DEADLINE_S).key == "a"
