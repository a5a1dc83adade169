"""A call with everything behind it but a network: what it makes of what it is sent can be compared, byte for byte."""

import select
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from hpack import Encoder

from media.audiohook import Arrived, AudioHookCall
from media.call import Lane
from media.connection import Connection
from media.house import House
from media.language.desk import LanguageDesk
from media.poll import Read, feed
from media.service import uplinks_of
from media.transcription.door import STREAM_AUDIO, StreamEnd, StreamListener
from media.transcription.lean import frames, settings
from media.transcription.lean.session import Session
from media.transcription.lean.stream import Stream
from media.transcription.transcription_pb2 import TranscriptResult
from media.tutorial import TutorialCall
from messages.media import ServicePlan
from tests.audiohook import ORGANIZATION, SESSION
from tests.media.callers import request
from tests.media.houses import RecordedLine
from tests.media.polled_calls import Wire, connected, protocol_for
from tests.media.workers import PATIENCE_S, plan

Kind = Callable[[House], Connection]


class Service:
    """The service's end of one HTTP/2 connection, by hand."""

    def __init__(self, max_frame: int, credit: int) -> None:
        self.session = Session(self, scheme="http", authority="service")
        self._headers = Encoder()
        self._answered: set[int] = set()
        told = {settings.INITIAL_WINDOW_SIZE: credit, settings.MAX_FRAME_SIZE: max_frame}
        self.session.receive(frames.settings(told))
        self.sent = [self.session.written()]

    def wake(self) -> None:
        """`turn` is when it is written."""

    def flush(self) -> None:
        self.sent.append(self.session.written())

    def changed(self) -> None:
        """There is always room."""

    def open(self, listener: StreamListener) -> Stream:
        stream = Stream(listener, path=STREAM_AUDIO, deadline_s=None, over=lambda _stream: None)
        self.session.open(stream)
        return stream

    def transport(self) -> Any:
        return self

    def ended(self, transport: object, end: StreamEnd) -> None:
        """There is no other address."""

    def turn(self) -> None:
        """What was gathered is written."""
        if not self.session.paused:
            self.flush()

    def allow(self, stream_id: int, more: int) -> None:
        """Room for so many bytes more, on the connection and on the stream."""
        self.session.receive(frames.window_update(0, more) + frames.window_update(stream_id, more))

    def acknowledge(self, stream_id: int, sequence: int) -> None:
        """A result without words."""
        message = TranscriptResult(sequence_number=sequence).SerializeToString()
        answered = self._headers.encode([(":status", "200"), ("content-type", "application/grpc")])
        head = frames.frame(frames.HEADERS, frames.END_HEADERS, stream_id, answered)
        prefix = b"\0" + len(message).to_bytes(4, "big")
        first = stream_id not in self._answered
        self._answered.add(stream_id)
        self.session.receive((head if first else b"") + frames.frame(frames.DATA, 0, stream_id, prefix + message))


