"""A gateway with audio workers, a transcription service in the box, callers of both protocols, operators' commands."""

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Self
from uuid import uuid4

import websocket

from simulator.server import Simulator
from simulator.transcription.options import TranscriptionOptions
from tests.audiohook import EXTERNAL, upgrade_headers
from tests.media.audiohook_house import HookCaller
from tests.media.callers import Caller as Plain
from tests.media.callers import request
from tests.trips.house import ALL, FAST, ROOT, House, Output
from tests.trips.wire import PATIENCE_S, Wire

KEY = "k-operator-1"
FRAME = bytes(160)  # 20 ms of PCMU
KINDS = ("media.ready", "stream.opened", "stream.gap", "stream.language", "stream.transcript", "stream.closed")


class Caller:
    """A call as Genesys sends it over /media-api."""

    def __init__(self, address: str, conversation_id: str, bearer: str = KEY) -> None:
        """WebSocketBadStatusException where it is not let in."""
        self.conversation_id = conversation_id
        self._sequence = 0
        self._socket = websocket.create_connection(
            f"ws://{address}/media-api",
            timeout=PATIENCE_S,
            subprotocols=["media-api"],
            suppress_origin=True,
            header={"Authorization": f"Bearer {bearer}"},
        )

    def speak(self, frames: int = 1, skipping: int = 0) -> None:
        """Send frames; `skipping` sequence numbers before the first."""
        self._sequence += skipping
        for _ in range(frames):
            self._sequence += 1
            frame = {
                "conversationId": self.conversation_id,
                "participantId": "p-1",
                "audio": base64.b64encode(FRAME).decode(),
                "format": "PCMU",
                "sampleRate": 8000,
                "sequenceNumber": self._sequence,
                "timestamp": "2026-01-01T00:00:00Z",
            }
            self._socket.send(json.dumps(frame))

    def close_code(self) -> int:
        """Wait for the other side to end the call; the code of its close frame, 0 where none came."""
        while True:
            try:
                opcode, data = self._socket.recv_data(control_frame=True)
            except (websocket.WebSocketConnectionClosedException, ConnectionError):
                return 0
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2], "big")

    def hang_up(self) -> None:
        self._socket.close()
        self._socket.shutdown()  # type: ignore[no-untyped-call]  # websocket-client is typed in part


class HookedCaller:
    """A call as Genesys sends it over /audiohook."""

    def __init__(self, address: str, media: dict[str, Any]) -> None:
        self.conversation_id = str(uuid4())
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), PATIENCE_S)
        plain, session = Plain(self._socket), str(uuid4())
        unused = {"Authorization": None, "Sec-WebSocket-Protocol": None}
        plain.send(request("/audiohook", **unused, **upgrade_headers(KEY, session)))
        assert plain.head()[0] == 101
        self.hook = HookCaller(plain, session)
        self.hook.opened(media, conversationId=self.conversation_id)

    def speak(self, frames: int = 1) -> None:
        """Send frames."""
        for _ in range(frames):
            self.hook.audio(len(FRAME))

    def hear(self, kind: str) -> dict[str, Any]:
        """The parameters of the next message of that type."""
        while (message := self.hook.hear())["type"] != kind:
            pass
        parameters: dict[str, Any] = message["parameters"]
        return parameters

    def hang_up(self) -> None:
        """End the session as Genesys does, once."""
        if self._socket.fileno() >= 0:
            self.hook.send(self.hook.scribe.say("close", {"reason": "end"}))
            self.hear("closed")
            self.cut()

    def cut(self) -> None:
        """Be gone."""
        self._socket.close()


