"""Logging: one sink, levels by module that change at run time, no secret and no forged line in it."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from loguru import logger

from messages.gateway import LogLevel
from supervisors.settings.groups import Log

TEXT = "{time:YYYY-MM-DD HH:mm:ss.SSS!UTC}Z {level: <8} {extra[where]}: {message}"
MASK = "****"
PARTED = re.compile(r"[\s,:]+")  # as lists of keys are: KEY, KEY:SECRET …
SHORTEST = 8  # letters; a shorter part may be an ordinary word
ORDER: dict[str, int] = {
    "TRACE": 5,
    "DEBUG": 10,
    "INFO": 20,
    "SUCCESS": 25,
    "WARNING": 30,
    "ERROR": 40,
    "CRITICAL": 50,
}


class Levels:
    """From which level on a module is logged; the longest matching dotted name decides."""

    def __init__(self, level: LogLevel) -> None:
        self._settings = level
        self._by_module: dict[str, int] = {"": ORDER[level]}

    def set(self, level: LogLevel, module: str | None) -> None:
        """Log `module`, or everything, from `level` on."""
        self._by_module = {**self._by_module, module or "": ORDER[level]}

    def reset(self, module: str | None) -> None:
        """Log it as the settings say."""
        kept = {name: number for name, number in self._by_module.items() if name != (module or "")}
        self._by_module = {"": ORDER[self._settings], **kept}

    def configure(self, level: LogLevel) -> None:
        """The settings say `level` from now on."""
        self._settings = level
        self.reset(None)

    def admits(self, module: str | None, number: int) -> bool:
        """Whether a record of `module` with severity `number` is logged."""
        name, levels = module or "", self._by_module
        while name and name not in levels:
            name = name.rpartition(".")[0]
        return number >= levels[name]


class Secrets:
    """Words that are masked wherever they turn up, of a list of them each one; what was one once stays one."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words: tuple[str, ...] = ()
        self.add(words)

    def add(self, words: Iterable[str]) -> None:
        """Mask these, too, from now on."""
        self._words = _each((*self._words, *words))

    def masked(self, message: str) -> str:
        """`message` without them."""
        for word in self._words:
            message = message.replace(word, MASK)
        return message


def start_logging(settings: Log, levels: Levels, secrets: Secrets, stream: TextIO = sys.stderr) -> None:
    """Replace whatever was logging; `secrets` are masked.

    Tracebacks show no values (`diagnose`), because a value may be a token; lines cannot be forged with line ends.
    """
    logging.getLogger("pykka").setLevel(logging.CRITICAL)  # what it would say, the supervisor reports better
    logger.remove()
    logger.configure(patcher=lambda record: _clean(record, secrets))
    sink: Any = str(settings.file) if settings.file is not None else stream
    logger.add(
        sink,
        level=0,
        format=TEXT,
        serialize=settings.format == "json",
        filter=lambda record: levels.admits(record["name"], record["level"].no),
        diagnose=False,
        backtrace=False,
    )


def _each(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The secrets and the parts of those that are lists, the longest first: one may begin with another."""
    parts = (part for secret in secrets for part in PARTED.split(secret) if len(part) >= SHORTEST)
    return tuple(sorted({*filter(None, secrets), *parts}, key=len, reverse=True))


def _clean(record: Any, secrets: Secrets) -> None:
    message = record["message"]
    if not message.isprintable():
        message = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in message)
    record["message"] = secrets.masked(message)
    record["extra"]["where"] = record["name"]
