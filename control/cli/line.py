"""The operator's line to the gateway: what every verb asks through, shows through and ends through."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from control.cli import exits, show
from control.cli.places import socket_path

if TYPE_CHECKING:
    from control.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the options that every verb has say."""

    socket: Path | None = None
    as_json: bool = False
    wait_s: float | None = None


class Line:
    """Connects at the first call and keeps the connection until the verb ends."""

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes
        self._client: Client | None = None

    def client(self) -> "Client":
        """The connection."""
        if self._client is None:
            from control.client import Client

            path = socket_path(self.wishes.socket, os.environ, os.getuid(), Path.exists)
            self._client = Client(path, self.wishes.wait_s)
        return self._client

    def call(self, method: str, **params: Any) -> Any:
        """The result of `method`; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return self.client().call(method, given)

    def show(self, result: Any, draw: Callable[[Any], object]) -> None:
        """`result` as JSON where that was asked for, else as `draw` prints it."""
        if self.wishes.as_json:
            self.dump(result)
        else:
            draw(result)

    def dump(self, result: Any) -> None:
        """`result` as one line of JSON, at once, for whoever reads the pipe."""
        import orjson

        print(orjson.dumps(result).decode(), flush=True)

    def pairs(self, option: str, given: list[str] | None) -> dict[str, str]:
        """What `option` was given, each as NAME=VALUE; a usage error when one is not."""
        parts = [word.partition("=") for word in given or ()]
        for name, equals, value in parts:
            if not (name and equals):
                self.fail(exits.USAGE, f"{option} {name}{equals}{value}: write {option} NAME=VALUE")
        return {name: value for name, _, value in parts}

    def leave(self, code: int) -> None:
        """End the verb with this exit code."""
        if code:
            raise typer.Exit(code)

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def spoken(self) -> Iterator["Line"]:
        """Turn what can go wrong on the line into words, and into an exit code."""
        from control.client import Forbidden, Refused, TimedOut, Unreachable

        try:
            yield self
        except Refused as refused:
            self.fail(exits.of_error(refused.code), refused.message, refused.data, refused.code)
        except Forbidden as forbidden:
            self.fail(exits.NOT_PERMITTED, forbidden.message, {"remedy": forbidden.remedy})
        except Unreachable as unreachable:
            self.fail(exits.UNREACHABLE, unreachable.message, {"remedy": unreachable.remedy})
        except TimedOut as late:
            self.fail(exits.TIMED_OUT, late.message, {"remedy": late.remedy})
        finally:
            self.close()

    def fail(self, code: int, message: str, data: Any = None, rpc_code: int | None = None) -> NoReturn:
        """Say what went wrong and end with `code`."""
        if self.wishes.as_json:
            self.dump({"error": {"code": rpc_code, "message": message, "data": data}})
        else:
            print(f"✘ {show.clean(message)}", file=sys.stderr)
            for line in _advice(data):
                print(f"  {show.clean(line)}", file=sys.stderr)
        raise typer.Exit(code)


def value_of(text: str) -> Any:
    """`text` as JSON, where it is some: numbers, true, false and null; a text needs no quotes."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _advice(data: Any) -> Iterator[str]:
    if not isinstance(data, Mapping):
        return
    for wrong in data.get("fields", ()):
        yield f"{wrong['field']}: {wrong['problem']}"
    if near := data.get("did_you_mean"):
        yield f"did you mean {' or '.join(near)}?"
    if remedy := data.get("remedy"):
        yield f"→ {remedy}"