class Command:
    """`switchboardctl` in a process of its own; `said` is what it prints."""

    def __init__(self, house: House, *words: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", "from supervisors.operator_cli import main; main()", *words],
            env={**house.environment, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            cwd=house.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._child.stdout is not None
        self.said = Output(self._child.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self.code()
        assert self._child.stdout is not None
        self._child.stdout.close()

    def code(self) -> int:
        """Wait for its end; the exit code."""
        code = self._child.wait(PATIENCE_S)
        self.said.join(PATIENCE_S)
        return code


class Studio:
    """A gateway with audio workers, an operator at its socket, and whoever calls."""

    def __init__(self, house: House, stack: ExitStack) -> None:
        self.house, self._stack = house, stack
        self.wire = self._arrive()

    def _arrive(self) -> Wire:
        self.house.launch().log.await_line("ready")
        wire = self.house.wire()
        wire.call("events.subscribe", kinds=KINDS)
        for number in range(1, int(self.house.environment["SWITCHBOARD_MEDIA__WORKERS"]) + 1):
            self.ready(wire, f"media.{number}")
        self.address = str(wire.call("gateway.status")["media"])
        return wire

    def come_back(self) -> None:
        """The next gateway, after the last one has ended."""
        self.wire = self._arrive()

    @staticmethod
    def ready(wire: Wire, worker: str) -> int:
        """Wait until the worker takes calls; its pid."""
        while (facts := wire.call("actor.show", name=worker)["facts"])["state"] != "ready":
            wire.event()
        return int(facts["pid"])

    def event(self, kind: str) -> dict[str, Any]:
        """The data of the next event of that kind."""
        while (event := self.wire.event())["kind"] != kind:
            pass
        data: dict[str, Any] = event["data"]
        return data

    def call(self, conversation_id: str) -> Caller:
        """A call whose stream has begun."""
        caller = Caller(self.address, conversation_id)
        self._stack.callback(caller.hang_up)
        caller.speak()
        while self.event("stream.opened")["conversation_id"] != conversation_id:
            pass
        return caller

    def hook(self, media: dict[str, Any] = EXTERNAL) -> HookedCaller:
        """The same over AudioHook; one channel unless `media` has two."""
        caller = HookedCaller(self.address, media)
        self._stack.callback(caller.cut)
        while self.event("stream.opened")["conversation_id"] != caller.conversation_id:
            pass
        return caller

    def genesys_calls(self, *options: str) -> "subprocess.Popen[bytes]":
        """`python -m simulator.calls`, over AudioHook unless `options` say otherwise; `told_of` waits for its end."""
        where = ("--url", f"ws://{self.address}", "--protocol", "audiohook", "--key", KEY, "--json")
        words = [sys.executable, "-m", "simulator.calls", *where, *options]
        calling = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._stack.callback(calling.communicate)
        self._stack.callback(calling.kill)
        return calling

    def command(self, *words: str) -> Command:
        """Start `switchboardctl` and wait for nothing."""
        return self._stack.enter_context(Command(self.house, *words))

    def told(self, *words: str, code: int = 0) -> str:
        """What `switchboardctl` says until it ends."""
        command = self.command(*words)
        assert command.code() == code, command.said.text
        return command.said.text

    def show(self, conversation_id: str) -> dict[str, Any]:
        """stream.show."""
        shown: dict[str, Any] = self.wire.call("stream.show", conversation_id=conversation_id)
        return shown

    def until(self, conversation_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What is shown of a stream once that holds; counters come four times a second."""
        ends_s = monotonic() + PATIENCE_S
        while not holds(shown := self.show(conversation_id)):
            assert monotonic() < ends_s, shown
        return shown

    def await_well(self) -> None:
        """Until the gateway tells of nothing that is amiss: what a worker says comes to it by way of the journal."""
        ends_s = monotonic() + PATIENCE_S
        while troubles := self.wire.call("gateway.status")["degraded"]:
            assert monotonic() < ends_s, troubles

    def await_drained(self, worker: str) -> None:
        """Until the worker's process has ended, as it was told to."""
        ends_s = monotonic() + PATIENCE_S
        while self.wire.call("actor.show", name=worker)["facts"]["state"] != "drained":
            assert monotonic() < ends_s

    def records(self, conversation_id: str) -> dict[str, dict[str, Any]]:
        """The data of the records of a call, by their kind."""
        found = self.wire.call("audit.query", interaction_id=conversation_id)["records"]
        return {record["kind"]: record["data"] for record in found}

    def all_records(self, kind: str) -> list[dict[str, Any]]:
        """The records of that kind, of whatever call."""
        found: list[dict[str, Any]] = self.wire.call("audit.query", kind=kind, limit=ALL)["records"]
        return found

    def missing(self, conversation_id: str) -> int:
        """Frames that are missing by the records of a call."""
        found = self.wire.call("audit.query", interaction_id=conversation_id, kind="stream.gap")["records"]
        return sum(record["data"].get("missing", 0) for record in found)


def told_of(calling: "subprocess.Popen[bytes]") -> list[dict[str, Any]]:
    """Its calls, none of which went wrong."""
    said = calling.communicate(timeout=PATIENCE_S)[0]
    assert calling.returncode == 0, said.decode()
    calls: list[dict[str, Any]] = json.loads(said)["each"]
    return calls


@contextmanager
def studios(**settings: object) -> Iterator[Studio]:
    """One with two workers, unless `settings` say otherwise; nothing is left of it afterwards."""
    own = {"media__workers": 2, "media_keys": KEY, "media_listen": "127.0.0.1:0", "media__drain_s": 2}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="trip-")))
        box = Simulator(settings=FAST, transcription=TranscriptionOptions())
        house = stack.enter_context(House(folder, stack.enter_context(box), **(own | settings)))
        house.environment["TRANSCRIPTION_GRPC_ADDR"] = house.genesys.transcription_addr
        yield Studio(house, stack)
