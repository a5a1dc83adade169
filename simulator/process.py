"""`SimulatorProcess`, `TranscriptionProcess`: the box as a child process that never outlives its parent."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from subprocess import PIPE, Popen, TimeoutExpired
from typing import Any, Self

import orjson

START_S = 20.0
STOP_S = 5.0
_HOME = str(Path(__file__).resolve().parent.parent)


class DidNotComeUp(RuntimeError):  # noqa: N818 - a fact
    """A program of the box ended before it served, or said nothing for START_S."""


class BoxProcess:
    """A program of the box as a child; its ready line says where it is."""

    def __init__(self, module: str, arguments: Sequence[str] = ()) -> None:
        self._module = module
        self._arguments = arguments
        self._child: Popen[bytes] | None = None
        self._ready: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Begin, and wait until it serves."""
        return self.begin().wait_until_ready()

    def begin(self) -> Self:
        """Have it start beside whatever its parent does next; where it is can be told once it serves."""
        path = os.pathsep.join(filter(None, [_HOME, os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", self._module, "--stop-on-eof", *self._arguments]
        environment = os.environ | {"PYTHONPATH": path}
        # not in this process group: Ctrl-C is for whoever started it, who may still need it to end in good order
        self._child = Popen(command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True)
        return self

    def wait_until_ready(self) -> Self:
        """Until it serves; DidNotComeUp with its exit code."""
        assert self._child is not None
        line = self._first_line()
        if not line:
            self.stop()
            raise DidNotComeUp(f"{self._module} did not come up: exit code {self._child.returncode}")
        self._ready = orjson.loads(line)
        return self

    def stop(self) -> None:
        """End it; killed if it takes longer than STOP_S."""
        child = self._child
        if child is None:
            return
        with child:  # closes the pipes: its stdin reaches EOF
            child.terminate()
            try:
                child.wait(STOP_S)
            except TimeoutExpired:
                child.kill()

    def kill(self) -> None:
        """End it as a crash would: at once, with SIGKILL."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    @property
    def pid(self) -> int:
        return int(self._ready["pid"])

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def _first_line(self) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        with DefaultSelector() as selector:
            selector.register(self._child.stdout, EVENT_READ)
            return self._child.stdout.readline() if selector.select(START_S) else b""


class SimulatorProcess(BoxProcess):
    """`arguments` are those of `python -m simulator`. `with SimulatorProcess(["--tls"]) as box: box.url`."""

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        super().__init__("simulator", arguments)

    @property
    def url(self) -> str:
        return str(self._ready["url"])

    @property
    def ws_url(self) -> str:
        return str(self._ready["ws_url"])

    @property
    def events_url(self) -> str:
        return str(self._ready["events_url"])

    @property
    def assist_url(self) -> str:
        return str(self._ready["assist_url"])

    @property
    def cdn_url(self) -> str:
        return str(self._ready["cdn_url"])

    @property
    def ca_file(self) -> Path | None:
        return None if self._ready["ca_file"] is None else Path(self._ready["ca_file"])

    @property
    def client_id(self) -> str:
        return str(self._ready["client_id"])

    @property
    def client_secret(self) -> str:
        return str(self._ready["client_secret"])

    @property
    def transcription_addr(self) -> str | None:
        """`host:port` of the gRPC service; None without --transcription."""
        told = self._ready["transcription_addr"]
        return None if told is None else str(told)


class TranscriptionProcess(BoxProcess):
    """`arguments` are those of `python -m simulator.transcription`."""

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        super().__init__("simulator.transcription", arguments)

    @property
    def address(self) -> str:
        """`host:port` of the gRPC service."""
        return str(self._ready["address"])

    @property
    def url(self) -> str:
        """The admin door: `{url}/sim/streams`."""
        return str(self._ready["url"])

    @property
    def files(self) -> dict[str, str | None]:
        """`ca_file`, `cert_file` and `key_file` for a client; empty without TLS."""
        return dict(self._ready["files"] or {})
