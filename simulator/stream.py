"""The box's WebSockets: the upgrade, frames in, pings answered, the closing handshake. Source: contracts 1, 2 and 5."""

import asyncio
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from simulator import frames
from simulator.access import admit
from simulator.box import Box, transport_of, until_gone
from simulator.faults import Fault
from simulator.forms import BadInput
from simulator.http_faults import error_answer, under_faults
from simulator.orders import read_push
from simulator.sessions import Session
from simulator.socket_faults import strike


class Desk(Protocol):
    """What becomes of the text frames."""

    def take(self, session: Session, raw: bytes) -> None: ...


class StreamDoor:
    """One handler a session; `socket` is what faults call this one, and any of `scopes` opens it.

    `scopes` None: nobody has to say who they are before the socket is open.
    """

    def __init__(self, box: Box, socket: str, scopes: tuple[str, ...] | None, desk: Desk) -> None:
        self._box = box
        self._socket = socket
        self._scopes = scopes
        self._desk = desk

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self._box.world.handshakes_s.append(self._box.now_s())
        self._box.world.tally("sessions.handshakes")
        occasion = {"route": "handshake", "socket": self._socket}
        return await under_faults(self._box, request, occasion, lambda: self._upgrade(request))

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        grant = None if self._scopes is None else admit(self._box, request, *self._scopes)
        if isinstance(grant, web.Response):
            return grant
        try:
            rate = read_push(_numbers(request)) if request.query else None
        except BadInput as bad:
            return error_answer(400, "bad.query", "; ".join(bad.problems))
        limit = self._box.world.settings.max_message_bytes
        upgraded = web.WebSocketResponse(
            autoping=False, autoclose=False, compress=False, decode_text=False, max_msg_size=limit
        )
        await upgraded.prepare(request)
        async with self._box.session(self._socket, transport_of(request), grant) as session:
            self._opened(session)
            if rate is not None:
                self._box.pusher.start([session], rate)
            await self._listen(upgraded, session)
        return upgraded

    def _opened(self, session: Session) -> None:
        fault = self._fault("open")
        if fault is not None:
            strike(session, fault)

    async def _listen(self, upgraded: web.WebSocketResponse[Any], session: Session) -> None:
        while True:
            message = await upgraded.receive()
            if message.type is WSMsgType.CLOSE:
                await self._heard_close(upgraded, session)
                return
            if message.type in (WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                return
            if session.silent:
                self._box.world.tally("frames.unheard")
            elif message.type is WSMsgType.PING:
                self._heard_ping(session, bytes(message.data))
            elif message.type is WSMsgType.TEXT:
                self._desk.take(session, message.data)
            else:
                self._box.world.tally(f"frames.{message.type.name.lower()}")

    def _heard_ping(self, session: Session, payload: bytes) -> None:
        self._box.world.tally("frames.ping")
        fault = self._fault("ping")
        if fault is None:
            session.write(frames.frame(frames.PONG, payload))
        elif fault.action == "latency":
            pong = frames.frame(frames.PONG, payload)
            asyncio.get_running_loop().call_later(fault.latency_s, session.write, pong)
        else:
            strike(session, fault)

    async def _heard_close(self, upgraded: web.WebSocketResponse[Any], session: Session) -> None:
        self._box.world.tally("frames.close")
        if session.silent or self._fault("close") is not None:
            session.fall_silent()
            await until_gone()
        if session.closing:
            session.finish()
        else:
            await upgraded.close(code=upgraded.close_code or 1000)

    def _fault(self, route: str) -> Fault | None:
        fault = self._box.plan.choose({"route": route, "socket": self._socket})
        if fault is not None:
            self._box.world.tally(f"faults.{fault.action}")
        return fault


def _numbers(request: web.Request) -> dict[str, Any]:
    """The query's `push_…` parameters as the admin door would get them: `push_per_s=25` as `per_s: 25`."""
    return {name.removeprefix("push_"): _number(value) for name, value in request.query.items()}


def _number(text: str) -> int | float | str:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
