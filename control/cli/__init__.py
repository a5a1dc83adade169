"""switchboardctl: the operators' command line. Every noun is a module here; nothing heavy is imported before use."""

import os
import sys

import typer

from control.cli import actors, assist, audio, exits, gateway, orders, record, repeat, rpc, sim, streams, webhooks
from control.cli.record import Verifier

PROGRAM = "switchboardctl"
COMPLETION = "_SWITCHBOARDCTL_COMPLETE"  # set where a shell asks for what may come next: then no words are said
HELP = "Operate a running Switchboard gateway through its control socket."
EPILOG = """\b
Start with:
  switchboardctl gateway status
  switchboardctl session list
  switchboardctl transfer start INTERACTION DESTINATION --dry-run

\b
Exit codes: 0 ok, 1 failed or refused, 2 usage, 3 degraded or not running, 4 unreachable,
69 unavailable, 75 busy or draining (try again), 77 not permitted, 78 configuration, 124 --wait ran out."""


def build(verifier: Verifier | None = None) -> typer.Typer:
    """The whole command line; `verifier` is what `audit verify --file` uses."""
    app = typer.Typer(
        name=PROGRAM,
        help=HELP,
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for noun in (gateway, actors, orders, audio, assist, streams, webhooks, rpc, sim):
        noun.add_to(app)
    record.add_to(app, verifier)
    repeat.add_to(app, lambda words: run(app, words))
    return app


def spare(app: typer.Typer, words: list[str]) -> typer.Typer:
    """`app` without the verbs of nouns that `words` do not name: to make commands of all takes longer than all else."""
    nouns = {noun.name: noun.typer_instance for noun in app.registered_groups if noun.typer_instance is not None}
    said = next((word for word in words if not word.startswith("-")), None)
    if said is None or said in nouns:
        for name in nouns.keys() - {said}:
            nouns[name].registered_commands.clear()
            nouns[name].registered_groups.clear()
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


def main(verifier: Verifier | None = None) -> None:
    """The program's entry point."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a terminal that lacks ✔ is no reason to fail
    try:
        app, words = build(verifier), sys.argv[1:]
        code = run(app if COMPLETION in os.environ else spare(app, words), words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has enough: head, less
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = exits.OK
    raise SystemExit(code)
