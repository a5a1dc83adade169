"""One upgraded WebSocket, whatever is spoken on it: fragments, control frames, pings, idleness and the close.

The codes of every close are in docs/media.md. Source: RFC 6455 sections 5.4, 5.5 and 7.4.
"""

import asyncio
from typing import TYPE_CHECKING

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from media.bulkhead import OUR_FAULT, in_words
from media.poll import Reading

if TYPE_CHECKING:
    from media.house import House

RESTARTING = "the server is restarting"
MOST_REASON_BYTES = 123  # RFC 6455 section 5.5

GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
UNSUPPORTED = 1003
NO_CODE = 1005
ABNORMAL = 1006
INVALID = 1007
POLICY = 1008
TOO_BIG = 1009
INTERNAL = 1011

# Of what picows takes for codes. Source: RFC 6455 section 7.4.
NEVER_SENT = frozenset((WSCloseCode.NO_INFO, WSCloseCode.ABNORMAL_CLOSURE))

TEXT, BINARY = WSMsgType.TEXT, WSMsgType.BINARY  # an enum's members are properties, not cheap in the way of each frame
CLOSE, PING, PONG, CONTINUATION = WSMsgType.CLOSE, WSMsgType.PING, WSMsgType.PONG, WSMsgType.CONTINUATION


