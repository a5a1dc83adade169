"""What the box's programs share: options, settings and files read, serving until told to stop."""

import os
import signal
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson

from simulator.forms import BadInput
from simulator.server import Simulator

OK, CANNOT_SERVE, BAD_CONFIGURATION = 0, 71, 78  # the last two as EX_OSERR and EX_CONFIG in sysexits.h


def add_common(made: ArgumentParser) -> None:
    """The options that every program of the box takes."""
    made.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    made.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    made.add_argument("--faults", type=Path, help="a JSON or TOML file of faults")
    made.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    made.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="a setting; may be repeated")
    made.add_argument("--ready-fd", type=int, help="write the ready line to this descriptor, too")
    made.add_argument("--stop-on-eof", action="store_true", help="stop when stdin ends")


def read_settings(given: Sequence[str]) -> dict[str, Any]:
    """`NAME=JSON` pairs; a value that is not JSON is a text."""
    read = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput([f"--set {pair}: expected NAME=JSON, for example --set answer_latency_ms=50"])
        try:
            read[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            read[name] = value
    return read


def read_file(path: Path, what: str = "faults") -> list[Any]:
    """What is in a file: TOML with [[faults]], else a JSON list or an object with `faults`; or of another word."""
    try:
        raw = path.read_bytes()
        given = tomllib.loads(raw.decode()) if path.suffix == ".toml" else orjson.loads(raw)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, orjson.JSONDecodeError) as error:
        raise BadInput([f"--{what} {path}: {error}"]) from None
    entries = given.get(what) if isinstance(given, dict) else given
    if not isinstance(entries, list):
        raise BadInput([f"--{what} {path}: expected a list of {what}, or an object with the list `{what}`"])
    return entries


def run(box: Simulator, ready: Callable[[Simulator], Mapping[str, Any]], options: Namespace) -> int:
    """Serve until told to stop; the exit code. `ready` makes the line that says where it is."""
    try:
        box.start()
    except OSError as error:
        return fail([f"cannot listen on {options.host}:{options.port}: {error}"], CANNOT_SERVE)
    except BadInput as bad:
        return fail(bad.problems, BAD_CONFIGURATION)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if options.stop_on_eof:
        Thread(target=_watch_stdin, args=(stopping,), daemon=True).start()
    _announce(ready(box), options.ready_fd)
    stopping.wait()
    box.stop()
    return OK


def fail(problems: list[str], code: int) -> int:
    for problem in problems:
        sys.stderr.write(f"simulator: {problem}\n")
    return code


def _announce(told: Mapping[str, Any], ready_fd: int | None) -> None:
    line = orjson.dumps(dict(told) | {"pid": os.getpid()}, option=orjson.OPT_APPEND_NEWLINE)
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    if ready_fd is not None:
        with os.fdopen(ready_fd, "wb") as ready:
            ready.write(line)


def _watch_stdin(stopping: Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stopping.set()
