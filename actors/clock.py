"""ClockActor: keeps the timer thread alive."""

import threading
from typing import NoReturn

from actors.base import GatewayActor, Seat
from actors.timers import TimerThread
from messages.clock import TimerThreadEnded, ToClock


class ClockActor(GatewayActor[ToClock]):
    """Runs the one timer thread; when that ends unasked, crashes, so that a new thread takes over the same alarms.

    Stopping the actor leaves the thread: supervisors need time to stop those that stop later. Whoever made the
    TimerThread closes it, last of all.
    """

    def __init__(self, seat: Seat, timers: TimerThread) -> None:
        super().__init__(seat)
        self._timers = timers

    def started(self) -> None:
        self._timers.open()
        threading.Thread(target=self._run, name="timers", daemon=True).start()

    def handle(self, message: ToClock) -> NoReturn:
        raise RuntimeError(f"the timer thread ended with {message.pending} alarms set")

    def facts(self) -> dict[str, int]:
        return {"alarms": self._timers.pending()}

    def _run(self) -> None:
        try:
            self._timers.run()
        finally:
            if not self.actor_stopped.is_set():
                self.address.urge(TimerThreadEnded(pending=self._timers.pending()))
