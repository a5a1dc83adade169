"""What the calls of both protocols share: the socket, the frames' fates, the end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from simulator.calls.audio import Tape
from simulator.calls.mishaps import Fate, Language
from simulator.calls.reel import Reel
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
    place: "Callable[[Call], None]"  # connects it


class Call(WSListener):
    """One connection from its upgrade to its end; subclasses speak a protocol."""

    wait_s = 0.0  # before it is placed

    def __init__(self, around: Surroundings, row: CallRow, reel: Reel) -> None:
        self.row = row
        self.reel = reel
        self.over: asyncio.Future[None] = around.loop.create_future()
        self.began_s = around.loop.time()
        self._around = around
        self._opened = False
        self._riding = False  # the wheel: frames come here when it is their time
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
        """A pause of the caller's side begins."""

    def skip(self, index: int) -> None:
        """Frame number `index` falls into it."""

    def go_on(self) -> None:
        """It is over."""

    def speak(self, language: str) -> None:
        """Another language is spoken from now on."""
        raise NotImplementedError

    def finish(self) -> None:
        """All audio is sent: end the call."""
        raise NotImplementedError

    def heard(self, opcode: WSMsgType, data: bytes) -> None:
        """A whole message from the server."""
        raise NotImplementedError

    def opened(self, *, rides: bool = True) -> None:
        """Audio may flow from now on, if it `rides`."""
        if self.row.opened_ms is None:
            self.row.opened_ms = round((self._around.loop.time() - self.began_s) * 1000, 2)
        self._opened = True
        self._around.report.opened()
        if rides:
            self._riding = True
            self._around.wheel.board(self)

    def get_off(self) -> None:
        """Frames come here no more."""
        self._riding = False

    def violated(self, what: str) -> None:
        self._around.report.violated(what)

    def stop(self) -> None:
        """End early, as the call would end by itself."""
        self.reel.stop()

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
        self.get_off()
        if self._opened:
            self._around.report.ended()
        self.over.set_result(None)

    def hang_up(self, code: int = NORMAL) -> None:
        """Begin the closing handshake."""
        self._finishing = True
        self.get_off()
        if self._transport is not None:
            self._transport.send_close(WSCloseCode(code))
            self.within(CLOSE_S, f"no answer to a close frame within {CLOSE_S:g} s")

    def write(self, opcode: WSMsgType, data: bytes) -> None:
        if self._transport is not None:
            self._transport.send(opcode, data)
            self._around.report.size_bytes += len(data)

    # --- the wheel

    def beat(self) -> bool:
        if not self._riding:
            return False
        reel = self.reel
        if reel.at >= reel.frames:
            self._release()
            self.get_off()
            self.finish()
        elif reel.quiet:
            index, reel.at = reel.at, reel.at + 1
            self.send(index)
        else:
            self._befall()
        return self._riding

    def _befall(self) -> None:
        reel = self.reel
        while isinstance(fate := reel.next(), Language):
            self.speak(fate.tag)
        self._suffer(fate, reel.at - 1)

    def _suffer(self, fate: Fate, index: int) -> None:
        if fate is Fate.DROPPED:
            self._drop()
        elif fate is Fate.PAUSED:
            self._pause(index)
        elif fate is Fate.HELD:
            self._go_on()
            self.reel.held.append(index)
        else:
            self._go_on()
            self._release()
            self.lose(index) if fate is Fate.LOST else self.send(index)
            if fate is Fate.REPEATED:
                self.repeat(index)

    def _pause(self, index: int) -> None:
        if not self.reel.paused:
            self._release()
            self.reel.paused = True
            self.pause()
        self.skip(index)

    def _go_on(self) -> None:
        if self.reel.paused:
            self.reel.paused = False
            self.go_on()

    def _release(self) -> None:
        for index in self.reel.held:
            self.send(index)
        self.reel.held.clear()

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
