"""A tap on the line to Genesys: what the gateway writes to it is passed on and kept, byte for byte."""

import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class Tap:
    """Listens on a port of its own and connects each caller on to `url`; `heard` has everything callers wrote."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._far = (parts.hostname or "", parts.port or 0)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._heard = bytearray()
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._spawn(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in (self._door, *self._ends):
            end.close()

    @property
    def heard(self) -> bytes:
        """Everything so far, of all connections, headers and bodies as they came."""
        return bytes(self._heard)

    def _accept(self) -> None:
        try:
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._far)
                self._ends += [near, far]
                self._spawn(self._carry, near, far, self._heard)
                self._spawn(self._carry, far, near, bytearray())
        except OSError:
            pass  # the door was closed

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        try:
            while chunk := source.recv(CHUNK_BYTES):
                kept += chunk
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of the two is gone, and the other will notice

    @staticmethod
    def _spawn(work: object, *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()  # type: ignore[arg-type] # a callable
