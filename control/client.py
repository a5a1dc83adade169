"""The other end of the socket: a plain, blocking JSON-RPC client for programs that run beside the gateway."""

import socket
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import orjson

from control.patience import worth_waiting_s

HELLO_S = 5.0  # to connect and be greeted; a gateway that takes longer is as good as not there
RECEIVED_BYTES = 64 << 10  # at once, at most
SHORTEST_S = 0.001  # no time at all would be taken for "do not wait", whatever is there
HANGS = "it may be overloaded or stopped by a debugger; look at its log, or kill and start it again"
UNKNOWN_END = "what was asked for may happen yet; command list and gateway status tell"

Patience = Callable[[str, dict[str, Any]], float]
"""How long an answer is worth waiting for, in seconds, by method and parameters."""


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
    """No answer within the time that the caller gave, or that any may take; what was asked for may happen yet."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Client:
    """One connection, open from construction to `close`; `hello` is the gateway's greeting.

    `wait_s` is how long an answer or the next event is waited for. Without it, events are waited for for ever, and an
    answer as long as `patience` says.
    """

    def __init__(self, path: Path, wait_s: float | None = None, patience: Patience = worth_waiting_s) -> None:
        self._path = path
        self._wait_s = wait_s
        self._patience = patience
        self._ids = count(1)
        self._held: deque[dict[str, Any]] = deque()
        self._lines: deque[bytes] = deque()
        self._unfinished = bytearray()
        self._socket = _connect(path)
        try:
            self.hello = self._greeting()
        except (Refused, Unreachable):
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; what was asked and not answered goes on in the gateway."""
        self._socket.close()

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """The result of `method`; Refused, TimedOut or Unreachable."""
        number = next(self._ids)
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        wait_s = self._patience(method, params) if self._wait_s is None else self._wait_s
        try:
            answer = self._answer(number, orjson.dumps(request) + b"\n", wait_s)
        except TimeoutError as error:
            raise self._in_vain(method, wait_s) from error
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def _answer(self, number: int, request: bytes, wait_s: float) -> dict[str, Any]:
        until_s = monotonic() + wait_s
        try:
            self._socket.settimeout(wait_s)
            self._socket.sendall(request)
        except ConnectionError as error:
            raise self._gone() from error
        while (answer := self._read(until_s)).get("id") != number:
            self._held.append(answer)
            if monotonic() >= until_s:
                raise TimeoutError
        return answer

    def _in_vain(self, method: str, wait_s: float) -> TimedOut:
        if self._wait_s is not None:
            return TimedOut(f"no answer within {wait_s:g} s", UNKNOWN_END)
        message = f"the gateway at {self._path} does not answer {method} within {wait_s:g} s, as it should"
        return TimedOut(message, f"{HANGS}; {UNKNOWN_END}")

    def follow(self, ours: Callable[[dict[str, Any]], bool], look_s: float) -> Iterator[dict[str, Any] | None]:
        """Those of the events that are `ours`, for ever; None whenever there has been none of them for `look_s`.

        A gateway that hangs is silent, and any event can be lost: whoever follows asks something at each None, such as
        whether what it waits for has ended.
        TimedOut when there is none of ours in the time given at the start.
        """
        heard_s = looked_s = monotonic()
        while True:
            gives_up_s, looks_s = self._patience_ends(heard_s), looked_s + look_s
            event = self._event(min(gives_up_s, looks_s))
            if event is not None and ours(event):
                yield event
                heard_s = looked_s = monotonic()
            elif monotonic() >= gives_up_s:
                raise TimedOut(f"nothing was told within {self._wait_s:g} s", "wait longer, or for ever without --wait")
            elif monotonic() >= looks_s:
                yield None
                looked_s = monotonic()

    def _event(self, until_s: float) -> dict[str, Any] | None:
        try:
            while (heard := self._held.popleft() if self._held else self._read(until_s)).get("method") != "event":
                pass
        except TimeoutError:
            return None
        told: dict[str, Any] = heard["params"]
        return told

    def _patience_ends(self, since_s: float) -> float:
        return inf if self._wait_s is None else since_s + self._wait_s

    def _greeting(self) -> dict[str, Any]:
        try:
            hello: dict[str, Any] = self._read(monotonic() + HELLO_S)["params"]
        except TimeoutError as error:
            raise Unreachable(f"the gateway at {self._path} does not greet within {HELLO_S:g} s", HANGS) from error
        if "error" in hello:
            raise Refused(hello["error"])
        return hello

    def _read(self, until_s: float) -> dict[str, Any]:
        while not self._lines:
            self._receive(until_s)
        read: dict[str, Any] = orjson.loads(self._lines.popleft())
        return read

    def _receive(self, until_s: float) -> None:
        try:
            self._socket.settimeout(None if until_s == inf else max(until_s - monotonic(), SHORTEST_S))
            received = self._socket.recv(RECEIVED_BYTES)
        except ConnectionError as error:
            raise self._gone() from error
        if not received:
            raise self._gone()
        *ends, rest = received.split(b"\n")
        for end in ends:
            self._lines.append(bytes(self._unfinished + end))
            self._unfinished.clear()
        self._unfinished += rest

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
