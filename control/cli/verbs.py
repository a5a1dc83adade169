"""How a verb is made: a function of a Line and its own options becomes a command with the options all verbs have."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from control.cli.line import Line, Wishes

Work = TypeVar("Work", bound=Callable[..., None])
LATE = inspect.Parameter.KEYWORD_ONLY

SocketPath = Annotated[
    Path | None,
    typer.Option(
        "--socket",
        metavar="PATH",
        help="The gateway's control socket. Default: SWITCHBOARD_CONTROL_SOCKET, else where the gateway puts it.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the gateway's answer as JSON, one object a line.")]
Wait = Annotated[
    float | None,
    typer.Option("--wait", metavar="SECONDS", min=0.001, help="Wait so long for an answer, then exit 124."),
]
COMMON = (
    inspect.Parameter("socket", LATE, default=None, annotation=SocketPath),
    inspect.Parameter("as_json", LATE, default=False, annotation=AsJson),
    inspect.Parameter("wait_s", LATE, default=None, annotation=Wait),
)


def verb(noun: typer.Typer, name: str, *examples: str, **settings: Any) -> Callable[[Work], Work]:
    """Make the decorated function the command `name`; its first parameter is the Line, its docstring the help."""

    def register(work: Work) -> Work:
        def run(**given: Any) -> None:
            socket, as_json, wait_s = given.pop("socket"), given.pop("as_json"), given.pop("wait_s")
            with Line(Wishes(socket=socket, as_json=as_json, wait_s=wait_s)).spoken() as line:
                work(line, **given)

        own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
        options = [parameter.replace(kind=LATE) for parameter in own] + list(COMMON)
        run.__doc__ = work.__doc__
        run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined] # what typer reads
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in options}
        noun.command(name, epilog=_epilog(examples), short_help=_first_sentence(work), **settings)(run)
        return work

    return register


def _first_sentence(work: Callable[..., None]) -> str:
    """What a noun's help says of a verb: whole, where click would cut it off."""
    return (inspect.getdoc(work) or "").split("\n\n")[0].split(". ")[0].rstrip(".") + "."


def _epilog(examples: tuple[str, ...]) -> str | None:
    """Examples, each on a line of its own (\\b keeps click from filling them into a paragraph)."""
    if not examples:
        return None
    return "\b\nExamples:\n" + "\n".join(f"  switchboardctl {example}" for example in examples)
