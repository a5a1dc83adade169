"""Every trap of pykka's that the base closes: with real threads where they are the point."""

import threading
from typing import Any

import pykka
import pytest
from pykka import Actor, ActorRegistry

from actors.address import ask
from actors.base import ActorFailed, GatewayActor, Seat, incarnate
from actors.reply import Reply
from messages.supervision import Crashed, Describe, Elapsed, Shutdown, Started, Stopped
from tests.kit import Stage
from tests.living import DEADLINE_S, Gate, House


class Crash:
    """Raise `error` when handled."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Echo(GatewayActor[Any]):
    """Answers what it is asked, and writes down what befalls it."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat)
        self.log: list[Any] = []

    def started(self) -> None:
        self.log.append("started")

    def handle(self, message: Any) -> Any:
        self.log.append(message)
        match message:
            case Crash():
                raise message.error
            case Gate():
                message.wait()
            case "finish":
                self.finish()
        return (message, self.seat.incarnation)

    def stopped(self) -> None:
        self.log.append("stopped")

    def release(self) -> None:
        self.log.append("released")

    def facts(self) -> dict[str, int]:
        return {"heard": len(self.log)}


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


# --- crashes, in every phase ---------------------------------------------------------------------------------


def test_a_crash_in_a_tell_is_reported_with_the_type_of_the_message() -> None:
    house = House()
    actor, address = house.live(Echo)
    address.tell(Crash(LookupError("no such thing")))
    house.watch.hear(Started)
    report = house.watch.hear(Crashed)
    assert report == Crashed(child="a", incarnation=1, error="LookupError: no such thing", message="Crash")
    assert "released" in actor.log  # type: ignore[attr-defined]
    assert "stopped" not in actor.log  # type: ignore[attr-defined]


def test_a_crash_in_an_ask_kills_too_and_the_asker_hears_of_it() -> None:
    house = House()
    _, address = house.live(Echo)
    with pytest.raises(ActorFailed, match="a failed: LookupError: no such thing") as caught:
        ask(address, Crash(LookupError("no such thing")))
    assert isinstance(caught.value.__cause__, LookupError)
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).error == "LookupError: no such thing"


def test_a_crash_in_started_is_reported() -> None:
    class Stillborn(Echo):
        def started(self) -> None:
            raise LookupError("no port")

    house = House()
    house.live(Stillborn)
    report = house.watch.hear(Crashed)
    assert (report.error, report.message) == ("LookupError: no port", "Begin")


def test_a_crash_in_the_constructor_is_reported() -> None:
    class Unborn(Echo):
        def __init__(self, seat: Seat) -> None:
            raise LookupError("no setting")

    house = House()
    assert incarnate(Unborn, house.seat("a")) is None
    assert house.watch.hear(Crashed).error == "LookupError: no setting"


def test_a_crash_in_stopped_is_reported() -> None:
    class Sulking(Echo):
        def stopped(self) -> None:
            raise LookupError("not yet")

    house = House()
    _, address = house.live(Sulking)
    address.urge(Shutdown())
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).message == "Shutdown"


def test_a_crash_in_release_does_not_hide_the_report() -> None:
    class Clinging(Echo):
        def release(self) -> None:
            raise OSError("will not close")

    house = House()
    _, address = house.live(Clinging)
    address.tell(Crash(LookupError("first")))
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).error == "LookupError: first"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_an_exit_in_one_actor_stops_that_actor_only(error: BaseException) -> None:
    house = House()
    _, doomed = house.live(Echo, "doomed")
    _, bystander = house.live(Echo, "bystander")
    with pytest.raises(ActorFailed):
        ask(doomed, Crash(error))
    assert ask(bystander, "hello") == ("hello", 1)
    house.watch.hear(Started)
    house.watch.hear(Started)
    assert house.watch.hear(Crashed).child == "doomed"


def test_a_message_it_does_not_take_is_a_crash() -> None:
    house = House()
    _, address = house.live(GatewayActor)
    with pytest.raises(ActorFailed, match="GatewayActor does not take str"):
        ask(address, "hello")


def test_a_reply_completed_by_somebody_else_does_not_kill_the_actor() -> None:
    house, gate = House(), Gate()
    _, address = house.live(Echo)
    reply = address.request(gate)
    gate.await_arrival()
    reply.set("from outside")
    reply.fail(LookupError("from outside too"))
    gate.open()
    assert ask(address, "still there?") == ("still there?", 1)
    assert reply.get(timeout=0) == "from outside"


def test_the_message_it_crashed_on_is_a_dead_letter_and_its_own_tick_is_not() -> None:
    house = House()
    _, address = house.live(Echo)
    fatal = Crash(LookupError())
    address.tell(fatal)
    house.watch.hear(Started)
    house.watch.hear(Crashed)
    assert house.dead == [("a", fatal, "its receiver crashed on it")]


# --- restarts ------------------------------------------------------------------------------------------------


