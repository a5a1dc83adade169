"""Live audio, from the call's socket to the operator's: seen while it lasts, ended on record whatever ends it."""

import base64
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import pytest
import websocket

from simulator.process import TranscriptionProcess
from tests.trips.house import House, lodging
from tests.trips.wire import PATIENCE_S, Wire

KEY = "k-operator-1"
FRAME = bytes(160)  # 20 ms of PCMU
BACK_S = 2.0  # a worker that was killed; generously, since tests share their cores


class Caller:
    """A call as Genesys sends it over /media-api."""

    def __init__(self, address: str, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self._sequence = 0
        self._socket = websocket.create_connection(
            f"ws://{address}/media-api",
            timeout=PATIENCE_S,
            subprotocols=["media-api"],
            suppress_origin=True,
            header={"Authorization": f"Bearer {KEY}"},
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
        self._socket.shutdown()


class Studio:
    """A gateway with audio workers, an operator at its socket, and whoever calls."""

    def __init__(self, house: House, stack: ExitStack) -> None:
        self.house, self._stack = house, stack
        self.wire = self._arrive()

    def _arrive(self) -> Wire:
        self.house.launch().log.await_line("ready")
        wire = self.house.wire()
        wire.call("events.subscribe", kinds=["media.ready", "stream.opened", "stream.gap", "stream.closed"])
        for number in (1, 2):
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

    def records(self, conversation_id: str) -> dict[str, dict[str, Any]]:
        """The data of the records of a call, by their kind."""
        found = self.wire.call("audit.query", interaction_id=conversation_id)["records"]
        return {record["kind"]: record["data"] for record in found}

    def missing(self, conversation_id: str) -> int:
        """Frames that are missing by the records of a call."""
        found = self.wire.call("audit.query", interaction_id=conversation_id, kind="stream.gap")["records"]
        return sum(record["data"].get("missing", 0) for record in found)


@pytest.fixture
def studio() -> Iterator[Studio]:
    settings = {"media__workers": 2, "media_keys": KEY, "media_listen": "127.0.0.1:0", "media__drain_s": 2}
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="trip-"))
        service = stack.enter_context(TranscriptionProcess())
        house = stack.enter_context(lodging(Path(folder), **settings))
        house.environment["TRANSCRIPTION_GRPC_ADDR"] = service.address
        yield Studio(house, stack)


def test_a_call_is_seen_while_it_lasts_and_is_on_record_after_it(studio: Studio) -> None:
    caller = studio.call("c-1")
    caller.speak(10)
    caller.speak(5, skipping=3)
    while (gap := studio.event("stream.gap")).get("missing") is None:
        pass  # of what the service did not take in time
    assert gap["missing"] == 3
    shown = studio.until("c-1", lambda shown: shown["frames"] == 16)
    assert (shown["state"], shown["protocol"], shown["codec"], shown["gaps"]) == ("live", "media-api", "PCMU", 1)
    assert [row["stream_id"] for row in studio.wire.call("stream.list")["streams"]] == [shown["stream_id"]]
    caller.hang_up()
    studio.event("stream.closed")
    records = studio.records("c-1")
    assert studio.missing("c-1") == 3
    assert (records["stream.closed"]["frames"], records["stream.closed"]["gaps"]) == (16, 1)
    assert studio.show("c-1")["state"] == "ended"
    assert studio.wire.call("stream.list")["live"] == 0


def test_a_worker_that_is_killed_takes_only_its_own_calls_along_and_is_back_soon(studio: Studio) -> None:
    callers = {f"c-{number}": studio.call(f"c-{number}") for number in range(8)}
    workers = {name: studio.show(name)["worker"] for name in callers}
    victim = workers["c-0"]
    lost = {name for name, worker in workers.items() if worker == victim}
    killed_s = monotonic()
    os.kill(int(studio.wire.call("actor.show", name=victim)["facts"]["pid"]), signal.SIGKILL)
    assert studio.event("media.ready")["worker"] == victim
    back_s = monotonic() - killed_s
    assert back_s < 5 * BACK_S
    for name in lost:
        assert callers[name].close_code() == 0
        closed = studio.records(name)["stream.closed"]
        assert closed["reason"] == f"its audio worker {victim} was lost: it was killed by SIGKILL"
    for name in set(callers) - lost:
        callers[name].speak(3)
        studio.until(name, lambda shown: shown["frames"] == 4)
    assert studio.wire.call("stream.list")["live"] == len(callers) - len(lost)
    assert studio.wire.call("gateway.status")["degraded"] == []
    studio.call("c-new")


def test_a_drain_takes_no_more_calls_and_ends_those_there_are_in_good_order(studio: Studio) -> None:
    caller = studio.call("c-1")
    drained = studio.wire.call("gateway.drain", timeout_s=20)
    assert (drained["drained"], drained["audio_workers"]) == (True, 0)
    assert caller.close_code() in {1000, 1001}
    assert "lost" not in studio.records("c-1")["stream.closed"]["reason"]
    host, _, port = studio.address.rpartition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    studio.wire.call("gateway.resume")
    for number in (1, 2):
        studio.ready(studio.wire, f"media.{number}")
    studio.call("c-3")


def test_streams_of_a_gateway_that_is_killed_are_closed_on_record_at_the_next_start(studio: Studio) -> None:
    caller = studio.call("c-1")
    studio.house.kill()
    assert caller.close_code() in {0, 1001}
    studio.come_back()
    while "stream.closed" not in (records := studio.records("c-1")):
        pass
    assert records["stream.closed"]["reason"] == "the gateway ended"
    assert studio.wire.call("audit.verify")["ok"] is True
    studio.call("c-2")


def test_a_gateway_that_is_told_to_stop_leaves_no_worker_behind(studio: Studio) -> None:
    caller = studio.call("c-1")
    studio.house.terminate()
    assert studio.house.process.code() == 0
    assert caller.close_code() in {1000, 1001}
    assert not studio.house.process.left_something_running()
