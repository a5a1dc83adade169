"""The base of every actor: the one place, with mailbox and pool, that knows what pykka does and does not.

Any unexpected exception, in whatever phase and of whatever class, ends the incarnation and reaches its supervisor as
Crashed; pykka alone loses those of an ask, of on_start and of SystemExit. Source: docs/architecture.md, "pykka".
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, NoReturn, Protocol, TypeVar

import pykka

from actors.address import Address
from actors.mailbox import DeadLetterOffice, Mailbox
from actors.reply import Reply
from actors.timers import Alarm, Timers
from messages.base import Json
from messages.supervision import (
    Begin,
    Crashed,
    Describe,
    Description,
    Elapsed,
    FromActor,
    Internal,
    Shutdown,
    Started,
    Stopped,
)

P = TypeVar("P", contravariant=True)
INTERNAL = frozenset({Begin, Describe, Elapsed, Shutdown})


class ActorFailed(RuntimeError):  # noqa: N818 - a fact
    """What an asker hears whose message crashed the actor; the cause is its `__cause__`."""


class Superior(Protocol):
    """Whoever hears how an incarnation fares; told in the control lane."""

    def urge(self, message: FromActor) -> None:
        """Leave `message` ahead of everything else."""


class World(Protocol):
    """Time, chance and identity, handed in so that tests own them."""

    def monotonic(self) -> float:
        """Seconds that never go back; for deadlines."""

    def utc_now(self) -> datetime:
        """The wall clock, aware, in UTC; for records."""

    def random(self) -> float:
        """Uniform in [0, 1); for jitter."""

    def new_id(self) -> str:
        """A fresh UUID 7."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An incarnation's place: where it reads, who watches over it, and the world it lives in."""

    address: Address
    incarnation: int
    superior: Superior
    world: World
    timers: Timers
    office: DeadLetterOffice


class GatewayActor(pykka.Actor, Generic[P]):
    """Override `handle`, and where needed `started`, `stopped` and `facts`; reply by returning."""

    shutdown_s: ClassVar[float] = 5.0

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.address = seat.address
        self.world = seat.world
        self._alarms: dict[str, Alarm] = {}
        self._turn = 0
        self._in_hand: object = None
        self._failure: BaseException | None = None
        self._finished = False
        super().__init__()

    # --- what an actor overrides -----------------------------------------------------------------------------

    def started(self) -> None:
        """First act of an incarnation, before any message; must not wait for the network."""

    def handle(self, message: P) -> Any:
        """One message; what it returns answers an ask (a Reply returned answers later)."""
        raise TypeError(f"{type(self).__name__} does not take {type(message).__name__}")

    def stopped(self) -> None:
        """Last act of an incarnation that was told to stop; not called after a crash."""

    def facts(self) -> Mapping[str, Json]:
        """What `actor.show` tells beside mailbox and restarts."""
        return {}

    def release(self) -> None:
        """Let go of outside resources, from any thread: after a crash, or when this incarnation is abandoned."""

    # --- what an actor uses ----------------------------------------------------------------------------------

    def after(self, delay_s: float, message: object, key: str) -> None:
        """Have `message` handled in `delay_s` seconds; replaces the alarm of the same `key`."""
        self.cancel(key)
        self._turn += 1
        seat = self.seat
        elapsed = Elapsed(incarnation=seat.incarnation, key=key, turn=self._turn, message=message)
        self._alarms[key] = seat.timers.set(delay_s, self.address.tell_elapsed, elapsed)

    def cancel(self, key: str) -> None:
        """Forget the alarm `key`; also one that has run out and waits in the mailbox."""
        alarm = self._alarms.pop(key, None)
        if alarm is not None:
            alarm.cancel()

    def finish(self) -> None:
        """End normally after the message in hand: the work of this actor is done."""
        self._finished = True
        self.actor_stopped.set()

    # --- pykka's side ----------------------------------------------------------------------------------------

    def _create_actor_inbox(self) -> Mailbox:  # type: ignore[override] # pykka calls it on self; its stub says static
        return self.seat.address.mailbox

    @staticmethod
    def _create_future() -> Reply:
        return Reply()

    def _start_actor_loop(self) -> None:
        name = f"{self.address.name}#{self.seat.incarnation}"
        threading.Thread(target=self._live, name=name, daemon=True).start()

    def begin(self) -> None:
        """Start the loop; unlike pykka's `start`, without the process-wide registry and its linear scans."""
        self._start_actor_loop()

    def _live(self) -> None:
        try:
            self._actor_loop()
        finally:
            self._end()

    def on_start(self) -> None:
        """pykka's hook; `started` is the actor's."""
        self.on_receive(Begin())

    def on_receive(self, message: Any) -> Any:
        """pykka's hook; `handle` is the actor's."""
        self._in_hand = message
        try:
            if type(message) in INTERNAL:
                return self._handle_internal(message)
            return self.handle(message)
        except BaseException as error:  # noqa: BLE001 - the one broad handler: let it crash, and let the supervisor know
            self._fail(error)

    def _handle_internal(self, message: Internal) -> Any:
        match message:
            case Elapsed():
                return self._ring(message)
            case Shutdown():
                self.actor_stopped.set()
                return self.stopped()
            case Describe():
                return self._describe()
            case Begin():
                self.started()
                report = Started(child=self.address.name, incarnation=self.seat.incarnation)
                return self.seat.superior.urge(report)

    def _ring(self, elapsed: Elapsed) -> Any:
        alarm = self._alarms.get(elapsed.key)
        if elapsed.incarnation != self.seat.incarnation or alarm is None or alarm.turn != elapsed.turn:
            return None
        del self._alarms[elapsed.key]
        return self.handle(elapsed.message)  # type: ignore[arg-type] # the actor set it for itself

    def _describe(self) -> Description:
        return Description(
            name=self.address.name,
            kind=type(self).__name__,
            incarnation=self.seat.incarnation,
            facts=self.facts(),
        )

    def _fail(self, error: BaseException) -> NoReturn:
        self._failure = error
        self.actor_stopped.set()  # after an ask pykka would go on
        raise ActorFailed(f"{self.address.name} failed: {type(error).__name__}: {error}") from error

    def _end(self) -> None:
        """Report the end, exactly once, however the loop was left."""
        for alarm in self._alarms.values():
            alarm.cancel()
        name, incarnation = self.address.name, self.seat.incarnation
        if self._failure is None and self.actor_stopped.is_set():
            self.seat.superior.urge(Stopped(child=name, incarnation=incarnation, finished=self._finished))
            return
        self.release()
        if type(self._in_hand) not in INTERNAL:
            self.seat.office(name, self._in_hand, "its receiver crashed on it")
        error = f"{type(self._failure).__name__}: {self._failure}" if self._failure else "the loop ended unasked"
        kind = type(self._in_hand).__name__
        self.seat.superior.urge(Crashed(child=name, incarnation=incarnation, error=error, message=kind))
