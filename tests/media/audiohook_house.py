"""The AudioHook door on a real port, with a scripted service behind it, and a client that speaks as it is told."""

import asyncio
import json
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from media.arrival import Arrival, HalfOpen
from media.bearers import Bearers
from media.call import Facts
from media.connection import Connection
from media.doorway import Doorway
from media.house import House
from media.keys import KeyRing
from media.language.desk import LanguageDesk
from media.listening import listen, port_of
from media.uplinks import UplinkListener
from media.worker import doors, pass_on
from messages.media import AudioStreamNoted, BargeIntoStream, DisconnectStream, PlayIntoStream, WorkerEvent, WorkerPlan
from tests.audiohook import SESSION, STEREO, Scribe, upgrade_headers
from tests.media.callers import BINARY, CLOSE, PING, PONG, TEXT, Caller, request, ws_frame
from tests.media.workers import KEY, PATIENCE_S

E = TypeVar("E")
T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """A result of the service."""

    text: str
    sequence: int
    confidence: str = ""


@dataclass
class FakeUplink:
    """Keeps what it is sent; the test answers through it. It ends when it is finished, unless it is told to wait."""

    facts: Facts
    listener: UplinkListener
    patient: bool
    chunks: list[tuple[int, bytes]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    buffered: int = 0
    lag_ms: float = 0.0
    unacknowledged_ms: float = 0.0
    is_finished: threading.Event = field(default_factory=threading.Event)

    def audio(self, sequence: int, audio: bytes) -> None:
        self.chunks.append((sequence, audio))

    def tag(self, language: str) -> None:
        self.tags.append(language)

    def finish(self) -> None:
        self.is_finished.set()
        if not self.patient:
            asyncio.get_running_loop().call_soon(self.listener.ended, "finished")

    def abort(self) -> None:
        self.is_finished.set()

    @property
    def whole(self) -> bytes:
        """All audio, in the order of its chunks, which are numbered without a gap."""
        assert [sequence for sequence, _ in self.chunks] == [*range(1, len(self.chunks) + 1)]
        return b"".join(audio for _, audio in self.chunks)


class FakeLine:
    """The line up: what is told is for the test to take."""

    lost_events = 0
    full = congested = False

    def __init__(self) -> None:
        self.told: queue.Queue[WorkerEvent] = queue.Queue()

    def tell(self, event: WorkerEvent) -> None:
        self.told.put(event)

    def turn(self) -> None:
        """Nothing waits."""


class AudioHookHouse:
    """A worker's loop in a thread of its own; calls into it go through `on_loop`."""

    def __init__(self, plan: WorkerPlan, *, patient: bool = False) -> None:
        self.plan, self.patient = plan, patient
        self.line = FakeLine()
        self.uplinks: list[FakeUplink] = []
        self.port = 0
        self.house: House
        self._began: Future[None] = Future()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def start(self) -> None:
        self._thread.start()
        self._began.result(PATIENCE_S)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set_result, None)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def on_loop(self, call: Callable[[], T]) -> T:
        """`call`, run by the worker's loop."""

        async def run() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_S)

    def until(self, holds: Callable[[], bool]) -> None:
        """Until that holds, seen from the worker's loop."""
        ends_s = monotonic() + PATIENCE_S
        while not self.on_loop(holds):
            assert monotonic() < ends_s

    def hears(self, kind: type[E], fits: Callable[[E], bool] = lambda _event: True) -> E:
        """The next event of that kind; what came before it is let go."""
        while True:
            event = self.line.told.get(timeout=PATIENCE_S)
            if isinstance(event, kind) and fits(event):
                return event

    def noted(self, what: str) -> AudioStreamNoted:
        """The next note of that; what came before it is let go."""
        return self.hears(AudioStreamNoted, lambda note: note.what == what)

    def untold(self) -> bool:
        """Whether nothing has been told up the line."""
        return self.line.told.empty()

    def answers(self, uplink: FakeUplink, *said: Said) -> None:
        """The service says something."""

        def answer() -> None:
            for each in said:
                uplink.listener.heard(each)

        self.on_loop(answer)

    def command(self, command: PlayIntoStream | BargeIntoStream | DisconnectStream) -> None:
        self.on_loop(lambda: pass_on(command, self.house))

    async def _run(self) -> None:
        self._over = asyncio.get_running_loop().create_future()
        languages = LanguageDesk(self.plan.language)
        self.house = house = House(self.plan, self.line, self._uplink, languages)
        doorway = Doorway(house, doors(house, KeyRing(self.plan.keys), Bearers(self.line.tell)))
        half_open = HalfOpen()
        server = await listen(self.plan, lambda: Arrival(doorway.judge, half_open, self.plan.limits.max_frame_bytes))
        self.port = port_of(server)
        rounds = [asyncio.ensure_future(one()) for one in (house.watch, house.ease)]
        self._began.set_result(None)
        await self._over
        server.close()
        for one in rounds:
            one.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
        half_open.cut_all()
        for lane in tuple(house.lanes.values()):
            lane.abort()
        async with asyncio.timeout(PATIENCE_S):
            calls = (*house.connections, *house.turned_away)
            await asyncio.gather(*(_cut(call) for call in calls), return_exceptions=True)
        house.poll.close()
        languages.close()
        await languages.wait_closed()

    def _uplink(self, facts: Facts, listener: UplinkListener) -> FakeUplink:
        uplink = FakeUplink(facts, listener, self.patient)
        self.uplinks.append(uplink)
        return uplink


