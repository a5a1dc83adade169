"""switchboardctl: the operators' command line. No noun's verbs and nothing heavy are imported before use."""

import os
import sys
from typing import TYPE_CHECKING

import typer

from control.cli import exits, nouns, repeat

if TYPE_CHECKING:
    from control.cli.record import Verifier

PROGRAM = "switchboardctl"
HELP = "Operate a running Switchboard gateway through its control socket."
EPILOG = """\b
Start with:
  switchboardctl gateway status
  switchboardctl session list
  switchboardctl transfer start INTERACTION DESTINATION --dry-run

\b
Exit codes: 0 ok, 1 failed or refused, 2 usage, 3 degraded or not running, 4 unreachable,
69 unavailable, 75 busy or draining (try again), 77 not permitted, 78 configuration, 124 no answer in time."""


def build(verifier: "Verifier | None" = None) -> typer.Typer:
    """The whole command line; `verifier` is what `audit verify --file` uses."""
    app = typer.Typer(
        name=PROGRAM,
        help=HELP,
        epilog=EPILOG,
        context_settings={"obj": verifier},
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    nouns.add_to(app)
    repeat.add_to(app, lambda words: run(app, words))
    return app


def run(app: typer.Typer, words: list[str]) -> int:
    """The exit code of one command line; BrokenPipeError when nobody reads any more, of which click makes a failure."""
    try:
        app(words, prog_name=PROGRAM)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        return ended.code if isinstance(ended.code, int) else exits.FAILED
    return exits.OK


def main(verifier: "Verifier | None" = None) -> None:
    """The program's entry point."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a terminal that lacks ✔ is no reason to fail
    try:
        code = run(build(verifier), sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has enough: head, less
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = exits.OK
    raise SystemExit(code)
