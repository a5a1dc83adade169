"""A file behind a URL, read like a file: only the blocks that are looked at are fetched, each of them once.

A server without ranges sends the whole file, which is kept up to the limit. Source: RFC 9110 sections 14 and 15.
"""

import io
import re
import time
from collections.abc import Callable
from typing import Protocol

from genesys.errors import Malformed, TimedOut, Transport
from messages.audio import AudioProblem, Trouble
from messages.rest import HttpRequest, HttpResponse

BLOCK = 1 << 16  # bytes
MOST_AT_ONCE = 1 << 21  # bytes of one answer, where the reader has not asked for more
MOST_REQUESTS = 40  # for one file
MOST_ETAG = 256  # characters; a longer one is taken for none

PART = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
NO_PART = re.compile(r"bytes \*/(\d{1,15})")
GONE = {404, 410}


class Unreadable(Exception):  # noqa: N818 - a fact about the file
    """There is nothing more to learn about the file."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.problem = AudioProblem(trouble=trouble, detail=detail)


class Messenger(Protocol):
    """clients.carrier.Carrier, which says what it raises. A body is cut off once it has more than `most_bytes`."""

    def carry(self, request: HttpRequest) -> HttpResponse: ...


class AudioSource:
    """`head` and `open` first; then it has a `size`, and `read`, `seek` and `tell` as binary files have them.

    All of them raise Unreadable, or Refused, Transport, TimedOut or Malformed (genesys.errors).
    """

    def __init__(
        self,
        carrier: Messenger,
        url: str,
        *,
        most_bytes: int,
        ends_at_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.size = 0
        self.etag = ""
        self.last_modified = ""
        self.requests = 0
        self._carrier = carrier
        self._url = url
        self._most_bytes = most_bytes
        self._ends_at_s = ends_at_s
        self._clock = clock
        self._at = 0
        self._data = bytearray()
        self._held: set[int] = set()

    # --- what it is ------------------------------------------------------------------------------------------

    def head(self) -> str:
        """The ETag, by a HEAD; empty where the server tells none, or has no HEAD: only a GET tells what is there."""
        try:
            answer = self._send("HEAD", {}, self._left_s() / 3)
        except Malformed:
            return ""
        except Transport as fault:
            if not fault.maybe_sent:
                raise
            return ""
        if answer.status != 200:
            return ""
        self._bound(_length(answer))
        return _etag(answer)

    def open(self) -> None:
        """Fetch the first block, or all of it where the server knows no ranges."""
        answer = self._get(0, BLOCK)
        if answer.status == 206:
            found = PART.fullmatch(answer.headers.get("content-range", ""))
            if found is not None and found[3] != "*":
                self._begin(answer, int(found[3]))
                self._keep(answer, 0, min(BLOCK, self.size))
                return
            answer = self._checked(self._send("GET", {}, self._left_s()))
        self._take_whole(answer)

    # --- as mutagen reads it ---------------------------------------------------------------------------------

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all to the end for less than 0; empty at the end."""
        start = self._at
        end = self.size if size < 0 else min(self.size, start + size)
        if start >= end:
            return b""
        self._fetch_missing(start, end)
        self._at = end
        return bytes(self._data[start:end])

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new place, perhaps behind the end; OSError before the start."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise OSError("there is nothing before the start")
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        """Where the next read starts."""
        return self._at

    # --- how it is fetched -----------------------------------------------------------------------------------

    def _fetch_missing(self, start: int, end: int) -> None:
        missing = [block for block in range(start // BLOCK, (end - 1) // BLOCK + 1) if block not in self._held]
        if not missing:
            return
        first = missing[0] * BLOCK
        ahead = min(MOST_AT_ONCE, BLOCK << min(self.requests, 5))  # who reads on and on is asked for ever more
        last = min(self.size, max((missing[-1] + 1) * BLOCK, first + ahead))
        answer = self._get(first, last)
        if answer.status != 206 or _etag(answer) != self.etag:
            raise Unreadable("unreachable", "it changed while it was being looked at")
        self._keep(answer, first, last)

    def _keep(self, answer: HttpResponse, first: int, last: int) -> None:
        found = PART.fullmatch(answer.headers.get("content-range", ""))
        told = found and (int(found[1]), int(found[2]) + 1, found[3])
        if told != (first, last, str(self.size)) or len(answer.body) != last - first:
            raise Unreadable("unreachable", "its server sent another part of it than was asked for")
        self._data[first:last] = answer.body
        self._held.update(range(first // BLOCK, (last - 1) // BLOCK + 1))

    def _take_whole(self, answer: HttpResponse) -> None:
        if answer.status != 200:
            raise Unreadable("unreachable", "its server sent a part of it without saying which")
        self._begin(answer, max(len(answer.body), _length(answer)))
        self._data[:] = answer.body
        self._held.update(range(self.size // BLOCK + 1))

    def _begin(self, answer: HttpResponse, size: int) -> None:
        self._bound(size)
        if size == 0:
            raise Unreadable("empty", "the file is empty")
        self.size = size
        self.etag = _etag(answer)
        self.last_modified = answer.headers.get("last-modified", "")[:64]
        self._data = bytearray(size)

    def _bound(self, size: int) -> None:
        if size > self._most_bytes:
            raise Unreadable("too_big", f"the file has more than {self._most_bytes} bytes")

    def _get(self, first: int, last: int) -> HttpResponse:
        return self._checked(self._send("GET", {"range": f"bytes={first}-{last - 1}"}, self._left_s()))

    def _checked(self, answer: HttpResponse) -> HttpResponse:
        if answer.status in GONE:
            raise Unreadable("missing", f"its server answered {answer.status}")
        if answer.status == 416 and _total_of_no_part(answer) == 0:
            raise Unreadable("empty", "the file is empty")
        if 300 <= answer.status < 400:
            raise Unreadable("unreachable", f"its server sends elsewhere ({answer.status}), which is not followed")
        if answer.status not in {200, 206}:
            raise Unreadable("unreachable", f"its server answered {answer.status}")
        return answer

    def _send(self, method: str, headers: dict[str, str], timeout_s: float) -> HttpResponse:
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            raise Unreadable("unreachable", f"it takes more than {MOST_REQUESTS} requests to look into it")
        return self._carrier.carry(
            HttpRequest(route="audio", method=method, url=self._url, headers=headers, bearer=False, timeout_s=timeout_s)
        )

    def _left_s(self) -> float:
        left_s = self._ends_at_s - self._clock()
        if left_s <= 0:
            raise TimedOut("there was no time left to look at it", maybe_sent=False)
        return left_s


def _etag(answer: HttpResponse) -> str:
    etag = answer.headers.get("etag", "").strip()
    return etag if len(etag) <= MOST_ETAG else ""


def _length(answer: HttpResponse) -> int:
    """The Content-Length; 0 where it is missing or none."""
    text = answer.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0


def _total_of_no_part(answer: HttpResponse) -> int | None:
    found = NO_PART.fullmatch(answer.headers.get("content-range", ""))
    return int(found[1]) if found else None
