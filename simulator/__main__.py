"""`python -m simulator`: one line of JSON on stdout when it serves; ends at SIGTERM, SIGINT or the end of stdin."""

import os
import signal
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson

from simulator.forms import BadInput
from simulator.server import Simulator

OK, CANNOT_SERVE, BAD_CONFIGURATION = 0, 71, 78  # the last two as EX_OSERR and EX_CONFIG in sysexits.h


def parser() -> ArgumentParser:
    made = ArgumentParser(prog="python -m simulator", description="A Genesys Cloud in the box; see docs/simulator.md.")
    made.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    made.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    made.add_argument("--tls", action="store_true", help="https and wss, with a certificate authority of its own")
    made.add_argument("--tls-newest", choices=["1.0", "1.1", "1.2", "1.3"], default="1.3", help="newest TLS on offer")
    made.add_argument("--ca-file", type=Path, help="where to write the authority, as PEM")
    made.add_argument("--faults", type=Path, help="a JSON or TOML file of faults")
    made.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    made.add_argument("--strict", action="store_true", help="only interactions that were described exist")
    made.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="a setting; may be repeated")
    made.add_argument("--ready-fd", type=int, help="write the ready line to this descriptor, too")
    made.add_argument("--stop-on-eof", action="store_true", help="stop when stdin ends")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        box = simulator(options)
    except BadInput as bad:
        return _fail(bad.problems, BAD_CONFIGURATION)
    try:
        box.start()
    except OSError as error:
        return _fail([f"cannot listen on {options.host}:{options.port}: {error}"], CANNOT_SERVE)
    _serve(box, options)
    return OK


def simulator(options: Namespace) -> Simulator:
    """The box that the options ask for, not yet started; BadInput names every problem."""
    settings = read_settings(options.set) | ({"strict": True} if options.strict else {})
    return Simulator(
        host=options.host,
        port=options.port,
        tls=options.tls,
        tls_newest=options.tls_newest,
        ca_file=options.ca_file,
        seed=options.seed,
        faults=read_file(options.faults) if options.faults else [],
        settings=settings,
    )


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


def read_file(path: Path) -> list[Any]:
    """The faults in a file: TOML with [[faults]], else a JSON list or an object with `faults`."""
    try:
        raw = path.read_bytes()
        given = tomllib.loads(raw.decode()) if path.suffix == ".toml" else orjson.loads(raw)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, orjson.JSONDecodeError) as error:
        raise BadInput([f"--faults {path}: {error}"]) from None
    entries = given.get("faults") if isinstance(given, dict) else given
    if not isinstance(entries, list):
        raise BadInput([f"--faults {path}: expected a list of faults, or an object with the list `faults`"])
    return entries


def _serve(box: Simulator, options: Namespace) -> None:
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if options.stop_on_eof:
        Thread(target=_watch_stdin, args=(stopping,), daemon=True).start()
    _announce(box, options.ready_fd)
    stopping.wait()
    box.stop()


def _announce(box: Simulator, ready_fd: int | None) -> None:
    line = orjson.dumps(
        {
            "url": box.url,
            "ws_url": box.ws_url,
            "events_url": box.events_url,
            "assist_url": box.assist_url,
            "cdn_url": box.cdn_url,
            "ca_file": None if box.ca_file is None else str(box.ca_file),
            "pid": os.getpid(),
            "client_id": box.client_id,
            "client_secret": box.client_secret,
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    if ready_fd is not None:
        with os.fdopen(ready_fd, "wb") as ready:
            ready.write(line)


def _watch_stdin(stopping: Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stopping.set()


def _fail(problems: list[str], code: int) -> int:
    for problem in problems:
        sys.stderr.write(f"simulator: {problem}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
