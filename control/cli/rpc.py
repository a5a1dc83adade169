"""switchboardctl rpc …: any method by its name, for what has no verb."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from control.cli import complete, exits, show
from control.cli.line import Line
from control.cli.verbs import verb

METHODS = (
    *show.columns("name"),
    ("role", show.key("x-role")),
    ("parameters", lambda row: _usage(row["params"])),
    *show.columns("summary"),
)

Method = Annotated[str, typer.Argument(metavar="METHOD", autocompletion=complete.methods, help="See `rpc methods`.")]
Params = Annotated[str, typer.Argument(metavar="JSON", help="The parameters as one JSON object.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its noun."""
    noun = nouns["rpc"]
    verb(noun, "call", "rpc call gateway.status", """rpc call actor.show '{"name": "token"}'""")(call)
    verb(noun, "methods", "rpc methods", "rpc methods --json")(methods)


def call(line: Line, method: Method, params: Params = "{}") -> None:
    """Call METHOD and print its result as JSON. An order's outcome decides the exit code."""
    answer = line.call(method, **_read(line, params))
    line.dump(answer)
    if isinstance(answer, dict) and {"request_id", "reasons", "status"} <= set(answer) and method != "command.show":
        line.leave(exits.of_outcome(answer))


def methods(line: Line) -> None:
    """List every method with the role it needs and its parameters; --json prints the OpenRPC document."""
    line.show(line.call("rpc.discover"), lambda found: show.table(found["methods"], METHODS, "no methods"))


def _read(line: Line, text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        line.fail(exits.USAGE, f"the parameters are not JSON: {error}")
    if not isinstance(read, dict):
        line.fail(exits.USAGE, "the parameters must be one JSON object")
    return read


def _usage(params: list[dict[str, Any]]) -> str:
    needed = [row["name"] for row in params if row["required"]]
    return " ".join((*needed, *(f"[{row['name']}]" for row in params if not row["required"])))
