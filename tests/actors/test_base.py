"""Every trap of pykka's that the base closes: with real threads where they are the point."""

from typing import Any

import pytest
from pykka import Actor, ActorRegistry

from actors.address import ask
from actors.base import GatewayActor
from actors.reply import Reply
from messages.supervision import Crashed, Describe, Shutdown, Started, Stopped
from tests.actors.echo import Echo
from tests.living import DEADLINE_S, Gate, House

# --- a life --------------------------------------------------------------------------------------------------


def test_an_incarnation_reports_that_it_has_started_and_answers() -> None:
    house = House()
    _, address = house.live(Echo)
    assert house.watch.hear(Started) == Started(child="a", incarnation=1)
    assert ask(address, "hello") == ("hello", 1)


def test_shutdown_overtakes_what_waits_and_leaves_it_there() -> None:
    house, gate = House(), Gate()
    actor, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    for number in range(10_000 - 1):
        address.tell(number)
    address.urge(Shutdown())
    gate.open()
    house.watch.hear(Started)
    assert house.watch.hear(Stopped) == Stopped(child="a", incarnation=1)
    assert actor.log[1:] == [gate, "stopped"]  # type: ignore[attr-defined]
    assert [address.mailbox.get_nowait().message for _ in range(10_000 - 1)] == list(range(10_000 - 1))  # type: ignore[union-attr]


def test_an_actor_whose_work_is_done_finishes() -> None:
    house = House()
    _, address = house.live(Echo)
    address.tell("finish")
    house.watch.hear(Started)
    assert house.watch.hear(Stopped) == Stopped(child="a", incarnation=1, finished=True)


def test_a_shutdown_meant_for_a_dead_incarnation_does_not_stop_its_successor() -> None:
    house = House()
    seat = house.seat("a")
    seat.address.urge(Shutdown(incarnation=seat.incarnation))
    _, address = house.live(Echo)
    assert ask(address, "hello") == ("hello", 2)


def test_no_registry_of_pykka_knows_it() -> None:
    house = House()
    house.live(Echo)
    house.watch.hear(Started)
    assert ActorRegistry.get_all() == []


# --- being described -----------------------------------------------------------------------------------------


def test_it_describes_itself() -> None:
    house = House()
    _, address = house.live(Echo)
    description = ask(address, Describe())
    assert (description.name, description.kind, description.incarnation) == ("a", "Echo", 1)
    assert description.facts == {"heard": 1}


class Poster(GatewayActor[str]):
    """Posts what it is told; crashes on `crash`."""

    def handle(self, message: str) -> None:
        if message == "crash":
            raise ZeroDivisionError
        self.post(lambda: message)


@pytest.mark.parametrize("end", ["crash", "shutdown", "abandoned"])
def test_what_an_incarnation_posted_is_there_until_the_next_notice_or_its_end(end: str) -> None:
    house = House()
    actor, address = house.live(Poster)
    for news in ("one", "two"):
        ask(address, news)
    assert address.notice is not None
    assert address.notice() == "two"
    if end == "crash":
        address.tell("crash")
    elif end == "shutdown":
        address.urge(Shutdown())
    else:
        actor.abandon()
    if end != "abandoned":
        house.watch.hear(Started)
        house.watch.hear(Crashed if end == "crash" else Stopped)
    assert address.notice is None


def test_an_incarnation_that_is_over_takes_down_no_notice_of_its_successor() -> None:
    house = House()
    first, address = house.live(Poster)
    ask(address, "of the first")
    second, _ = house.live(Poster)
    second.post(lambda: "of the second")
    first.abandon()
    first.post(lambda: "too late")
    assert address.notice is not None
    assert address.notice() == "of the second"


def test_an_actor_answers_later_by_returning_a_reply() -> None:
    later = Reply()

    class Slow(Echo):
        def handle(self, message: Any) -> Any:
            return later if message == "question" else later.set("answer")

    house = House()
    _, address = house.live(Slow)
    reply = address.request("question")
    address.tell("now")
    assert reply.get(timeout=DEADLINE_S) == "answer"


# --- what of pykka's it leans on -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "_actor_loop",
        "_actor_loop_setup",
        "_actor_loop_running",
        "_create_actor_inbox",
        "_create_future",
        "_start_actor_loop",
        "_handle_receive",
    ],
)
def test_the_names_we_use_of_pykka_exist(name: str) -> None:
    assert callable(getattr(Actor, name))


def test_pykka_stores_what_its_factory_makes_as_the_inbox() -> None:
    actor = Echo(House().seat("a"))
    assert actor.actor_inbox is actor.actor_ref.actor_inbox
