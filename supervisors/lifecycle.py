"""The process around the actors: what it is doing, what it was told to do, and how it ends."""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

from loguru import logger

from actors.address import Address
from messages.base import Json
from messages.gateway import Drain, LogLevel, State
from messages.supervision import Crashed, FromActor, Shutdown, Started, Stopped
from supervisors.configuration.explain import changed
from supervisors.configuration.load import Configured
from supervisors.configuration.problems import ConfigurationError
from supervisors.logs import Levels
from supervisors.settings.model import Settings

OK, SOFTWARE = 0, 70  # sysexits.h: EX_OK, EX_SOFTWARE
SLICE_S = 0.25  # how late a signal may be heard at worst
LAST_WORDS_S = 8.0  # for interrupted orders to be on record and told before the doors close


Apply = Callable[[Settings], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The root is gone; `error` says why, if it crashed."""

    error: str = ""


class Lifecycle:
    """Is the root's superior and the gateway actor's Process; `run` is the main thread's whole life after the start."""

    def __init__(
        self,
        configured: Configured,
        read_again: Callable[[], Configured],
        levels: Levels,
        last_words_s: float = LAST_WORDS_S,
    ) -> None:
        self._configured, self._read_again, self._levels = configured, read_again, levels
        self._last_read, self._last_words_s = configured, last_words_s
        self._reloading = threading.Lock()  # an operator's and a signal's: what was read last is in force
        self._at_once: dict[str, Apply] = {"log.level": lambda settings: levels.configure(settings.log.level)}
        self._state: State = "starting"
        self._orders: SimpleQueue[str | Ended] = SimpleQueue()
        self._terminations = 0
        self._patience_s: float | None = None

    # --- for actors and doors ----------------------------------------------------------------------------------

    def state(self) -> State:
        """What the process is doing."""
        return self._state

    def draining(self) -> bool:
        """Whether new orders are refused."""
        return self._state in {"draining", "stopping"}

    def drain(self, on: bool) -> None:
        """Refuse new orders from now on, or take them again; a process that stops goes on stopping."""
        if self._state != "stopping":
            self._state = "draining" if on else "running"

    def stop(self) -> None:
        """Begin to end the process."""
        self._orders.put("stop")

    def take_at_once(self, key: str, apply: Apply) -> None:
        """A reload brings the setting `key` into force by `apply`; all others wait for a restart."""
        self._at_once[key] = apply

    def reload(self) -> Mapping[str, Json]:
        """Read the settings again; those that can be taken at once come into force."""
        with self._reloading:
            return self._reload()

    def _reload(self) -> Mapping[str, Json]:
        try:
            after = self._read_again()
        except ConfigurationError as error:
            problems: list[Json] = [str(problem) for problem in error.problems]
            return {"changed": [], "needs_restart": [], "problems": problems}
        at_once = [key for key in changed(self._last_read, after) if key in self._at_once]
        later = [key for key in changed(self._configured, after) if key not in self._at_once]
        for key in at_once:  # no other: an operator's own log level stays
            self._at_once[key](after.settings)
        self._last_read = after
        return {"changed": [*at_once], "needs_restart": [*later], "problems": []}

    def set_log_level(self, level: LogLevel, module: str | None) -> None:
        """Log from `level` on."""
        self._levels.set(level, module)

    def reset_log_level(self, module: str | None) -> None:
        """Log as the settings say."""
        self._levels.reset(module)

    def urge(self, message: FromActor) -> None:
        """The root reports."""
        match message:
            case Started():
                self._orders.put("started")
            case Crashed():
                self._orders.put(Ended(error=message.error))
            case Stopped():
                self._orders.put(Ended())

    # --- for the main thread -----------------------------------------------------------------------------------

    def heed_signals(self) -> None:
        """TERM and INT drain, a second one stops; HUP reloads."""
        signal.signal(signal.SIGTERM, self._terminated)
        signal.signal(signal.SIGINT, self._terminated)
        signal.signal(signal.SIGHUP, lambda *_: self._orders.put("reload"))

    def run(self, root: Address, gateway: Address, stop_s: float) -> int:
        """Heed orders until the root has ended; the exit code."""
        while True:
            match self._wait(self._orders, self._patience_s):
                case "started":
                    if self._state == "starting":  # else it was told to drain before it was up
                        self._state = "running"
                    audio = self._configured.settings.transcription_grpc_addr
                    logger.info("ready; calls once an audio worker takes them" if audio else "ready")
                case "drain":
                    self._begin_drain(gateway)
                case "reload":
                    logger.info("settings read again: {}", self.reload())
                case "resumed":
                    logger.info("the drain was taken back")
                case None:
                    logger.error("the drain did not end in its time: whoever waited for it is gone")
                    return self._end(root, gateway, stop_s)
                case "stop":
                    return self._end(root, gateway, stop_s)
                case Ended(error=error):
                    logger.critical("the root gave up: {}", error or "it stopped unasked")
                    return SOFTWARE

    def _terminated(self, _number: int, _frame: FrameType | None) -> None:
        self._terminations += 1
        self._orders.put("drain" if self._terminations == 1 else "stop")

    def _begin_drain(self, gateway: Address) -> None:
        timeout_s = self._configured.settings.drain.timeout_s
        self.drain(True)
        logger.info("draining: no new orders, open ones have {:g} s; a second signal stops at once", timeout_s)
        self._patience_s = timeout_s + self._last_words_s  # a steward that crashes forgets who drains
        gateway.request(Drain(timeout_s=timeout_s, cancel=True), urgent=True).then(lambda _reply: self._drained())

    def _drained(self) -> None:
        if self.draining():
            self.stop()
        else:  # an operator took the drain back
            self._terminations, self._patience_s = 0, None
            self._orders.put("resumed")

    def _end(self, root: Address, gateway: Address, stop_s: float) -> int:
        self._state = "stopping"
        logger.info("stopping")
        told: SimpleQueue[Any] = SimpleQueue()
        gateway.request(Drain(timeout_s=0.0, cancel=True), urgent=True).then(told.put)
        self._wait(told, self._last_words_s)
        root.urge(Shutdown())
        ended = self._wait_for_end(stop_s)
        if ended is None:
            logger.critical("the actors did not stop in {:g} s", stop_s)
            return SOFTWARE
        return SOFTWARE if ended.error else OK

    def _wait_for_end(self, timeout_s: float) -> Ended | None:
        while True:
            order = self._wait(self._orders, timeout_s)
            if order is None or isinstance(order, Ended):
                return order

    @staticmethod
    def _wait(queue: "SimpleQueue[Any]", timeout_s: float | None) -> Any:
        """The next order, None after `timeout_s`; in slices, because a signal that comes just as a wait begins is
        heard only when it ends."""
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = SLICE_S if until_s is None else min(SLICE_S, until_s - time.monotonic())
            try:
                return queue.get(timeout=max(0.0, left_s))
            except Empty:
                if until_s is not None and time.monotonic() >= until_s:
                    return None
