"""One WebSocket as the box holds it: written to directly, so that it can also be broken on purpose."""

import asyncio
from socket import SO_LINGER, SOL_SOCKET
from struct import pack

from simulator import frames
from simulator.state import Grant

CLOSE_WAIT_S = 5.0  # how long a peer may take to answer our close frame
BACKLOG_BYTES = 4 * 1024 * 1024  # unsent bytes past which pushed messages are skipped

_RESET = pack("ii", 1, 0)  # SO_LINGER on with 0 s: closing sends RST instead of FIN


def reset(transport: asyncio.Transport) -> None:
    """Break a connection the hard way: the peer sees ECONNRESET, a WebSocket peer 1006."""
    plug = transport.get_extra_info("socket")
    if plug is not None and not transport.is_closing():
        plug.setsockopt(SOL_SOCKET, SO_LINGER, _RESET)
    transport.abort()


class Session:
    """Lives on the loop's thread. `socket` says which of the box's it is: one of `faults.SOCKETS`.

    `grant`: that of the token which opened it, or which a connect frame brought; None before that frame.
    `silent`: nothing is heard or said any more, the TCP connection stays.
    """

    __slots__ = ("_loop", "_transport", "closing", "grant", "id", "push_seq", "silent", "socket")

    def __init__(self, number: int, socket: str, transport: asyncio.Transport, grant: Grant | None) -> None:
        self.id = number
        self.socket = socket
        self.grant = grant
        self.silent = False
        self.closing = False
        self.push_seq = 0
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    @property
    def scopes(self) -> frozenset[str] | None:
        """What it may do; None: everything."""
        return frozenset() if self.grant is None else self.grant.scopes

    @property
    def open(self) -> bool:
        """Whether an answer written now could reach the peer."""
        return not (self.silent or self.closing or self._transport.is_closing())

    @property
    def congested(self) -> bool:
        """Whether the peer reads so slowly that more must not be queued for it."""
        return self._transport.get_write_buffer_size() > BACKLOG_BYTES

    def write(self, data: bytes) -> bool:
        """Queue whole frames; False when nobody would get them."""
        if not self.open:
            return False
        self._transport.write(data)
        return True

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake; a peer that does not answer is reset after CLOSE_WAIT_S."""
        if self.write(frames.close(code, reason)):
            self.closing = True
            self._loop.call_later(CLOSE_WAIT_S, self._transport.abort)

    def finish(self) -> None:
        """The peer has answered our close frame: end the TCP connection."""
        self._transport.close()

    def abort(self) -> None:
        reset(self._transport)

    def fall_silent(self, last_words: bytes = b"") -> None:
        """Half-open from now on; `last_words` may be half a frame."""
        if last_words:
            self.write(last_words)
        self.silent = True
