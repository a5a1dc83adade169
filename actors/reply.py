"""The answer to one ask: a pykka future that is cheap, may be completed once by anyone, and can call back."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pykka


class Reply(pykka.Future[Any]):
    """Completed at most once; a second completion is ignored (pykka's own future kills the actor thread on it).

    Completing it with another Reply chains the two: an actor may answer an ask later, when the answer arrives.
    """

    _get_hook = None  # pykka's filter/map/reduce are not used on it

    def __init__(self) -> None:
        self._waiting = threading.Lock()
        self._waiting.acquire()
        self._mutex = threading.Lock()
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Reply], None]] = []

    def set(self, value: Any = None) -> None:
        """Complete with `value`; a Reply as value means: with its outcome, when it has one."""
        if isinstance(value, Reply):
            value.then(self._adopt)
        else:
            self._complete(value, None)

    def set_exception(self, exc_info: Any = None) -> None:
        """Complete with an exception: the given triple's, or the one being handled."""
        error = (exc_info or sys.exc_info())[1]
        self._complete(None, error if error is not None else pykka.ActorDeadError("no answer"))

    def fail(self, error: BaseException) -> None:
        """Complete with `error`."""
        self._complete(None, error)

    def then(self, callback: Callable[["Reply"], None]) -> None:
        """Call `callback(self)` once complete, in the completing thread; at once if it already is."""
        with self._mutex:
            if not self._done:
                self._callbacks.append(callback)
                return
        callback(self)

    def get(self, *, timeout: float | None = None) -> Any:
        """The value; raises what the answerer raised, or pykka.Timeout after `timeout` seconds."""
        if not self._waiting.acquire(timeout=-1 if timeout is None else timeout):
            raise pykka.Timeout(f"no answer within {timeout} s")
        self._waiting.release()
        if self._error is not None:
            raise self._error
        return self._value

    def _adopt(self, other: "Reply") -> None:
        self._complete(other._value, other._error)

    def _complete(self, value: Any, error: BaseException | None) -> None:
        with self._mutex:
            if self._done:
                return
            self._value, self._error, self._done = value, error, True
            callbacks, self._callbacks = self._callbacks, []
        self._waiting.release()
        for callback in callbacks:
            callback(self)
