"""The line between the gateway and an audio worker: one JSON object a line, `{"type": <class name>, …fields}`. Pure.

Up go WorkerEvents, down a WorkerPlan first and WorkerCommands after it. Bytes are base64.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin

import orjson

from messages.media import WorkerCommand, WorkerEvent, WorkerPlan

MOST_BYTES = 8 * 1024 * 1024  # of one line: ten minutes of audio to play, or the counters of 30,000 streams

T = TypeVar("T")
Read = Callable[[Any], Any]


class BadLine(ValueError):  # noqa: N818 - what came
    """A line that is not what the two sides agreed on; its words never repeat what it held."""


def encode(message: WorkerPlan | WorkerCommand | WorkerEvent) -> bytes:
    """`message` as a line, with its newline."""
    told = orjson.dumps(message, default=_as_text)
    head = b'{"type":"%b"' % type(message).__name__.encode()
    return head + (b"}\n" if told == b"{}" else b"," + told[1:] + b"\n")


def read_plan(line: bytes) -> WorkerPlan:
    """The first line down; BadLine where it is anything else."""
    return cast(WorkerPlan, _read(line, _named(WorkerPlan)))


def read_command(line: bytes) -> WorkerCommand:
    """A later line down; BadLine where it is none."""
    return cast(WorkerCommand, _read(line, _named(WorkerCommand)))


def read_event(line: bytes) -> WorkerEvent:
    """A line up; BadLine where it is none."""
    return cast(WorkerEvent, _read(line, _named(WorkerEvent)))


class LineSplitter:
    """Cuts what comes, in whatever pieces, into lines without their newlines."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._begun = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes; BadLine when one has no end within `most_bytes`."""
        first, newline, rest = data.partition(b"\n")
        self._begun += first
        if not newline:
            return self._unfinished([])
        lines = [bytes(self._begun), *rest.split(b"\n")]
        self._begun = bytearray(lines.pop())
        return self._unfinished(lines)

    def _unfinished(self, lines: list[bytes]) -> list[bytes]:
        if len(self._begun) > self._most_bytes:
            raise BadLine(f"a line has no end after {self._most_bytes} bytes")
        return lines


@cache
def _named(kinds: Any) -> Mapping[str, type]:
    return {kind.__name__: kind for kind in get_args(kinds) or (kinds,)}


def _read(line: bytes, kinds: Mapping[str, type]) -> object:
    try:
        told = orjson.loads(line)
        kind = kinds[told.pop("type")]
        return _reader(kind)(told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadLine(f"a line of {len(line)} bytes is none of ours: {type(error).__name__}") from None


def _as_text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} does not go over the line")


@cache
def _reader(kind: type[T]) -> Callable[[dict[str, Any]], T]:
    """How a dataclass is made of its fields as JSON has them."""
    reads = [(one.name, read) for one in fields(cast(Any, kind)) if (read := _read_as(one.type)) is not None]

    def build(told: dict[str, Any]) -> T:
        for name, read in reads:
            if name in told:
                told[name] = read(told[name])
        return kind(**told)

    return build


def _read_as(hint: Any) -> Read | None:
    """How a value of this type is read; None where JSON's own value will do."""
    if get_origin(hint) is UnionType:
        return _read_optional(hint)
    if get_origin(hint) is tuple:
        one = _read_as(get_args(hint)[0])
        return tuple if one is None else lambda values: tuple(map(one, values))
    if hint is bytes:
        return b64decode
    return _reader(hint) if isinstance(hint, type) and is_dataclass(hint) else None


def _read_optional(hint: Any) -> Read | None:
    (inner, *others) = (kind for kind in get_args(hint) if kind is not NoneType)
    read = None if others else _read_as(inner)
    return None if read is None else lambda value: None if value is None else read(value)
