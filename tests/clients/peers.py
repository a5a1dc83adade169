"""HTTP servers that a library would not let one write: they answer with the bytes they are told to."""

import re
import socket
import ssl
import threading
import warnings
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType

import trustme

Answer = Callable[[socket.socket, "RawPeer"], None]


class RawPeer:
    """Accepts on a free loopback port and lets `answer` treat each connection, after its request was read."""

    def __init__(self, answer: Answer, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.hung_up: SimpleQueue[None] = SimpleQueue()
        self._answer = answer
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> "RawPeer":
        self._spawn(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    def read_request(self, connection: socket.socket) -> bytes:
        """One request, with its body; empty when the peer has closed."""
        read = b""
        while b"\r\n\r\n" not in read:
            chunk = connection.recv(65536)
            if not chunk:
                return b""
            read += chunk
        head, body = read.split(b"\r\n\r\n", 1)
        length = re.search(rb"content-length: *(\d+)", head.lower())
        wanted = int(length[1]) if length else 0
        while len(body) < wanted:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def _spawn(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _peer = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._spawn(self._treat, connection)

    def _treat(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                self._answer(connection, self)
        except OSError:
            connection.close()  # the client went away, or never trusted us
        self.hung_up.put(None)


def says(*answers: bytes) -> Answer:
    """Gives each request on a connection the next of `answers`, then closes."""

    def answer(connection: socket.socket, peer: RawPeer) -> None:
        for words in answers:
            if not peer.read_request(connection):
                return
            connection.sendall(words)

    return answer


def dribbles(start: bytes) -> Answer:
    """Sends `start` and then one byte every now and again, without end."""

    def answer(connection: socket.socket, peer: RawPeer) -> None:
        peer.read_request(connection)
        connection.sendall(start)
        while not peer.closing.wait(0.02):
            connection.sendall(b"x")

    return answer


def ok(body: bytes = b"", *headers: bytes) -> bytes:
    """A 200 with `body`."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def served_by(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """TLS with a certificate for `names`, by default for the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    return context


def of_old(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same, and nothing above TLS 1.1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context
