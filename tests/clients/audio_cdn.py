"""A CDN on the loopback, in all the ways that CDNs have: with ranges or without, with HEAD, ETag, length or without."""

import re
import socket
import wave
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

from tests.clients.peers import RawPeer

SHIPPED = Path(__file__).parent / "audio"
RECORDED = Path(__file__).parent.parent.parent / "simulator" / "audio"
REQUEST = re.compile(rb"(GET|HEAD) (\S+) HTTP/1.1\r\n")
RANGE = re.compile(rb"range: bytes=(\d+)-(\d+)", re.IGNORECASE)
LINES = {200: b"OK", 206: b"Partial Content", 405: b"Method Not Allowed", 416: b"Range Not Satisfiable"}


def shipped(name: str) -> bytes:
    """One of the files that make.sh beside them made."""
    return (SHIPPED / name).read_bytes()


def recorded(name: str) -> bytes:
    """One of the files of the simulator's CDN."""
    return (RECORDED / name).read_bytes()


def wav(seconds: float = 1.0, rate: int = 8000, channels: int = 1, sample: bytes = b"\x00\x10") -> bytes:
    """A WAV file of 16 bits with one and the same sample all along."""
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(sample * channels * round(seconds * rate))
    return file.getvalue()


@dataclass(frozen=True)
class File:
    """What is at one path, and what its server knows of HTTP."""

    content: bytes
    etag: str = '"v1"'
    ranges: bool = True
    head: int = 200
    chunked: bool = False
    status: int = 0
    headers: tuple[bytes, ...] = ()


@dataclass
class Shelf:
    """Answers for files by path; `asked` is what it was asked, `sent` how many bytes of files it gave."""

    files: dict[str, File]
    asked: list[str] = field(default_factory=list)
    sent: int = 0

    def __call__(self, connection: socket.socket, peer: RawPeer) -> None:
        while request := peer.read_request(connection):
            connection.sendall(self._answer(request))

    def change(self, path: str, **changes: object) -> None:
        """Have another file there from now on."""
        self.files[path] = replace(self.files[path], **changes)  # type: ignore[arg-type]

    def _answer(self, request: bytes) -> bytes:
        found = REQUEST.match(request)
        assert found is not None, request
        method, path = found[1].decode(), found[2].decode()
        wanted = RANGE.search(request)
        self.asked.append(f"{method} {wanted[1].decode()}-{wanted[2].decode()}" if wanted else method)
        file = self.files.get(path)
        if file is None:
            return _answer(404, b"", b"Content-Length: 0")
        if file.status:
            return _answer(file.status, b"", b"Content-Length: 0", *file.headers)
        if method == "HEAD":
            length = () if file.chunked else (b"Content-Length: %d" % len(file.content),)
            return _answer(file.head, b"", *_marks(file), *(length if file.head == 200 else (b"Content-Length: 0",)))
        return self._part(file, wanted) if wanted and file.ranges else self._whole(file)

    def _part(self, file: File, wanted: re.Match[bytes]) -> bytes:
        size, first = len(file.content), int(wanted[1])
        last = min(int(wanted[2]), size - 1)
        if first >= size:
            return _answer(416, b"", b"Content-Range: bytes */%d" % size, b"Content-Length: 0")
        body = file.content[first : last + 1]
        self.sent += len(body)
        where = b"Content-Range: bytes %d-%d/%d" % (first, last, size)
        return _answer(206, body, where, b"Content-Length: %d" % len(body), *_marks(file))

    def _whole(self, file: File) -> bytes:
        self.sent += len(file.content)
        if file.chunked:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(file.content), file.content)
            return _answer(200, body, b"Transfer-Encoding: chunked", *_marks(file))
        return _answer(200, file.content, b"Content-Length: %d" % len(file.content), *_marks(file))


def _marks(file: File) -> tuple[bytes, ...]:
    return (*((b"ETag: " + file.etag.encode(),) if file.etag else ()), *file.headers)


def _answer(status: int, body: bytes, *headers: bytes) -> bytes:
    line = b"HTTP/1.1 %d %s" % (status, LINES.get(status, b"Other"))
    return b"\r\n".join([line, *headers]) + b"\r\n\r\n" + body
