"""A supervisor stops: in reverse order, in bounded time, whatever a child does."""

from messages.supervision import (
    ChildStarted,
    RestartChild,
    Shutdown,
)
from supervisors.specs import (
    Backoff,
)
from tests.supervisors.puppets import theatre


def test_shutdown_stops_the_last_first() -> None:
    house = theatre("a", "b", "c").open()
    house.take_log()
    house.boss.address.urge(Shutdown())
    house.run()
    assert house.take_log() == ["stop c", "stop b", "stop a"]
    assert house.boss.actor_stopped.is_set()


def test_shutdown_ends_the_wait_of_a_backoff() -> None:
    house = theatre(("a", {"backoff": Backoff(min_s=100.0, max_s=100.0)})).open()
    house.crash("a")
    house.crash("a")
    house.boss.address.urge(Shutdown())
    house.run()
    assert house.boss.actor_stopped.is_set()


def test_a_child_that_does_not_stop_in_time_is_abandoned_and_the_others_still_stop() -> None:
    house = theatre("a", ("b", {"shutdown_s": 3.0}), "c").open()
    house.take_log()
    house.stuck.add("b")
    house.boss.address.urge(Shutdown())
    house.advance(2.9)
    assert house.take_log() == ["stop c"]
    house.advance(0.2)
    assert house.take_log() == ["stop a"]
    assert house.released == ["b"]
    assert house.child("b").abandoned == 1
    assert house.boss.actor_stopped.is_set()


def test_an_abandoned_child_that_wakes_up_later_takes_and_tells_nothing() -> None:
    house = theatre(("a", {"shutdown_s": 3.0})).open()
    house.stuck.add("a")
    reply = house.boss.address.request(RestartChild(name="a"))
    house.advance(3.1)
    late = house.pool.turns[0]
    asked = house.directory.address("a").request("hello")
    late()
    assert house.child("a").state == "starting", "the late one's end is not the new one's"
    house.stuck.clear()
    house.run()
    assert reply.get(timeout=0) == ChildStarted(name="a", incarnation=2)
    assert asked.get(timeout=0) == ("hello", 2)


def test_shutdown_during_an_escalation_ends_it_as_a_stop() -> None:
    house = theatre("a", "b", intensity=0).open()
    house.stuck.add("b")
    house.crash("a")
    house.boss.address.urge(Shutdown())
    house.stuck.clear()
    house.run()
    assert house.boss.actor_stopped.is_set()


def test_a_failing_supervisor_cuts_its_children_off() -> None:
    house = theatre("a", "b").open()
    house.boss.release()
    assert house.released == ["a", "b"]
    house.run()
    assert house.log == ["start a", "start b"], "nobody is told to stop politely"