class Connection(WSListener):
    """A protocol says what a message means: `begun`, `message`, `over`; and `leave`, when the worker ends."""

    __slots__ = (
        "_among",
        "_close_at",
        "_fragments",
        "_fragments_are_text",
        "_heard_at",
        "_messages_before",
        "_paused",
        "_pinged_at",
        "_ponged",
        "_reason",
        "_unread",
        "closing",
        "house",
        "messages",
        "most_bytes",
        "reading",
        "transport",
    )

    pings = True  # whether we ping; a protocol with pings of its own does not

    def __init__(self, house: "House", among: "set[Connection] | None" = None) -> None:
        """`among` is where the house has it while it lasts, when that is not among its calls."""
        self.house = house
        self._among = house.connections if among is None else among
        self.transport: WSTransport | None = None
        self.reading: Reading | None = None  # while it is read together with the others
        self.closing = False
        self.messages = 0  # whole ones, heard
        self.most_bytes = house.plan.limits.max_frame_bytes  # of one
        self._paused = self._unread = False
        self._fragments: bytearray | None = None
        self._fragments_are_text = False
        self._messages_before = 0
        self._heard_at = self._pinged_at = self._close_at = 0.0
        self._ponged = True
        self._reason = ""

    # -- a protocol's part ---------------------------------------------------------------------------------------

    def begun(self) -> None:
        """The upgrade is done."""

    def message(self, payload: bytes, is_text: bool) -> None:
        """One whole message, however it was cut."""
        raise NotImplementedError

    def over(self, code: int, reason: str) -> None:
        """The connection is gone; `code` 1005 when none was said, 1006 when there was no close at all."""

    def leave(self) -> None:
        """The worker ends: so must the call."""
        self.close(GOING_AWAY, RESTARTING)

    # -- what a protocol uses ------------------------------------------------------------------------------------

    def close(self, code: int, reason: str) -> None:
        """Close; nothing that comes after is read. A caller that does not answer in time is cut off."""
        if self.closing or self.transport is None:
            return
        self.closing = True
        self._reason = reason
        self._close_at = asyncio.get_running_loop().time() + self.house.close_s
        self.resume()
        if self.reading is not None:
            self.reading.give_back()
        told = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
        self.transport.send_close(code, told)  # type: ignore[arg-type]

    def cut(self) -> None:
        """End it without a close."""
        if self.transport is not None:
            self.transport.disconnect(graceful=False)

    def fail(self) -> None:
        """A fault of ours, which the log has already: this call ends, and no other."""
        self.house.faults += 1
        self.close(INTERNAL, OUR_FAULT)

    def failed(self, fault: Exception) -> None:
        """A fault of ours, which nobody has logged."""
        self.house.blame("a call", fault)
        if self.closing:
            self.cut()
        self.close(INTERNAL, in_words(fault))

    def pause(self) -> None:
        """Read no more for now: TCP pushes back."""
        if not self._paused and self.transport is not None and not self.closing:
            self._paused = True
            (self.reading or self.transport.underlying_transport).pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._paused and self.transport is not None:
            self._paused = False
            self._heard_at = self._pinged_at = asyncio.get_running_loop().time()
            (self.reading or self.transport.underlying_transport).resume_reading()

    def read_together(self, protocol: WSProtocol, transport: asyncio.Transport) -> None:
        """Let the house's poll read `transport`, which does not read by itself; `protocol` is between two frames."""
        self.reading = Reading(self.house.poll, self, transport, protocol, self.most_bytes)

    # -- picows ----------------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._heard_at = self._pinged_at = asyncio.get_running_loop().time()
        self._among.add(self)
        self.begun()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3 or self.closing or transport.is_close_frame_sent:
            self._unwanted(transport, frame)
        elif (kind is TEXT or kind is BINARY) and frame.fin and self._fragments is None:
            self.messages += 1
            self.message(frame.get_payload_as_bytes(), kind is TEXT)
        elif kind is CLOSE:
            self._answer_close(transport, frame)
        elif kind is PONG:
            self._ponged = True
        elif kind is PING:
            if not self._unread:
                transport.send_pong(frame.get_payload_as_bytes())
        else:
            self._fragment(kind, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._among.discard(self)
        self.closing = True
        if self.reading is not None:
            self.reading.leave()
        _untie(transport.underlying_transport)
        self.over(*self._how_it_ended(transport))

    def pause_writing(self) -> None:
        """The caller does not read: pings that it sends nevertheless are not answered. RFC 6455 section 5.5.3."""
        self._unread = True

    def resume_writing(self) -> None:
        """The caller reads again."""
        self._unread = False

    # -- now and then --------------------------------------------------------------------------------------------

    def look(self, now: float) -> None:
        """Ping when it is time, and close what is silent or does not close."""
        if self.transport is None or self._paused:
            return
        if self.closing or self.transport.is_close_frame_sent:
            self._await_close(now)
        elif self.messages != self._messages_before:
            self._messages_before, self._heard_at, self._ponged = self.messages, now, True
        elif now - self._heard_at >= self.house.plan.limits.idle_s:
            self.close(POLICY, f"no message for {self.house.plan.limits.idle_s:g} s")
        if self.pings and not self.closing and now - self._pinged_at >= self.house.plan.limits.ping_every_s:
            self._ping(now)

    def _ping(self, now: float) -> None:
        if not self._ponged:
            self.close(INTERNAL, f"no pong for {now - self._pinged_at:.0f} s")
            return
        self._ponged, self._pinged_at = False, now
        assert self.transport is not None
        self.transport.send_ping()

    def _await_close(self, now: float) -> None:
        assert self.transport is not None
        if not self.closing:  # picows has closed: too big, or against the protocol
            self.closing, self._close_at = True, now + self.house.close_s
        elif now >= self._close_at:
            self.cut()

    # -- the unusual -----------------------------------------------------------------------------------------------

    def _unwanted(self, transport: WSTransport, frame: WSFrame) -> None:
        """Reserved bits, or a frame after a close of ours, of which only the other half of the close counts.

        picows closes for faults of its own accord, and still delivers what it reads after them: a frame that was too
        big, once it is whole, and what follows.
        """
        if frame.msg_type is CLOSE:
            self._answer_close(transport, frame)
        elif not self.closing and not transport.is_close_frame_sent:
            self.close(PROTOCOL_ERROR, "reserved bits are set, and no extension was agreed on")

    def _fragment(self, kind: WSMsgType, frame: WSFrame) -> None:
        if (kind is CONTINUATION) == (self._fragments is None):
            self.close(PROTOCOL_ERROR, "a fragment that continues nothing, or a message within another")
            return
        if self._fragments is None:
            self._fragments, self._fragments_are_text = bytearray(), kind is WSMsgType.TEXT
        self._fragments += frame.get_payload_as_memoryview()
        if len(self._fragments) > self.most_bytes:
            self.close(TOO_BIG, f"a message of more than {self.most_bytes} bytes")
        elif frame.fin:
            whole, self._fragments = bytes(self._fragments), None
            self.messages += 1
            self.message(whole, self._fragments_are_text)

    def _answer_close(self, transport: WSTransport, frame: WSFrame) -> None:
        self.closing = True
        if not transport.is_close_frame_sent:
            code = frame.get_close_code()
            if not frame.payload_size:
                code = WSCloseCode.OK
            elif code in NEVER_SENT:
                code, self._reason = WSCloseCode.PROTOCOL_ERROR, f"a close with code {code.value}, which none may send"
            transport.send_close(code)
        transport.disconnect()

    def _how_it_ended(self, transport: WSTransport) -> tuple[int, str]:
        told = transport.close_handshake
        if told is None:
            return ABNORMAL, "the connection broke"
        if told.recv is not None and (told.recv_then_sent or told.sent is None) and not self._reason:
            return told.recv.code.value or NO_CODE, told.recv.reason or "the caller has closed"
        assert told.sent is not None
        code, reason = told.sent.code.value, told.sent.reason or self._reason
        if code == INTERNAL and not reason:  # picows has closed, for a fault of ours that it has logged
            self.house.faults += 1
            reason = OUR_FAULT
        return code, reason


def _untie(transport: asyncio.BaseTransport) -> None:
    """Have asyncio's transport freed at once: it has a method of its own in an attribute, and nothing to read any more.

    Else each ended call leaves 1 KB to a collection that thousands of them bring about. Source: asyncio's
    selector_events.py; a transport without that attribute has no such cycle.
    """
    if hasattr(transport, "_read_ready_cb"):
        transport._read_ready_cb = None
