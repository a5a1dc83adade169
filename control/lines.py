"""Bytes to lines, with a bound: what a peer may make us hold is one line. Pure."""

from control.wire import LINE_BYTES


class Lines:
    """Cuts a stream of bytes at its newlines; a line over the bound is thrown away up to its newline and told of once.

    `partial` is True while a line has begun and not ended.
    """

    def __init__(self, longest_bytes: int = LINE_BYTES) -> None:
        self._longest_bytes = longest_bytes
        self._held = bytearray()
        self._overlong = False

    @property
    def partial(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._held) or self._overlong

    def feed(self, data: bytes) -> list[bytes | None]:
        """The lines that `data` completes, without empty ones; None stands for one that was too long."""
        *ends, rest = data.split(b"\n")
        lines = [line for end in ends if (line := self._finish(end)) != b""]
        self._hold(rest)
        return lines

    def _finish(self, end: bytes) -> bytes | None:
        self._hold(end)
        line = None if self._overlong else bytes(self._held).strip()
        self._held.clear()
        self._overlong = False
        return line

    def _hold(self, piece: bytes) -> None:
        if len(self._held) + len(piece) > self._longest_bytes:
            self._overlong = True
            self._held.clear()
        if not self._overlong:
            self._held += piece
