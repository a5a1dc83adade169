"""Hundreds of calls over /media-api at once, from one thread: plain sockets that are written to and read one by one."""

import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from tests.media.callers import TEXT, Caller, audio_json, request, ws_frame
from tests.trips.wire import PATIENCE_S


class Crowd:
    """`c-0`, `c-1` and so on, let in by `key`; each has sent its first frame."""

    def __init__(self, address: str, key: str, calls: int) -> None:
        host, _, port = address.rpartition(":")
        self._frames: dict[str, int] = {}
        self._sockets: dict[str, socket.socket] = {}
        for number in range(calls):
            self._join(f"c-{number}", (host, int(port)), key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._sockets.values():
            one.close()

    @property
    def names(self) -> frozenset[str]:
        """Their conversations."""
        return frozenset(self._sockets)

    def speak(self, names: Iterable[str], frames: int = 1) -> None:
        """Each of them sends so many frames."""
        for name in names:
            first = self._frames[name] + 1
            self._frames[name] += frames
            said = (audio_json(number, conversationId=name) for number in range(first, first + frames))
            self._sockets[name].sendall(b"".join(ws_frame(TEXT, one) for one in said))

    def are_cut_off(self, names: Iterable[str]) -> bool:
        """Wait for the end of these calls; whether each ended without a close."""
        return all(_cut_off(self._sockets[name]) for name in names)

    def _join(self, name: str, address: tuple[str, int], key: str) -> None:
        made = self._sockets[name] = socket.create_connection(address, PATIENCE_S)
        self._frames[name] = 0
        caller = Caller(made)
        caller.send(request(Authorization=f"Bearer {key}"))
        assert caller.head()[0] == 101
        self.speak([name])


def _cut_off(one: socket.socket) -> bool:
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True
