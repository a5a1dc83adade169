"""The control socket's server: one thread, one event loop, whatever its clients do."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from loguru import logger

from control.admission import Front, admit, greet
from control.bridge import Bridge
from control.calls import Calls, House
from control.channel import Channel
from control.claim import Claim, SocketProblem
from control.connection import Connection
from control.entrance import LOOK_EVERY_S, Entrance
from control.listener import Listener
from control.openrpc import describe
from control.output import Output
from control.peers import Credentials
from control.reception import Reception
from control.refused import RefusedPeers
from control.route import Route
from control.routes import ROUTES
from control.wire import NOT_PERMITTED, RpcError, render_notification
from messages.base import Json

CLOSE_S = 5.0  # for a client to read its last answers


class ControlServer:
    """Binds in `start`, serves until `stop`; should its thread end unasked, `on_death` hears why, in that thread."""

    def __init__(
        self,
        claim: Claim,
        house: House,
        front: Front,
        on_death: Callable[[BaseException], None],
        routes: Mapping[str, Route] = ROUTES,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self.routes = routes
        self._claim, self._house, self._front, self._on_death = claim, house, front, on_death
        self._entrance = Entrance(claim, self._accept, look_every_s)
        self._refused = RefusedPeers()
        self._connections: dict[int, Connection] = {}
        self._handlers: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.WriteTransport] = set()
        self._accepted = 0
        self._loop = asyncio.new_event_loop()
        self._bridge = Bridge(self._loop)
        self._reception = Reception("control", house.addresses, house.rules, self._bridge)
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)
        self.calls = Calls(house, self._bridge, self._reception)

    # --- what its keeper calls, from any thread ----------------------------------------------------------------

    def start(self) -> None:
        """Bind and begin to serve; SocketProblem or OSError when that cannot be."""
        try:
            self._entrance.bind()
        except (OSError, SocketProblem):
            self._loop.close()
            raise
        self._reception.open()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Close every connection and end the thread; returns when that is done, or after `timeout_s`."""
        self._bridge.post(self._finish)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def facts(self) -> Mapping[str, Json]:
        """What actor.show tells of the door."""
        return {
            "socket": str(self._claim.path),
            "clients": len(self._connections),
            "accepted": self._accepted,
            "orders_waited_for": self._reception.waiters.count(),
            "peers_refused": self._refused.total,
        }

    # --- what connections use, on the loop ---------------------------------------------------------------------

    def openrpc(self) -> Mapping[str, Any]:
        """rpc.discover."""
        return describe(self.routes.values(), self._front.version)

    def listener(self, name: str, output: Output) -> Listener:
        """What has the journal tell one client events, by `output`."""
        return Listener(name, self._bridge, self.calls, output)

    def failed(self, error: BaseException) -> None:
        """End the server: its keeper starts a new one."""
        if not self._over.done():
            self._over.set_exception(error)

    # --- the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        serving = self._loop.create_task(self._serve())
        serving.add_done_callback(lambda _: self._loop.stop())
        self._loop.run_forever()
        self._loop.close()
        error = serving.exception()
        if error is not None:
            self._on_death(error)

    async def _serve(self) -> None:
        self._attend(self._entrance.keep())
        try:
            await self._over
        finally:
            self._entrance.close()
            for handler in self._handlers:
                handler.cancel()
            if self._handlers:
                await asyncio.wait(self._handlers)
            for transport in self._closing:
                transport.abort()
            self._reception.close()
            await asyncio.sleep(0)  # for the transports to close

    def _finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def _accept(self, channel: Channel) -> None:
        self._accepted += 1
        self._attend(self._handle(self._accepted, channel))

    def _attend(self, work: Coroutine[Any, Any, None]) -> None:
        handler = self._loop.create_task(work)
        self._handlers.add(handler)
        handler.add_done_callback(self._handled)

    def _handled(self, handler: "asyncio.Task[None]") -> None:
        self._handlers.discard(handler)
        error = None if handler.cancelled() else handler.exception()
        if error is not None:
            self.failed(error)

    async def _handle(self, number: int, channel: Channel) -> None:
        try:
            connection = self._admit(number, channel.transport)
            if connection is not None:
                await connection.serve(channel)
        finally:
            self._connections.pop(number, None)
            self._close(channel.transport)

    def _close(self, transport: asyncio.WriteTransport) -> None:
        """Close once what was written is read, by force after a while."""
        transport.close()
        self._closing.add(transport)
        self._loop.call_later(CLOSE_S, self._cut, transport)

    def _cut(self, transport: asyncio.WriteTransport) -> None:
        self._closing.discard(transport)
        transport.abort()

    def _admit(self, number: int, transport: asyncio.WriteTransport) -> Connection | None:
        """The connection, if its peer has a role and there is room; else it is told why not."""
        who = self._front.credentials(transport.get_extra_info("socket"))
        admitted = admit(who, len(self._connections), self._front)
        hello = greet(self._front, admitted)
        if isinstance(admitted, RpcError):
            transport.write(render_notification("hello", hello))
            self._note_refusal(who, admitted)
            return None
        self._connections[number] = connection = Connection(self, number, admitted, hello)
        return connection

    def _note_refusal(self, who: Credentials, why: RpcError) -> None:
        logger.warning("control: refused uid {} gid {} pid {}: {}", who.uid, who.gid, who.pid, why.message)
        note = self._refused.note(who, self._loop.time()) if why.code == NOT_PERMITTED else None
        if note is not None:
            self.calls.tell_journal(note)
