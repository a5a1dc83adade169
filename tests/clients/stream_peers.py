"""A WebSocket server by hand, so that it can misbehave, and a listener that writes down what it is told."""

import base64
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from struct import pack, unpack
from typing import TypeVar

from messages.streams import FromStream, StreamFrames

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
LIMIT_S = 20.0  # how long a test waits for what must come

Kind = TypeVar("Kind")


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """One frame as a server sends it."""
    length = len(payload)
    if length < 126:
        size = bytes([length])
    else:
        size = pack("!BH", 126, length) if length < 1 << 16 else pack("!BQ", 127, length)
    return bytes([(0x80 if fin else 0) | opcode]) + size + payload


def close(code: int, reason: str = "") -> bytes:
    """A close frame as a server sends it."""
    return frame(CLOSE, pack("!H", code) + reason.encode())


class Caller:
    """One client that connected to a `peer`; what its script does with it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.asked = ""
        self.file = sock.makefile("rb")

    def upgrade(self, *behind: bytes, extra: str = "") -> None:
        """Read the request into `asked`, answer 101 and send what is to come right `behind` it."""
        key = self.read_request()["sec-websocket-key"]
        digest = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        accept = base64.b64encode(digest).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.send(f"{head}Sec-WebSocket-Accept: {accept}\r\n{extra}\r\n".encode(), *behind)

    def answer(self, status: str, extra: str = "") -> None:
        """Read the request and answer it with `status` and a small body."""
        self.read_request()
        self.send(f"HTTP/1.1 {status}\r\nContent-Length: 4\r\n{extra}\r\nbody".encode())

    def read_request(self) -> dict[str, str]:
        """The headers of the upgrade, names in small letters."""
        lines = []
        while line := self.file.readline().decode().strip():
            lines.append(line)
        if not lines:
            raise EOFError
        self.asked = "\n".join(lines)
        pairs = (line.partition(":") for line in lines[1:])
        return {name.lower(): value.strip() for name, _, value in pairs}

    def send(self, *frames: bytes) -> None:
        """All in one write, so in one TLS record if they are small."""
        self.sock.sendall(b"".join(frames))

    def receive(self) -> tuple[int, bytes]:
        """Opcode and unmasked payload of the client's next frame; EOFError at the end."""
        opcode, length = self._exactly(2)
        length &= 0x7F
        if length > 125:
            (length,) = unpack("!H", self._exactly(2)) if length == 126 else unpack("!Q", self._exactly(8))
        mask = self._exactly(4) * (length // 4 + 1)
        payload = int.from_bytes(self._exactly(length), "big") ^ int.from_bytes(mask[:length], "big")
        return opcode & 0x0F, payload.to_bytes(length, "big")

    def receive_close(self) -> tuple[int, str]:
        """Code and reason of the client's close frame; anything before it is passed over."""
        while (got := self.receive())[0] != CLOSE:
            pass
        return int(unpack("!H", got[1][:2])[0]), got[1][2:].decode()

    def read_on(self) -> None:
        """Take in whatever comes until the client is gone, and answer nothing."""
        while self.file.read1(1 << 16):
            pass

    def reset(self) -> None:
        """Hang up without a goodbye: the client gets a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
        self.file.close()
        self.sock.close()

    def end(self) -> None:
        """Wake up the script and close."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _exactly(self, size: int) -> bytes:
        got = self.file.read(size)
        if len(got) < size:
            raise EOFError
        return got


Script = Callable[[Caller], None]


class Peer:
    """Accepts connections and runs a script on each, in a thread of its own."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._threads = [threading.Thread(target=self._accept)]
        self._callers: list[Caller] = []
        self.accepted = 0
        port = self._listener.getsockname()[1]
        self.url = f"ws{'s' if tls else ''}://localhost:{port}/api/v2/websocket"

    def start(self) -> None:
        self._threads[0].start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(LIMIT_S)
        self._listener.close()
        for caller in self._callers:
            caller.end()
        for thread in self._threads:
            thread.join(LIMIT_S)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.accepted += 1
                thread = threading.Thread(target=self._serve, args=(sock,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError, EOFError), sock:
            secured = self._tls.wrap_socket(sock, server_side=True) if self._tls else sock
            caller = Caller(secured)
            with secured, caller.file:
                self._callers.append(caller)
                self._script(caller)


@contextmanager
def peer(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """A server on the loopback that treats every client as `script` says."""
    running = Peer(script, tls)
    running.start()
    try:
        yield running
    finally:
        running.stop()


class Ear:
    """A listener that hands on what it was told; `behind` is the backlog it pretends to have."""

    name = "ear"

    def __init__(self) -> None:
        self.heard: SimpleQueue[FromStream] = SimpleQueue()
        self.behind = 0

    def tell(self, message: object) -> None:
        self.heard.put(message)  # type: ignore[arg-type]

    def backlog(self) -> int:
        return self.behind

    def expect(self, kind: type[Kind]) -> Kind:
        """The next message, which is one of `kind`."""
        message = self.heard.get(timeout=LIMIT_S)
        assert isinstance(message, kind), message
        return message

    def frames(self, count: int) -> list[str | bytes]:
        """The next `count` frames, however they were bundled."""
        got: list[str | bytes] = []
        while len(got) < count:
            got += self.expect(StreamFrames).frames
        return got

    def silent(self) -> bool:
        """Whether nothing more has been told so far."""
        try:
            self.heard.get_nowait()
        except Empty:
            return True
        return False


def wait_for(event: threading.Event) -> None:
    """Wait until something that must happen has happened."""
    assert event.wait(LIMIT_S)