def test_two_thousand_asks_behind_a_crashing_message_are_answered_by_the_next_incarnation() -> None:
    house, gate = House(), Gate()
    _, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    address.tell(Crash(LookupError()))
    replies = [address.request(number) for number in range(2_000)]
    gate.open()
    house.watch.hear(Started)
    house.watch.hear(Crashed)
    house.live(Echo)
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [(number, 2) for number in range(2_000)]


@pytest.mark.usefixtures("small_switch_interval")
def test_of_three_hundred_asks_racing_a_stop_none_stays_unanswered() -> None:
    answered = refused = 0
    for _ in range(300):
        house = House()
        _, address = house.live(Echo)
        asking = [Asker(address) for _ in range(3)]
        for asker in asking:
            asker.start()
        address.urge(Shutdown())
        house.watch.hear(Started)
        house.watch.hear(Stopped)
        house.directory.forget("a")
        for asker in asking:
            asker.join(DEADLINE_S)
            answered += asker.outcomes.count("answered")
            refused += asker.outcomes.count("refused")
    assert answered + refused == 300 * 3 * 10
    assert refused > 0


class Asker(threading.Thread):
    """Asks ten times, and notes what became of each."""

    def __init__(self, address: Any) -> None:
        super().__init__(daemon=True)
        self._address = address
        self.outcomes: list[str] = []

    def run(self) -> None:
        replies: list[Reply] = [self._address.request(number) for number in range(10)]
        for reply in replies:
            try:
                reply.get(timeout=DEADLINE_S)
                self.outcomes.append("answered")
            except pykka.ActorDeadError:
                self.outcomes.append("refused")


def test_a_timer_of_a_dead_incarnation_never_reaches_its_successor() -> None:
    stage = Stage()
    first = Ticking(stage.seat("a", incarnation=1))
    stage.play(first)
    stale = first.ring_by_hand()
    first.abandon()
    second = Ticking(Seat(**{**seat_fields(first.seat), "incarnation": 2}))
    stage.play(second)
    second.address.tell_elapsed(stale)
    second.address.tell_elapsed(Elapsed(incarnation=2, key="tick", turn=99, message="tick"))
    stage.run()
    assert second.ticks == 0
    stage.advance(1.0)
    assert second.ticks == 1


def seat_fields(seat: Seat) -> dict[str, Any]:
    return {name: getattr(seat, name) for name in Seat.__slots__}


class Ticking(GatewayActor[str]):
    def __init__(self, seat: Seat) -> None:
        super().__init__(seat)
        self.ticks = 0

    def started(self) -> None:
        self.after(1.0, "tick", key="tick")

    def handle(self, message: str) -> None:
        if message == "again":
            self.after(1.0, "tick", key="tick")
        elif message == "never":
            self.cancel("tick")
        else:
            self.ticks += 1

    def ring_by_hand(self) -> Elapsed:
        return self._alarms["tick"].elapsed


def test_setting_a_timer_again_replaces_it_even_when_the_first_has_already_rung() -> None:
    stage = Stage()
    actor = Ticking(stage.seat("a"))
    stage.play(actor)
    actor.address.tell("again")
    actor.address.tell_elapsed(actor.ring_by_hand())
    stage.run()
    assert actor.ticks == 0
    stage.advance(1.0)
    assert actor.ticks == 1


def test_a_cancelled_timer_never_rings() -> None:
    stage = Stage()
    actor = Ticking(stage.seat("a"))
    stage.play(actor)
    actor.address.tell("never")
    actor.address.tell("never")
    stage.advance(10.0)
    assert actor.ticks == 0


# --- being abandoned -----------------------------------------------------------------------------------------


def test_an_abandoned_incarnation_that_wakes_up_takes_no_message_and_reports_nothing() -> None:
    house, gate = House(), Gate()
    old, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    replies = [address.request(number) for number in range(100)]
    old.abandon()
    house.live(Echo)
    gate.open()
    assert [reply.get(timeout=DEADLINE_S) for reply in replies] == [(number, 2) for number in range(100)]
    house.watch.hear(Started)
    house.watch.hear(Started)
    ask(address, "has all been said?")
    assert house.watch.heard_nothing_more()
    assert old.log == ["started", gate, "released", *old.log[3:]]  # type: ignore[attr-defined]


def test_an_abandoned_incarnation_that_waits_for_messages_ends() -> None:
    released = threading.Event()

    class Idle(Echo):
        def release(self) -> None:
            if threading.current_thread().name == "a#1":
                released.set()

    house = House()
    actor, _ = house.live(Idle)
    house.watch.hear(Started)
    actor.abandon()
    assert released.wait(DEADLINE_S), "its own thread lets go once more of what it may have opened since"


def test_one_abandoned_before_it_began_never_begins() -> None:
    house = House()
    actor = Echo(house.seat("a"))
    actor.abandon()
    actor.on_start()
    assert actor.log == ["released"]


def test_a_thread_that_hangs_can_be_shown() -> None:
    house, gate = House(), Gate()
    actor, address = house.live(Echo)
    address.tell(gate)
    gate.await_arrival()
    assert "message.wait()" in actor.stack()
    gate.open()


def test_one_without_a_thread_shows_nothing() -> None:
    assert Echo(House().seat("a")).stack() == ""


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