async def _cut(call: Connection) -> None:
    assert call.transport is not None
    call.transport.disconnect(graceful=False)
    await call.transport.wait_disconnected()


@contextmanager
def audiohook_house(plan: WorkerPlan, *, patient: bool = False) -> Iterator[AudioHookHouse]:
    """`patient`: the service goes on after the half-close until the test ends it."""
    house = AudioHookHouse(plan, patient=patient)
    house.start()
    try:
        yield house
    finally:
        house.stop()


class HookCaller:
    """A client on its socket; what the server says is checked by the Scribe."""

    def __init__(self, caller: Caller, session: str) -> None:
        self.caller = caller
        self.scribe = Scribe(session)
        self.played: list[bytes] = []  # binary messages of the server

    def send(self, text: str) -> None:
        self.caller.send(ws_frame(TEXT, text.encode()))

    def ask(self, text: str) -> dict[str, Any]:
        """Send, and take what comes next."""
        self.send(text)
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next text message; audio before it is kept."""
        while True:
            opcode, payload = self.caller.frame()
            match opcode:
                case 1:
                    return self.scribe.hear(payload)
                case 2:
                    self.played.append(payload)
                case 9:
                    self.caller.send(ws_frame(PONG, payload))
                case 8:
                    code = struct.unpack("!H", payload[:2])[0]
                    raise AssertionError(f"the server has closed: {code} {payload[2:].decode()}")

    def hear_audio(self) -> bytes:
        """The next binary message; no text may come before it."""
        opcode, payload = self.caller.frame()
        assert opcode == BINARY
        return payload

    def opened(self, *media: dict[str, Any], **over: Any) -> dict[str, Any]:
        """Open, and what `opened` says."""
        answer = self.ask(self.scribe.open(*(media or (STEREO,)), **over))
        assert answer["type"] == "opened"
        chosen = answer["parameters"]["media"]
        if chosen:
            self.scribe.frame_bytes = len(chosen[0]["channels"]) * (2 if chosen[0]["format"] == "L16" else 1)
        return dict(answer["parameters"])

    def audio(self, samples: int) -> bytes:
        """Send so many samples of every channel; what was sent."""
        audio = self.scribe.audio(samples)
        self.caller.send(ws_frame(BINARY, audio))
        return audio

    def ping(self) -> None:
        """All that was sent before has been heard once this returns."""
        assert self.ask(self.scribe.say("ping"))["type"] == "pong"

    def refusal(self) -> tuple[str, str]:
        """The `disconnect` that comes next."""
        told = self.hear()
        assert told["type"] == "disconnect"
        return told["parameters"]["reason"], told["parameters"].get("info", "")

    def close(self, reason: str = "end") -> list[dict[str, Any]]:
        """Close as one should; what was said between."""
        self.send(self.scribe.say("close", {"reason": reason}))
        said = []
        while (told := self.hear())["type"] != "closed":
            said.append(told)
        assert told["parameters"] == {}
        self.caller.hang_up()
        return said

    def is_open(self) -> bool:
        """Whether the server still has the socket: it answers a ping of the WebSocket."""
        self.caller.send(ws_frame(PING, b"there?"))
        opcode, payload = self.caller.frame()
        return (opcode, payload) == (PONG, b"there?")

    def closed(self) -> tuple[int, str]:
        """The close that comes next, which the server began."""
        opcode, payload = self.caller.frame()
        assert opcode == CLOSE
        self.caller.send(ws_frame(CLOSE, payload[:2]))
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()


@contextmanager
def knocking(port: int) -> Iterator[Caller]:
    """A connection that has asked for nothing yet."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as sock:
        sock.settimeout(PATIENCE_S)
        yield Caller(sock)


def hook_request(path: str = "/audiohook", *, headers: dict[str, str] | None = None, **more: str | None) -> bytes:
    """An upgrade request as Genesys sends it, unsigned unless `headers` say otherwise."""
    sent = upgrade_headers(KEY) if headers is None else headers
    usual: dict[str, str | None] = {"Sec_WebSocket_Protocol": None, "Authorization": None}
    return request(path, **(usual | {name.replace("-", "_"): value for name, value in sent.items()} | more))


@contextmanager
def hooked(port: int, session: str = SESSION, path: str = "/audiohook", **more: str | None) -> Iterator[HookCaller]:
    """A client whose upgrade was granted."""
    with knocking(port) as caller:
        caller.send(hook_request(path, headers=upgrade_headers(KEY, session), **more))
        assert caller.head()[0] == 101
        yield HookCaller(caller, session)


def channels(stereo: bytes, width: int = 1) -> tuple[bytes, bytes]:
    """The two channels of interleaved samples of `width` bytes, one sample after the other."""
    samples = [stereo[at : at + width] for at in range(0, len(stereo), width)]
    return b"".join(samples[0::2]), b"".join(samples[1::2])


def entities(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The entities of an event message."""
    assert message["type"] == "event"
    return list(json.loads(json.dumps(message["parameters"]["entities"])))
