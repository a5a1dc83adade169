"""`kill -9` of a worker process in the middle of 500 calls: how soon all their ends are told, and the next takes calls.

A whole gateway with two workers, against the simulator; a fresh one for every two kills, one of each worker, since who
dies again within a minute is started again later.
"""

import base64
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks.gateway import Wire, gateway
from benchmarks.media.gateways import KEY
from benchmarks.table import show

CALLS, GATEWAYS = 500, 3
WORKERS = ("media.1", "media.2")
KINDS = ("media.ready", "stream.opened", "stream.closed")
SETTINGS = {
    "SWITCHBOARD_MEDIA__WORKERS": str(len(WORKERS)),
    "SWITCHBOARD_MEDIA_KEYS": KEY,
    "SWITCHBOARD_MEDIA_LISTEN": "127.0.0.1:0",
}
AUDIO = base64.b64encode(b"\xff" * 160).decode()


def killed() -> None:
    """The table."""
    rounds = [taken for _ in range(GATEWAYS) for taken in _rounds()]
    ended, back = zip(*rounds, strict=True)
    show(
        f"kill -9 of one of two workers that hold {CALLS} calls, {len(rounds)} times",
        ("until", "median ms", "least ms", "most ms"),
        [
            ("each of its calls is closed in the record", median(ended), min(ended), max(ended)),
            ("the next worker takes calls", median(back), min(back), max(back)),
        ],
    )


def _rounds() -> Iterator[tuple[float, float]]:
    words = ("--transcription", "plain")
    with TemporaryDirectory() as folder, gateway(folder, SETTINGS, {}, words) as running:
        operator = _Operator(running.path)
        for worker in WORKERS:
            yield _round(operator, worker)


def _round(operator: "_Operator", worker: str) -> tuple[float, float]:
    """Milliseconds until the ends of its calls are told, and until the next one takes calls."""
    pid = operator.pid(worker)
    port = int(str(operator.ask("gateway.status")["media"]).rpartition(":")[2])
    with ExitStack() as calls:
        for number in range(CALLS):
            calls.enter_context(_call(port, f"{worker}-{number}"))
        opened = [operator.event("stream.opened") for _ in range(CALLS)]
        held = {stream["stream_id"] for stream in opened if stream["worker"] == worker}
        began_s = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        ended_s = back_s = 0.0
        while held or not back_s:
            kind, data = operator.next_event()
            if kind == "stream.closed" and data["stream_id"] in held:  # calls of the round before may end as well
                held.remove(data["stream_id"])
                ended_s = time.monotonic()
            elif kind == "media.ready" and data["worker"] == worker and data["pid"] != pid:
                back_s = time.monotonic()
    return (ended_s - began_s) * 1000, (back_s - began_s) * 1000


class _Operator:
    """Asks and listens on one connection."""

    def __init__(self, path: str) -> None:
        self._wire, self._numbers = Wire(path), count(1)
        self._events: deque[dict[str, Any]] = deque()
        self.ask("events.subscribe", kinds=KINDS)

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """The result of a question."""
        number = next(self._numbers)
        self._wire.write(number, method, **params)
        while (line := self._wire.read()).get("id") != number:
            self._events.append(line["params"])
        result: dict[str, Any] = line["result"]
        return result

    def next_event(self) -> tuple[str, dict[str, Any]]:
        """Its kind and its data."""
        told = self._events.popleft() if self._events else self._wire.read()["params"]
        return told["kind"], told["data"]

    def event(self, kind: str) -> dict[str, Any]:
        """The data of the next event of that kind."""
        while (told := self.next_event())[0] != kind:
            pass
        return told[1]

    def pid(self, worker: str) -> int:
        """Its process, as soon as that takes calls."""
        while (facts := self.ask("actor.show", name=worker)["facts"])["state"] != "ready":
            self.event("media.ready")
        return int(facts["pid"])


def _call(port: int, conversation_id: str) -> socket.socket:
    """A call that has sent its first frame."""
    lines = (
        "GET /media-api HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Protocol: media-api",
        f"Authorization: Bearer {KEY}",
    )
    frame = {"conversationId": conversation_id, "participantId": "p", "audio": AUDIO, "format": "PCMU"}
    text = orjson.dumps({**frame, "sampleRate": 8000, "sequenceNumber": 1, "timestamp": ""})
    call = socket.create_connection(("127.0.0.1", port), 60)
    masked = b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text  # by zero, which is a mask as any other
    call.sendall("\r\n".join([*lines, "", ""]).encode() + masked)
    return call
