"""What people see: tables on a terminal, tabs between columns in a pipe, one clear line for each outcome."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Column = tuple[str, Callable[[Row], object]]
MARKS = {"succeeded": "✔", "accepted": "…", "interrupted": "✘", "failed": "✘", "refused": "✘"}
COLOURS = {"✔": "\x1b[32m", "✘": "\x1b[31m", "…": "\x1b[33m"}


def clean(value: object) -> str:
    """`value` as text that cannot steer the terminal: what does not print is shown by its number."""
    if isinstance(value, Mapping | list):
        value = json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
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
    """All of `rows`; `nothing` is what is said when there are none."""
    if not rows:
        print(nothing)
        return
    cells = [[clean(value(row)) for _, value in shown] for row in rows]
    heads = [head.upper() for head, _ in shown]
    if sys.stdout.isatty():
        _rich_table(heads, cells)
    else:
        for line in (heads, *cells):
            print("\t".join(line))


def fields(shown: Iterable[tuple[str, object]]) -> None:
    """One `name  value` a line; values that are empty are left out."""
    pairs = [(name, clean(value)) for name, value in shown if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        print(f"{name:<{width}}  {value}")


def outcome(ended: Row) -> None:
    """One line for the end of an order, then one for each reason and its remedy."""
    mark = MARKS.get(str(ended["status"]), "?")
    number = ended["retries"]
    retries = f", {number} {'retry' if number == 1 else 'retries'}" if number else ""
    time = f" ({ended['latency_ms']:g} ms{retries})" if ended["latency_ms"] or retries else ""
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
    """`mark` in its colour, on a terminal."""
    return f"{COLOURS[mark]}{mark}\x1b[0m" if sys.stdout.isatty() and mark in COLOURS else mark


def _rich_table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*heads, box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for line in cells:
        drawn.add_row(*(Text(cell, overflow="fold") for cell in line))
    Console().print(drawn)
