"""The base of every actor: the one place, with mailbox and pool, that knows what pykka does and does not.

Any unexpected exception, in whatever phase and of whatever class, ends the incarnation and reaches its supervisor as
Crashed; pykka alone loses those of an ask, of on_start and of SystemExit. Source: docs/architecture.md, "pykka".
"""

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

import pykka
from loguru import logger

from actors.address import Notice
from actors.mailbox import Fenced, Reading
from actors.reply import Reply
from actors.seat import Seat, Superior, World
from actors.timers import Alarm
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

__all__ = ["ActorFailed", "GatewayActor", "P", "Seat", "Superior", "World", "incarnate"]

P = TypeVar("P", contravariant=True)
INTERNAL = frozenset({Begin, Describe, Elapsed, Shutdown})
UNMISSED = INTERNAL | {Started, Crashed, Stopped}


class ActorFailed(RuntimeError):  # noqa: N818 - a fact
    """What an asker hears whose message crashed the actor; the cause is its `__cause__`."""


class Contained:
    """Keeps in `error` what its block raises: for the steps of a life that are not the handling of a message."""

    error: BaseException | None = None

    def __enter__(self) -> "Contained":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        self.error = error
        return True


def incarnate(start: Callable[[Seat], "GatewayActor[Any]"], seat: Seat) -> "GatewayActor[Any] | None":
    """A new incarnation with its loop running; one whose constructor raises is reported as Crashed, and None."""
    actor = None
    with Contained() as contained:
        actor = start(seat)
        actor.begin()
    if contained.error is None:
        return actor
    error = f"{type(contained.error).__name__}: {contained.error}"
    name, incarnation = seat.address.name, seat.incarnation
    seat.superior.urge(Crashed(child=name, incarnation=incarnation, error=error, message="nothing, it was being made"))
    return None


class GatewayActor(pykka.Actor, Generic[P]):
    """Override `handle`, and where needed `started`, `stopped`, `facts` and `release`; reply by returning."""

    shutdown_s: ClassVar[float] = 5.0
    ready_when_started: ClassVar[bool] = True  # False: the actor calls `ready` itself, later

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.address = seat.address
        self.world = seat.world
        self._alarms: dict[str, Alarm] = {}
        self._turn = 0
        self._in_hand: object = None
        self._failure: BaseException | None = None
        self._finished = False
        self._fence = threading.Lock()
        self._thread: int | None = None
        self._notice: Notice | None = None
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
        """Let go of outside resources at once, from any thread and perhaps twice: after a crash, or when abandoned."""

    def shut_down(self) -> None:
        """End now, as told; an actor that has others to wait for overrides it and sets `actor_stopped` later."""
        self.actor_stopped.set()
        self.stopped()

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

    def awaits(self, key: str) -> bool:
        """Whether the alarm `key` is set and has not rung."""
        return key in self._alarms

    def post(self, notice: Notice) -> None:
        """Let `notice` answer those who need not wait for this actor, until the next one, or the incarnation's end."""
        with self._fence:
            if not self.actor_inbox.fenced:
                self.address.notice = self._notice = notice

    def finish(self) -> None:
        """End normally after the message in hand: the work of this actor is done."""
        self._finished = True
        self.actor_stopped.set()

    def ready(self) -> None:
        """Tell the supervisor that this incarnation takes messages."""
        self._report(Started(child=self.address.name, incarnation=self.seat.incarnation))

    # --- what its supervisor uses, from another thread -------------------------------------------------------

    def begin(self) -> None:
        """Start the loop; unlike pykka's `start`, without the process-wide registry and its linear scans."""
        self._start_actor_loop()

    def abandon(self) -> None:
        """Fence this incarnation off: it takes no further message, reports no more, and lets go of its resources."""
        self.actor_stopped.set()
        with self._fence:
            self.actor_inbox.fenced = True
            self._take_down()
        self.address.mailbox.nudge()
        self._let_go()

    def stack(self) -> str:
        """Where its thread is right now, as text; empty when it has none."""
        frame = sys._current_frames().get(self._thread or 0)
        return "".join(traceback.format_stack(frame)) if frame is not None else ""

    # --- pykka's side ----------------------------------------------------------------------------------------

    actor_inbox: Reading

    def _create_actor_inbox(self) -> Reading:  # type: ignore[override] # pykka calls it on self; its stub says static
        return Reading(self.seat.address.mailbox)

    @staticmethod
    def _create_future() -> Reply:
        return Reply()

    def _start_actor_loop(self) -> None:
        name = f"{self.address.name}#{self.seat.incarnation}"
        threading.Thread(target=self._live, name=name, daemon=True).start()

    def _live(self) -> None:
        self._thread = threading.get_ident()
        try:
            with suppress(Fenced):
                self._actor_loop()
        finally:
            self._thread = None
            self._end()

    def on_start(self) -> None:
        """pykka's hook; `started` is the actor's."""
        if not self.actor_stopped.is_set():  # it may have been abandoned before it had a thread to begin on
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
                if message.incarnation in (None, self.seat.incarnation):
                    self.shut_down()
                return None
            case Describe():
                return self._describe()
            case Begin():
                self.started()
                if self.ready_when_started:
                    self.ready()
                return None

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
        self._take_down()
        for alarm in tuple(self._alarms.values()):
            alarm.cancel()
        name, incarnation = self.address.name, self.seat.incarnation
        if self._failure is None and self.actor_stopped.is_set() and not self.actor_inbox.fenced:
            self._report(Stopped(child=name, incarnation=incarnation, finished=self._finished))
            return
        error = f"{type(self._failure).__name__}: {self._failure}" if self._failure else "the loop ended unasked"
        in_hand = self._in_hand.message if isinstance(self._in_hand, Elapsed) else self._in_hand
        try:
            self._let_go()
            self._bury_in_hand()
        finally:
            kind = type(in_hand).__name__
            self._report(Crashed(child=name, incarnation=incarnation, error=error, message=kind))

    def _take_down(self) -> None:
        if self._notice is not None and self.address.notice is self._notice:  # it may be a successor's
            self.address.notice = None

    def _let_go(self) -> None:
        with Contained() as contained:
            self.release()
        if contained.error is not None:
            logger.warning("{} could not let go: {!r}", self.address.name, contained.error)

    def _bury_in_hand(self) -> None:
        if self._failure is not None and type(self._in_hand) not in UNMISSED:
            self.seat.office(self.address.name, self._in_hand, "its receiver crashed on it")

    def _report(self, report: FromActor) -> None:
        with self._fence:
            if not self.actor_inbox.fenced:
                self.seat.superior.urge(report)
