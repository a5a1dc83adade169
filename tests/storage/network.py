"""A network between a store and its server, which can be split: the server goes on believing in its clients."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Self

CHUNK_BYTES = 65_536
END_S = 20.0


class _Pair:
    """One client's connection, and the one that the server has in its stead."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.split = False
        self.threads = [Thread(target=self._carry, args=way) for way in ((client, server), (server, client))]
        for thread in self.threads:
            thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while carried := source.recv(CHUNK_BYTES):
                sink.sendall(carried)
        if not self.split:
            _hang_up(sink)


class Network:
    """Listens at `port` of the loopback, and carries every connection to the server at `target`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._pairs: list[_Pair] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._accept)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        _hang_up(self._listener)
        self._thread.join(END_S)
        self._listener.close()
        for pair in self._pairs:
            for end in (pair.client, pair.server):
                _hang_up(end)
            for thread in pair.threads:
                thread.join(END_S)
            pair.client.close()
            pair.server.close()

    def split(self) -> None:
        """Tell the clients that their connections are lost, and the server nothing. New ones are carried."""
        for pair in self._pairs:
            pair.split = True
            _hang_up(pair.client)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                self._pairs.append(_Pair(client, socket.create_connection(self._target)))


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def silence() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]
