"""What people see: tables on a terminal, tabs between columns in a pipe, one clear line for each outcome."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

from control.cli.grid import GAP, folded, grid

Row = Mapping[str, Any]
Column = tuple[str, Callable[[Row], object]]
MARKS = {"succeeded": "✔", "accepted": "…", "interrupted": "✘", "failed": "✘", "refused": "✘"}
COLOURS = {"✔": "\x1b[32m", "✘": "\x1b[31m", "…": "\x1b[33m"}

UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def clean(value: object) -> str:
    """`value` as text that cannot steer the terminal: what does not print is shown by its number."""
    if isinstance(value, bool | Mapping | list):
        value = json.dumps(value, ensure_ascii=False)
    text = "" if value in (None, "[]", "{}") else str(value)
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def key(name: str) -> Callable[[Row], object]:
    """The value under `name`; `tls.version` looks into what lies under `tls`."""

    def look(row: Row) -> object:
        value: Any = row
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    return look


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by their keys, each headed by the last word of its key."""
    return tuple((name.rsplit(".", 1)[-1].replace("_", " "), key(name)) for name in names)


def table(rows: Sequence[Row], shown: Sequence[Column], nothing: str) -> None:
    """All of `rows`; `nothing` is what is said when there are none.

    A terminal that is too narrow for them side by side gets them one by one, a field a line.
    """
    if not rows:
        print(nothing)
        return
    cells = [[clean(value(row)) for _, value in shown] for row in rows]
    heads = [head.upper() for head, _ in shown]
    if not sys.stdout.isatty():
        print("\n".join("\t".join(line) for line in (heads, *cells)))
    elif lines := grid(heads, cells, _room()):
        print("\n".join(lines))
    else:
        for row in cells:
            fields(zip((head for head, _ in shown), row, strict=True))
            print()


def fields(shown: Iterable[tuple[str, object]]) -> None:
    """One `name  value` a line; values that are empty are left out, long ones go on beneath on a terminal."""
    pairs = [(name, clean(value)) for name, value in shown if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in pairs), default=0)
    room = _room() - width - len(GAP) if sys.stdout.isatty() else sys.maxsize
    for name, value in pairs:
        first, *more = folded(value, room)
        print(f"{name:<{width}}{GAP}{first}", *(" " * width + GAP + line for line in more), sep="\n")


def _room() -> int:
    return get_terminal_size().columns


def lasting(seconds: float) -> str:
    """A time in its two largest units: 3 d 4 h, 5 min 12 s."""
    left = int(seconds)
    parts: list[str] = []
    for unit, size in UNITS:
        number, left = divmod(left, size)
        if number or parts or unit == "s":
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])


def number_of(value: float) -> str:
    """To three places, without noughts at its end and never with an exponent: 13.9, 5, 1234567.891."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def outcome(ended: Row) -> None:
    """One line for the end of an order, then one for each reason and its remedy."""
    mark = MARKS.get(str(ended["status"]), "?")
    number = ended["retries"]
    retries = f", {number} {'retry' if number == 1 else 'retries'}" if number else ""
    time = f" ({number_of(ended['latency_ms'])} ms{retries})" if ended["latency_ms"] or retries else ""
    name = f"{clean(ended['kind'])} {clean(ended['request_id'])}"
    print(f"{paint(mark)} {clean(ended['status'])} {name}: {clean(ended['detail'])}{time}")
    for warning in ended.get("warnings", ()):
        print(f"  ! {clean(warning)}")
    for reason in ended["reasons"]:
        print(f"  {clean(reason['code'])} {clean(reason['gate'])}: {clean(reason['message'])}")
        if reason["remedy"]:
            print(f"    → {clean(reason['remedy'])}")


def done(what: str, ok: bool = True) -> None:
    """One line for something that was done, or was not."""
    print(f"{paint('✔' if ok else '✘')} {clean(what)}")


def paint(mark: str) -> str:
    """`mark` in its colour, on a terminal. Source: no-color.org."""
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ and mark in COLOURS
    return f"{COLOURS[mark]}{mark}\x1b[0m" if coloured else mark
