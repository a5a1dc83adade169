"""The socket as websocket-client's handshake sees it: bounded in time and size, with nothing in it that does harm."""

import socket
import time

MAX_HEAD_BYTES = 16 << 10  # an honest answer to an upgrade has some hundred bytes
_END = b"\r\n\r\n"
# set-cookie goes into a jar the whole process shares; a content-length makes the library read that many bytes.
_WITHHELD = (b"set-cookie:", b"content-length:")


class HeadTooLongError(OSError):
    """The answer to the upgrade has no end."""


class UpgradeSocket:
    """Reads the whole answer in few calls (the library asks byte by byte) and keeps what came after it.

    `deadline` (time.monotonic) holds for all calls together, so a server that drips bytes gains nothing; TimeoutError
    after it.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._head: bytes | None = None
        self._at = 0
        self.leftover = b""

    def gettimeout(self) -> float:
        """0 makes the library call `recv` and `send` straight, without a selector of its own."""
        return 0.0

    def send(self, data: bytes) -> int:
        """Send all of `data`: the library does not look at what a short write left over."""
        self._arm()
        self._sock.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        """The next bytes of the answer's head; b"" at its end."""
        if self._head is None:
            self._head = self._read_head()
        taken = self._head[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def close(self) -> None:
        """Close the socket behind."""
        self._sock.close()

    def _read_head(self) -> bytes:
        received = bytearray()
        while (end := received.find(_END)) < 0:
            if len(received) > MAX_HEAD_BYTES:
                raise HeadTooLongError(f"the answer to the upgrade is longer than {MAX_HEAD_BYTES} bytes")
            self._arm()
            chunk = self._sock.recv(4096)
            if not chunk:
                return bytes(received)
            received += chunk
        self.leftover = bytes(received[end + len(_END) :])
        return harmless(bytes(received[: end + len(_END)]))

    def _arm(self) -> None:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the upgrade took too long")
        self._sock.settimeout(remaining)


def harmless(head: bytes) -> bytes:
    """`head` without the header lines that make the library remember or read things."""
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.strip().lower().startswith(_WITHHELD))
