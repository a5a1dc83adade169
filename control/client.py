"""The other end of the socket: a plain, blocking JSON-RPC client for programs that run beside the gateway."""

import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

HELLO_S = 5.0  # to connect and be greeted; a gateway that takes longer is as good as not there


class Unreachable(Exception):  # noqa: N818 - a fact
    """Nobody answers at the socket."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Forbidden(Unreachable):
    """The socket's file may not be opened by this user."""


class Refused(Exception):  # noqa: N818 - a fact
    """The gateway answered with an error; `code`, `message` and `data` are its own."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", "refused"))
        self.code: int = error.get("code", 0)
        self.message: str = error.get("message", "refused")
        self.data: Any = error.get("data")


class TimedOut(Exception):  # noqa: N818 - a fact
    """No answer within the time that the caller gave; what was asked for may happen yet."""


class Client:
    """One connection, open from construction to `close`; `hello` is the gateway's greeting."""

    def __init__(self, path: Path, wait_s: float | None = None) -> None:
        self._path = path
        self._wait_s = wait_s
        self._ids = count(1)
        self._held: list[dict[str, Any]] = []
        self._socket = _connect(path)
        self._lines = self._socket.makefile("rb")
        try:
            self.hello = self._greeting()
        except (Refused, Unreachable):
            self.close()
            raise
        self._socket.settimeout(wait_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; what was asked and not answered goes on in the gateway."""
        self._lines.close()
        self._socket.close()

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """The result of `method`; Refused, TimedOut or Unreachable."""
        number = next(self._ids)
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            self._socket.sendall(orjson.dumps(request) + b"\n")
        except TimeoutError as error:
            raise TimedOut from error
        except ConnectionError as error:
            raise self._gone() from error
        while (answer := self._read()).get("id") != number:
            self._held.append(answer)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def events(self) -> Iterator[dict[str, Any]]:
        """The events of this connection's subscription, for ever; TimedOut when none comes in the time given."""
        while True:
            heard = self._held.pop(0) if self._held else self._read()
            if heard.get("method") == "event":
                yield heard["params"]

    def _greeting(self) -> dict[str, Any]:
        try:
            hello: dict[str, Any] = self._read()["params"]
        except TimedOut as error:
            remedy = "it may be overloaded or stopped by a debugger; look at its log, or kill and start it again"
            raise Unreachable(f"the gateway at {self._path} does not greet within {HELLO_S:g} s", remedy) from error
        if "error" in hello:
            raise Refused(hello["error"])
        return hello

    def _read(self) -> dict[str, Any]:
        try:
            line = self._lines.readline()
        except TimeoutError as error:
            raise TimedOut from error
        except ConnectionError as error:
            raise self._gone() from error
        if not line.endswith(b"\n"):
            raise self._gone()
        read: dict[str, Any] = orjson.loads(line)
        return read

    def _gone(self) -> Unreachable:
        remedy = "it has stopped or its door was restarted; switchboardctl gateway status tells"
        return Unreachable(f"the gateway at {self._path} has closed the connection", remedy)


def _connect(path: Path) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(HELLO_S)
    try:
        connected.connect(str(path))
    except OSError as error:
        connected.close()
        raise _why_not(path, error) from error
    return connected


def _why_not(path: Path, error: OSError) -> Unreachable:
    if isinstance(error, PermissionError):
        remedy = "use a user or group that may (it is the gateway's group), or sudo"
        return Forbidden(f"this user may not open the control socket {path}", remedy)
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"no gateway listens at {path}", "start one; what lies there is left of one that has ended")
    if isinstance(error, FileNotFoundError):
        remedy = "start one, or say where it is with --socket or SWITCHBOARD_CONTROL_SOCKET"
        return Unreachable(f"there is no gateway at {path}", remedy)
    return Unreachable(f"the control socket {path} cannot be used: {error}", "look at --socket")