@dataclass
class Twin:
    """One call; `turn` is a turn of the poll with what came."""

    house: House
    call: Connection
    far: socket.socket
    wire: Wire
    protocol: Any
    service: Service
    line: RecordedLine
    read: Read
    busy: bool
    tapped: list[bytes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def lanes(self) -> list[Lane]:
        return list(self.house.lanes.values())

    def turn(self, data: bytes) -> None:
        """A turn of the poll; a `busy` one in which something is to be written already, as another call's frame is."""
        if self.busy:
            self.service.session.ping(b"other's.")
        if self.call.reading is None:
            feed(self.protocol, data)
        else:
            self.send(data)
            try:
                self.read({self.call.reading.fd: self.call.reading}, [(self.call.reading.fd, 1)])
            except ValueError as fault:
                self.faults.append(str(fault))
        self.service.turn()

    def send(self, data: bytes) -> None:
        """Send it, and wait until all of it is there to be read."""
        near = self.wire.get_extra_info("socket")
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(data))
        self.far.sendall(data)
        assert select.select([near], [], [], PATIENCE_S)[0]

    def answers(self) -> bytes:
        """What the call has been answered since this was last asked."""
        with suppress(BlockingIOError):
            return self.far.recv(65_536, socket.MSG_DONTWAIT)
        return b""

    def outcome(self) -> dict[str, object]:
        """Everything that may not depend on who read, but what the clock says."""
        session = self.service.session
        return {
            "sent": b"".join(self.service.sent),
            "credit": session.credit,
            "call": _state(
                self.call,
                without={"house", "_among", "transport", "reading", "outlet", "session", "tracks", "lane", "_leave_by"},
            ),
            "session": _state(getattr(self.call, "session", None), without={"position", "media", "phase"}),
            "phase": str(getattr(getattr(self.call, "session", None), "phase", "")),
            "position": str(getattr(getattr(getattr(self.call, "session", None), "position", None), "at", "")),
            "tracks": getattr(getattr(self.call, "tracks", None), "_chunk", None),
            "lanes": [_of_lane(lane) for lane in self.lanes],
            "read": (self.call.reading is None, self.wire.reads, self.wire.ended),
            "last": None if self.call.reading is None else _state(self.call.reading, {"head", "whole", "_tail"}),
            "told": [type(event).__name__ for event in self.line.told.queue],
            "tapped": self.tapped,
            "faults": self.faults,
        }


def _state(it: object, only: set[str] | None = None, without: frozenset[str] | set[str] = frozenset()) -> object:
    names = [name for kind in type(it).__mro__ for name in getattr(kind, "__slots__", ())]
    chosen = [name for name in names if (only is None or name in only) and name not in without and "_at" not in name]
    return {name: repr(getattr(it, name, "unset")) for name in chosen}


def _of_lane(lane: Lane) -> object:
    uplink: Any = lane.uplink
    replay = uplink._replay
    counters = {"ending", "frames", "gaps", "held", "in_outage", "lost", "malformed", "position_s", "repeats"}
    return (
        _state(lane, counters),
        lane._transit is None,
        uplink.buffered,
        [(sequence, audio) for sequence, audio, _ in replay._chunks],
        _state(replay, {"_bytes", "unsent", "_never", "_past", "acknowledged", "dropped"}),
        None if uplink._stream is None else _state(uplink._stream, {"credit", "_open", "_message_bytes", "_head"}),
    )


@asynccontextmanager
async def twin(
    kind: Kind,
    read: Read,
    *,
    busy: bool = False,
    credit: int = 1 << 20,
    max_frame: int = 16_384,
    replay_bytes: int = 100_000,
    replay_s: float = 30.0,
) -> AsyncIterator[Twin]:
    """A call of that kind whose socket `read` reads, upgraded and not yet begun."""
    service_plan = ServicePlan(addresses=("127.0.0.1:1",), replay_bytes=replay_bytes, replay_s=replay_s)
    told = plan(service=service_plan)
    line, service = RecordedLine(), Service(max_frame, credit)
    languages = LanguageDesk(told.language)
    house = House(told, line, uplinks_of(cast(Any, service), service_plan), languages, read=read)
    near, far = connected()
    near.setblocking(False)
    with near, far:
        wire, call = Wire(near), kind(house)
        protocol = protocol_for(call)
        protocol.connection_made(wire)
        feed(protocol, request())
        far.recv(65_536)
        call.read_together(protocol, wire)
        yield Twin(house, call, far, wire, protocol, service, line, read, busy)
        if call.reading is not None:
            call.reading.leave()
        house.poll.close()


def tutorial_call(house: House) -> Connection:
    return TutorialCall(house)


def audiohook_call(house: House) -> Connection:
    return AudioHookCall(house, Arrived(session_id=SESSION, organization_id=ORGANIZATION, target="/audiohook"))
