"""What every door of the box shares, and what needs a clock or a socket to say."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import NoReturn, Protocol

from aiohttp import web

from simulator.assets import Asset, shipped
from simulator.plan import FaultPlan
from simulator.push import Pusher
from simulator.sessions import Session
from simulator.state import Grant, World
from simulator.subscriptions import Subscriptions

Clock = Callable[[], float]


class Transcription(Protocol):
    """What the rest of the box asks of its transcription service."""

    def settings_changed(self) -> None: ...

    def restart(self, grace_s: float, down_s: float) -> None: ...


class Box:
    """Belongs to the loop's thread; others go through `Simulator`."""

    def __init__(self, seed: int = 0, clock: Clock = time.monotonic) -> None:
        self.world = World()
        self.plan = FaultPlan(seed)
        self.chance = Random(seed)
        self.sessions: dict[int, Session] = {}
        self.subscriptions = Subscriptions(self.world)
        self.assets: dict[str, Asset] = dict(shipped())
        self.pusher = Pusher(self.world)
        self.transcription: Transcription | None = None
        self._clock = clock
        self._started_s = clock()

    def now_s(self) -> float:
        """Seconds since the box started."""
        return self._clock() - self._started_s

    @asynccontextmanager
    async def session(self, socket: str, transport: asyncio.Transport, grant: Grant | None) -> AsyncIterator[Session]:
        """A numbered session that is in the table as long as the body runs."""
        number = self.world.count["sessions.total"] + 1
        session = self.sessions[number] = Session(number, socket, transport, grant)
        self.world.tally("sessions.total")
        try:
            yield session
        finally:
            del self.sessions[number]
            self.subscriptions.forget(session)
            self.world.tally("sessions.ended")


def transport_of(request: web.Request) -> asyncio.Transport:
    """The request's connection; ConnectionResetError when it is gone already."""
    if request.transport is None:
        raise ConnectionResetError("the client has gone")
    return request.transport


async def until_gone() -> NoReturn:
    """Wait for the client to hang up: its handler is cancelled then (the server runs with handler_cancellation)."""
    while True:
        await asyncio.Event().wait()
