import threading
from queue import SimpleQueue

from actors.address import ask
from actors.clock import ClockActor
from messages.supervision import Crashed, Describe, Elapsed, Shutdown, Started, Stopped
from tests.living import DEADLINE_S, House


def alarm(message: object) -> Elapsed:
    return Elapsed(incarnation=1, key="k", turn=1, message=message)


def test_it_rings_everybodys_alarms() -> None:
    house, rung = House(), SimpleQueue[Elapsed]()
    house.live(lambda seat: ClockActor(seat, house.timers), "clock")
    house.timers.set(0.001, rung.put, alarm("tick"))
    assert rung.get(timeout=DEADLINE_S).message == "tick"
    house.timers.close()


def test_when_the_thread_ends_unasked_it_crashes_and_its_successor_rings_the_same_alarms() -> None:
    house, rung = House(), SimpleQueue[Elapsed]()
    house.live(lambda seat: ClockActor(seat, house.timers), "clock")
    house.watch.hear(Started)
    house.timers.close()
    assert "the timer thread ended" in house.watch.hear(Crashed).error
    house.timers.set(0.0, rung.put, alarm("survivor"))
    assert rung.empty()
    house.live(lambda seat: ClockActor(seat, house.timers), "clock")
    assert rung.get(timeout=DEADLINE_S).message == "survivor"
    house.timers.close()


def test_stopping_it_leaves_the_supervisors_above_their_time() -> None:
    house, rung = House(), SimpleQueue[Elapsed]()
    _, address = house.live(lambda seat: ClockActor(seat, house.timers), "clock")
    address.urge(Shutdown())
    house.watch.hear(Started)
    house.watch.hear(Stopped)
    house.timers.set(0.0, rung.put, alarm("patience is over"))
    assert rung.get(timeout=DEADLINE_S).message == "patience is over"
    house.timers.close()


def test_a_restarted_clock_has_one_thread_and_the_old_one_accuses_nobody() -> None:
    house, rung = House(), SimpleQueue[str]()
    for _ in range(3):
        _, address = house.live(lambda seat: ClockActor(seat, house.timers), "clock")
        house.watch.hear(Started)
        house.timers.set(0.0, lambda _: rung.put(threading.current_thread().name), alarm("tick"))
        assert rung.get(timeout=DEADLINE_S) == "timers"
        address.urge(Shutdown())
        house.watch.hear(Stopped)
    house.live(lambda seat: ClockActor(seat, house.timers), "clock")
    house.watch.hear(Started)
    house.timers.close()


def test_it_tells_how_many_alarms_are_set() -> None:
    house = House()
    _, address = house.live(lambda seat: ClockActor(seat, house.timers), "clock")
    house.timers.set(1_000.0, address.tell_elapsed, alarm("much later"))
    assert ask(address, Describe()).facts == {"alarms": 1}
    house.timers.close()
