"""An operator's program: lines to the control socket and lines back, several requests open at once."""

import socket
from collections import deque
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

PATIENCE_S = 60.0  # for what must happen; a trip that waits this long has failed


class Hung(AssertionError):  # noqa: N818 - a fact
    """The gateway has closed the connection."""


class Wire:
    """One connection; `heard` keeps every line that ever came, for tests that look for what must not be said."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._numbers = count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._events: deque[dict[str, Any]] = deque()
        self.heard: list[bytes] = []
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")
        self.hello: dict[str, Any] = self.line()["params"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def call(self, method: str, **params: Any) -> Any:
        """The result of `method`; an error fails the test."""
        return self.result(self.ask(method, **params))

    def error(self, method: str, **params: Any) -> dict[str, Any]:
        """The error that `method` is answered with; a result fails the test."""
        answer = self.answer(self.ask(method, **params))
        assert "error" in answer, answer
        error: dict[str, Any] = answer["error"]
        return error

    def ask(self, method: str, **params: Any) -> int:
        """Send one request and wait for nothing; its number."""
        number = next(self._numbers)
        self.write(orjson.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + b"\n")
        return number

    def write(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(raw)

    def result(self, number: int) -> Any:
        """The result of the request `number`; an error fails the test."""
        answer = self.answer(number)
        assert "error" not in answer, answer
        return answer["result"]

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to the request `number`; what comes before it is kept."""
        while number not in self._answers:
            self._keep(self.line())
        return self._answers.pop(number)

    def next_answer(self) -> dict[str, Any]:
        """Whichever answer comes next."""
        while not self._answers:
            self._keep(self.line())
        return self._answers.pop(next(iter(self._answers)))

    def event(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of `kinds`; others are passed over."""
        while True:
            while not self._events:
                self._keep(self.line())
            event = self._events.popleft()
            if not kinds or event["kind"] in kinds:
                return event

    def line(self) -> dict[str, Any]:
        """The next line, whatever it is; Hung when there will be none."""
        try:
            raw = self._lines.readline()
        except ConnectionError as error:
            raise Hung("the gateway cut the connection") from error
        if not raw.endswith(b"\n"):
            raise Hung("the gateway closed the connection")
        self.heard.append(raw)
        read: dict[str, Any] = orjson.loads(raw)
        return read

    def _keep(self, line: dict[str, Any]) -> None:
        if line.get("method") == "event":
            self._events.append(line["params"])
        else:
            self._answers[line["id"]] = line
