"""switchboardctl watch … and shell: other verbs, again and again."""

import sys
from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import Annotated

import typer
from typer.main import get_group

from control.cli import exits
from control.cli.nouns import Noun

RIGHT = (exits.OK, exits.FAILED, exits.DEGRADED)  # how only a command ends that means something
CLEAR = "\x1b[H\x1b[2J"
NEVER = Event()

Run = Callable[[list[str]], int]
"""Runs one command line, without the program's name; its exit code."""

Every = Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.01, help="Pause between two looks.")]
Count = Annotated[int | None, typer.Option("--count", min=1, help="End after this many looks.")]
Words = Annotated[list[str], typer.Argument(metavar="COMMAND...", help="What to repeat, e.g. session list.")]


def add_to(app: typer.Typer, run: Run) -> None:
    """Add both verbs."""
    passed_on = {"ignore_unknown_options": True, "allow_interspersed_args": False}

    @app.command("watch", context_settings=passed_on)
    def watch(command: Words, every: Every = 2.0, count: Count = None) -> None:
        """Repeat another command.

        For example `watch session list` or `watch --every 10 audit metrics`; Ctrl-C ends it, and so does a usage error
        (exit code 2) unless the command has worked before. It goes on while the gateway is away.
        """
        raise typer.Exit(look(run, command, every, count))

    @app.command("shell")
    def shell() -> None:
        """Take one command after another.

        Type them without the program's name: `session list`, `gateway status` …; `exit` ends it. The exit code is
        that of the last one.
        """
        raise typer.Exit(obey(run, _typed(app) if sys.stdin.isatty() else sys.stdin))


def look(run: Run, command: list[str], every_s: float, count: int | None) -> int:
    """Run `command` `count` times, or for ever; the last exit code.

    No more once it is found to be wrong: what is mistyped is no better in a while, other failures pass. What has worked
    is not mistyped; what it asked for has gone.
    """
    done, right = 0, False
    while True:
        if sys.stdout.isatty():
            print(CLEAR, end="")
        code = run(command)
        done += 1
        right = right or code in RIGHT
        if done == count or (code == exits.USAGE and not right):
            return code
        NEVER.wait(every_s)


def obey(run: Run, lines: Iterable[str]) -> int:
    """Run each line until `exit` or the end; the last exit code."""
    import shlex

    code = exits.OK
    for line in lines:
        try:
            words = shlex.split(line)
        except ValueError as error:
            print(f"✘ {error}", file=sys.stderr)
            code = exits.USAGE
            continue
        if words in (["exit"], ["quit"]):
            break
        if words:
            code = run(words)
    return code


def offered(app: typer.Typer) -> dict[str, dict[str, None]]:
    """What a line of the shell may begin with, and for each noun its verbs."""
    nouns = {name: noun for name, noun in get_group(app).commands.items() if isinstance(noun, Noun)}
    return {**{name: dict.fromkeys(noun.commands) for name, noun in nouns.items()}, "exit": {}}


def _typed(app: typer.Typer) -> Iterator[str]:
    """Lines from the terminal, with history and completion of nouns and verbs."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import NestedCompleter

    prompt: PromptSession[str] = PromptSession(completer=NestedCompleter.from_nested_dict(offered(app)))
    while True:
        try:
            yield prompt.prompt("switchboard> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
