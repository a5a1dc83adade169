"""Callers of a worker: a plain socket that speaks as it is told, right or wrong."""

import base64
import json
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from tests.media.workers import KEY, PATIENCE_S

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
SILENCE = b"\xff" * 160  # 20 ms of PCMU


def request(path: str = "/media-api", **headers: str | None) -> bytes:
    """An upgrade request; a header's underscores are hyphens, None leaves it out."""
    usual: dict[str, str | None] = {
        "Host": "media.example.com",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "media-api",
        "Authorization": f"Bearer {KEY}",
    }
    usual |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in usual.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode()


def ws_frame(opcode: int, payload: bytes, *, fin: bool = True, reserved: int = 0, mask: bytes = b"\1\2\3\4") -> bytes:
    """One masked frame."""
    head = bytes([(0x80 if fin else 0) | reserved | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([0x80 | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([0x80 | 127]) + struct.pack("!Q", len(payload))
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def audio_json(number: int, audio: bytes = SILENCE, **changes: object) -> bytes:
    """The tutorial's frame."""
    told: dict[str, object] = {
        "conversationId": "conversation-1",
        "participantId": "participant-1",
        "audio": base64.b64encode(audio).decode(),
        "format": "PCMU",
        "sampleRate": 8000,
        "sequenceNumber": number,
        "timestamp": "2026-01-01T00:00:00.000Z",
    }
    return json.dumps(told | changes).encode()


class Caller:
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._came = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def head(self) -> tuple[int, dict[str, str]]:
        """The status and headers of the answer to the upgrade."""
        while b"\r\n\r\n" not in self._came:
            data = self.sock.recv(4096)
            assert data, "no answer"
            self._came += data
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        return int(first.split()[1]), {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}

    def body(self) -> bytes:
        """What follows until the worker hangs up."""
        while data := self.sock.recv(4096):
            self._came += data
        came, self._came = self._came, b""
        return came

    def upgraded(self, path: str = "/media-api", **headers: str | None) -> "Caller":
        self.send(request(path, **headers))
        assert self.head()[0] == 101
        return self

    def say(self, numbers: Iterable[int]) -> None:
        """Good frames with these numbers."""
        self.send(b"".join(ws_frame(TEXT, audio_json(number)) for number in numbers))

    def frame(self) -> tuple[int, bytes]:
        """The next frame that comes: opcode and payload."""
        first, size = self._exactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        return first & 0xF, self._exactly(size)

    def closed(self) -> tuple[int, str]:
        """The code and reason of the close that comes, pings before it answered."""
        while True:
            opcode, payload = self.frame()
            if opcode == PING:
                self.send(ws_frame(PONG, payload))
            elif opcode == CLOSE:
                with suppress(OSError):  # it may have hung up already
                    self.send(ws_frame(CLOSE, payload[:2]))
                return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def hang_up(self, code: int = 1000) -> None:
        """Close as one should, and wait for the other half."""
        self.send(ws_frame(CLOSE, struct.pack("!H", code)))
        assert self.closed()[0] == code

    def _exactly(self, size: int) -> bytes:
        while len(self._came) < size:
            data = self.sock.recv(4096)
            if not data:
                raise EOFError("the worker has hung up")
            self._came += data
        taken, self._came = self._came[:size], self._came[size:]
        return taken


@contextmanager
def calling(port: int) -> Iterator[Caller]:
    """A connection to a worker at `port`."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as sock:
        sock.settimeout(PATIENCE_S)
        yield Caller(sock)


def health(port: int) -> int:
    """The status that a balancer sees."""
    with calling(port) as caller:
        caller.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        return caller.head()[0]


def until_it_drains(port: int) -> None:
    """Until a balancer would take the worker out."""
    ends_s = monotonic() + PATIENCE_S
    while health(port) != 503:
        assert monotonic() < ends_s
