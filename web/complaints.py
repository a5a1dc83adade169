"""What the door complains of, once: a flood of requests must not become a flood of lines."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from loguru import logger

MUTE_S = 300.0  # after a line of one kind, the next of it; as for dead letters


class Complaints:
    """Belongs to one thread; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._said_at_s: dict[str, float] = {}
        self._unsaid: Counter[str] = Counter()
        self.total: Counter[str] = Counter()

    def note(self, kind: str, words: str, error: BaseException | None = None) -> None:
        """Log `words`, unless one of that `kind` was logged lately; then it is counted, and told with the next."""
        self.total[kind] += 1
        now_s = self._clock()
        if now_s - self._said_at_s.get(kind, -MUTE_S) < MUTE_S:
            self._unsaid[kind] += 1
            return
        self._said_at_s[kind] = now_s
        unsaid = self._unsaid.pop(kind, 0)
        more = f" ({unsaid} more before this one)" if unsaid else ""
        logger.opt(exception=error).log("ERROR" if error is not None else "WARNING", "http: {}{}", words, more)


class UvicornLog(logging.Handler):
    """Takes what uvicorn would log: a kind of complaint for each of its sentences."""

    def __init__(self, complaints: Complaints) -> None:
        super().__init__(logging.WARNING)
        self._complaints = complaints

    def emit(self, record: logging.LogRecord) -> None:
        """One line of uvicorn's, with its traceback where it has one."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return  # the door was closed over a request
        self._complaints.note(str(record.msg), record.getMessage().strip(), error)


def take_over(handler: UvicornLog) -> None:
    """Have uvicorn log to `handler` and nowhere else; the latest one is heard."""
    log = logging.getLogger("uvicorn.error")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.WARNING)
