"""One client from its hello to its end: lines in, answers out, in whatever order they are ready."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import orjson
from loguru import logger

from control.calls import Calls
from control.channel import LINE_DEADLINE_S, Channel
from control.credentials import hung_up
from control.listener import Listener
from control.output import Output
from control.peers import may
from control.route import Ask, AskAll, Discover, Give, Listen, Route, read_params
from control.routes import find_route
from control.wire import (
    BUSY,
    INTERNAL_ERROR,
    NOT_PERMITTED,
    Request,
    RpcError,
    line_too_long,
    line_unfinished,
    parse_request,
    render_error,
    render_notification,
    render_result,
)
from messages.base import Json
from messages.orders import Peer

MOST_OPEN = 1_000  # requests of one client without an answer
HANG_UP_CHECK_S = 1.0
FLUSH_S = 5.0  # for a client that has ended its side to read its last answers


class Desk(Protocol):
    """What all connections share."""

    routes: Mapping[str, Route]
    calls: Calls

    def openrpc(self) -> Mapping[str, Any]:
        """rpc.discover."""

    def listener(self, name: str, output: Output) -> Listener:
        """What has the journal tell one client events, by `output`."""

    def failed(self, error: BaseException) -> None:
        """Something unexpected happened while a request was carried out."""


class Connection:
    """Reads requests and starts a task for each; `serve` returns when the client has gone."""

    def __init__(self, desk: Desk, number: int, peer: Peer, hello: Mapping[str, Any]) -> None:
        self.number, self.peer = number, peer
        self.output = Output()
        self._desk, self._hello = desk, hello
        self._listener = desk.listener(f"control.{number}", self.output)
        self._open: set[asyncio.Task[None]] = set()
        self._works: Mapping[type[Route], Callable[[Any, Any], Any]] = {
            Ask: self._ask,
            AskAll: self._ask_all,
            Give: self._give,
            Listen: self._listen,
            Discover: self._discover,
        }

    async def serve(self, channel: Channel) -> None:
        """Say hello, answer until the client ends, and leave nothing behind."""
        self.output.put(render_notification("hello", self._hello))
        pump = asyncio.create_task(self.output.pump(channel))
        read = asyncio.create_task(self._read(channel))
        overflow = asyncio.create_task(self._overflow())
        try:
            await asyncio.wait((pump, read, overflow), return_when=asyncio.FIRST_COMPLETED)
        finally:
            channel.ignore()
            await _end(pump, read, overflow, *self._open)
            self._listener.end()
        _raise_the_unexpected(pump, read)

    async def _overflow(self) -> None:
        await self.output.overflowed.wait()
        logger.warning("control client {} (pid {}) does not read its answers: cut", self.number, self.peer.pid)

    async def _read(self, channel: Channel) -> None:
        """Until the client has said its last word and has the answers to all, or does not take them in FLUSH_S."""
        channel.listen(self._begin, self.output.has_room)
        await channel.ended
        if channel.overdue:
            self.output.put(render_error(line_unfinished(LINE_DEADLINE_S)))
        connection: socket.socket = channel.transport.get_extra_info("socket")
        while self._open and not hung_up(connection.fileno()):
            await asyncio.wait(self._open, timeout=HANG_UP_CHECK_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self.output.all_written()

    def _begin(self, line: bytes | None) -> None:
        """Start on one line; what can be said at once is said at once, without a task or a turn of the loop."""
        try:
            if line is None:
                raise line_too_long()
            request = parse_request(line)
        except RpcError as error:
            self.output.put(render_error(error))
            return
        try:
            if len(self._open) >= MOST_OPEN:
                raise RpcError(BUSY, f"{MOST_OPEN} requests of this connection are open")
            route, params = self._permitted(request)
            answer = self._desk.calls.at_once(route, params) if isinstance(route, Ask) else None
        except RpcError as error:
            self._refuse(request, error)
            return
        if answer is not None:
            self._answer(request, answer)
            return
        task = asyncio.create_task(self._serve(request, route, params))
        self._open.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: "asyncio.Task[None]") -> None:
        self._open.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._desk.failed(error)

    async def _serve(self, request: Request, route: Route, params: Any) -> None:
        try:
            result = await self._works[type(route)](route, params)
        except RpcError as error:
            self._refuse(request, error)
        else:
            self._answer(request, result)

    def _answer(self, request: Request, result: object) -> None:
        if not request.notification:
            self.output.put(_render(request, result))

    def _refuse(self, request: Request, error: RpcError) -> None:
        error.request_id = request.request_id
        if not request.notification:
            self.output.put(render_error(error))

    def _permitted(self, request: Request) -> tuple[Route, Any]:
        """What is asked for, with its parameters; RpcError when there is no such thing, or not for this peer."""
        route = find_route(request.method, self._desk.routes)
        if not may(self.peer.role, route.role):
            remedy = f"ask for the role {route.role} in the settings (SWITCHBOARD_CONTROL__{route.role.upper()}S)"
            message = f"{route.method} needs the role {route.role}; this connection is {self.peer.role}"
            raise RpcError(NOT_PERMITTED, message, {"role": self.peer.role, "needed": route.role, "remedy": remedy})
        params = read_params(route, request.params)
        if route.noted:
            self._desk.calls.note(route, params, self.peer)
        return route, params

    async def _ask(self, route: Ask, params: Any) -> Json:
        return await self._desk.calls.ask(route, params, self.peer)

    async def _ask_all(self, route: AskAll, _params: Any) -> Json:
        return await self._desk.calls.ask_all(route)

    async def _give(self, route: Give, params: Any) -> Json:
        return await self._desk.calls.give(route, params, self.peer)

    async def _listen(self, route: Listen, params: Any) -> Json:
        return await self._listener.listen(params, route.patience_s)

    async def _discover(self, _route: Discover, _params: Any) -> Any:
        return self._desk.openrpc()


def _render(request: Request, result: object) -> bytes:
    try:
        return render_result(request.request_id, result)
    except orjson.JSONEncodeError as error:
        logger.error("the answer to {} has no JSON form: {}", request.method, error)
        return render_error(RpcError(INTERNAL_ERROR, f"the answer has no JSON form: {error}", None, request.request_id))


async def _end(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _raise_the_unexpected(*tasks: "asyncio.Task[None]") -> None:
    """What a task ended of; a client that went away is expected, anything else is the server's end."""
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ConnectionError):
            raise error
