"""What the calls of both protocols share: the socket, the frames' fates, the end."""

import asyncio
from dataclasses import dataclass

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from simulator.calls.audio import Tape
from simulator.calls.mishaps import Fate, Mishaps, Scripted
from simulator.calls.report import COMPLETED, DROPPED, LOST, CallRow, Report
from simulator.calls.wheel import Wheel

CLOSE_S = 5.0  # for the answer to our close frame
NORMAL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every call of a run is given."""

    loop: asyncio.AbstractEventLoop
    wheel: Wheel
    report: Report
    tape: Tape
    rate_hz: int


class Call(WSListener):
    """One call from its upgrade to its end; subclasses speak a protocol."""

    def __init__(self, around: Surroundings, row: CallRow, mishaps: Mishaps | Scripted, frames: int) -> None:
        self.row = row
        self.over: asyncio.Future[None] = around.loop.create_future()
        self.began_s = around.loop.time()
        self._around = around
        self._mishaps = None if mishaps.quiet else mishaps
        self._frames = frames  # to be sent
        self._at = 0  # the frame whose time comes next
        self._held: list[int] = []
        self._paused = 0  # frames, in the pause that goes on
        self._transport: WSTransport | None = None
        self._finishing = False
        self._deadline: asyncio.TimerHandle | None = None
        self._fragments: list[bytes] = []

    # --- for subclasses

    def headers(self, target: str, authority: str) -> dict[str, str]:
        """Of the upgrade request to `target` (path and query) at `authority`."""
        raise NotImplementedError

    def send(self, index: int) -> None:
        """Frame number `index` on the wire."""
        raise NotImplementedError

    def lose(self, index: int) -> None:
        """Frame number `index` is never sent."""
        raise NotImplementedError

    def repeat(self, index: int) -> None:
        """Frame number `index`, which has just been sent, once more."""
        raise NotImplementedError

    def pause(self) -> None:
        """A pause begins; frames are discarded."""

    def go_on(self, frames: int) -> None:
        """The pause is over, after so many frames."""

    def finish(self) -> None:
        """All audio is sent: end the call."""
        raise NotImplementedError

    def heard(self, opcode: WSMsgType, data: bytes) -> None:
        """A whole message from the server."""
        raise NotImplementedError

    def opened(self) -> None:
        """Audio may flow from now on."""
        self.row.opened_ms = round((self._around.loop.time() - self.began_s) * 1000, 2)
        self._around.report.opened()
        self._around.wheel.board(self)

    def violated(self, what: str) -> None:
        self._around.report.violated(what)

    def stop(self) -> None:
        """End early, as the call would end by itself."""
        self._frames = min(self._frames, self._at)

    def within(self, seconds: float, what: str) -> None:
        """Unless something else is waited for by then, it is a violation, and the call is lost."""
        self.in_time()
        self._deadline = self._around.loop.call_later(seconds, self._late, what)

    def in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def end(self, outcome: str, why: str = "") -> None:
        """How it ended, as the first one to say so has it."""
        if self.over.done():
            return
        self.in_time()
        self.row.outcome, self.row.why = outcome, why
        if self.row.opened_ms is not None:
            self._around.report.ended()
        self.over.set_result(None)

    def hang_up(self, code: int = NORMAL) -> None:
        """Begin the closing handshake."""
        self._finishing = True
        if self._transport is not None:
            self._transport.send_close(WSCloseCode(code))
            self.within(CLOSE_S, f"no answer to a close frame within {CLOSE_S:g} s")

    def write(self, opcode: WSMsgType, data: bytes) -> None:
        if self._transport is not None:
            self._transport.send(opcode, data)
            self._around.report.size_bytes += len(data)

    # --- the wheel

    def beat(self) -> bool:
        if self.over.done() or self._finishing:
            return False
        if self._at >= self._frames:
            self._release()
            self._finishing = True
            self.finish()
            return False
        index, self._at = self._at, self._at + 1
        if self._mishaps is None:
            self.send(index)
            return True
        return self._befall(self._mishaps.next(), index)

    def _befall(self, fate: Fate, index: int) -> bool:
        if fate is not Fate.PAUSED and self._paused:
            frames, self._paused = self._paused, 0
            self.go_on(frames)
        match fate:
            case Fate.DROPPED:
                self._drop()
                return False
            case Fate.HELD:
                self._held.append(index)
            case Fate.PAUSED:
                self._pause()
            case Fate.LOST:
                self._release()
                self.lose(index)
            case Fate.REPEATED:
                self._release()
                self.send(index)
                self.repeat(index)
            case Fate.SENT:
                self._release()
                self.send(index)
        return True

    def _pause(self) -> None:
        if not self._paused:
            self._release()
            self.pause()
        self._paused += 1

    def _release(self) -> None:
        for index in self._held:
            self.send(index)
        self._held.clear()

    def _drop(self) -> None:
        self.end(DROPPED)
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    # --- the socket

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            self._closed_by_peer(transport, frame.get_close_code(), _reason(frame))
            return
        if frame.msg_type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            return
        if not frame.fin or self._fragments:
            self._gather(frame)
        else:
            self.heard(frame.msg_type, frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.over.done():
            code = self.row.close_code
            ended_well = self._finishing and code is not None
            self.end(COMPLETED if ended_well else LOST, "" if ended_well else "the server closed the TCP connection")

    def _gather(self, frame: WSFrame) -> None:
        if not self._fragments:
            self._kind = frame.msg_type
        self._fragments.append(frame.get_payload_as_bytes())
        if frame.fin:
            whole = b"".join(self._fragments)
            self._fragments.clear()
            self.heard(self._kind, whole)

    def _closed_by_peer(self, transport: WSTransport, code: WSCloseCode, reason: str) -> None:
        self.row.close_code = code.value
        if not self._finishing:
            transport.send_close(WSCloseCode(NORMAL))
            self.end(LOST, f"the server closed with {code.value} {reason}".rstrip())
        transport.disconnect()

    def _late(self, what: str) -> None:
        self.violated(what)
        self.end(LOST, what)
        if self._transport is not None:
            self._transport.disconnect(graceful=False)


def _reason(frame: WSFrame) -> str:
    return (frame.get_close_message() or b"").decode(errors="replace")
