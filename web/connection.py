"""One connection: uvicorn's HTTP/1.1, with a time for every request to arrive and for every answer to be taken."""

import asyncio
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from web.complaints import Complaints
from web.headers import SECURITY
from web.limits import Limits
from web.problems import MEDIA_TYPE, Problem

CROWDED = "crowded"  # in the request's state: its connection is one too many
LINGER_S = 1.0  # for a client to read why, before its connection is closed under it
UNREAD = (h11.IDLE, h11.SEND_BODY)  # what the client's side is in while a request of it is still arriving
ANSWERABLE = (h11.IDLE, h11.SEND_RESPONSE)  # what our side is in while no answer was begun


class DoorConfig(Config):
    """uvicorn's configuration, with the door's limits for its connections."""

    def __init__(self, app: Any, limits: Limits, complaints: Complaints) -> None:
        super().__init__(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=limits.keep_alive_s,
            h11_max_incomplete_event_size=limits.head_bytes,
        )
        self.limits = limits
        self.complaints = complaints


class Connection(H11Protocol):
    """Ends what takes too long, answers what is no HTTP, and turns away what is too much."""

    config: DoorConfig

    def __init__(
        self,
        config: DoorConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self._arriving: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._closing = False
        self._heard = False
        self._discarded = 0

    # --- what the event loop calls -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that pause_writing tells of any client that does not read
        number, limits = len(self.connections), self._limits
        if number > limits.most_served:
            self.app_state = {CROWDED: True}
            self.config.complaints.note("crowd", f"{number} connections at once; {limits.most_served} are served")
        if number > limits.most_connections:
            self._refuse(crowd(limits), linger=False)
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._arriving, self._leaving, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._closing:
            self._discard(data)
            return
        if self.conn.our_state is h11.DONE:
            self._discard(data)  # of a body that its answer did not wait for
        else:
            self._discarded = 0
        super().data_received(data)
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self._limits.write_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    # --- what uvicorn calls ------------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        """Where the request is no HTTP that is taken here; too large a head is told apart."""
        too_long = len(self.conn.trailing_data[0]) > self._limits.head_bytes
        status, words = (431, f"the head is over {self._limits.head_bytes} bytes") if too_long else (400, msg)
        self._refuse(Problem(status=status, slug="head", message=words))

    def _unsupported_upgrade_warning(self) -> None:
        """The request is answered as if it had not asked. Source: RFC 9110 section 7.8."""
        words = (
            "a client asks for another protocol, such as WebSocket; calls' audio is taken at SWITCHBOARD_MEDIA_LISTEN"
        )
        self.config.complaints.note("upgrade", words)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._look()

    def shutdown(self) -> None:
        if self._closing or self.transport.is_closing():
            self.transport.close()
        else:
            super().shutdown()

    def hang_up(self) -> None:
        """The door closes: a request that is still arriving is not waited for."""
        if self._arriving is not None and not self._closing:
            self._refuse(Problem(status=503, slug="draining", message="the gateway stops", retry_after_s=30.0))

    # --- its own -----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Start or stop the clock: on while a request is on its way in, off while uvicorn's own waits for the next."""
        arriving = self.conn.their_state in UNREAD and self.timeout_keep_alive_task is None
        if arriving and self._arriving is None:
            self._expect()
        elif not arriving and self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _expect(self) -> None:
        self._arriving = self.loop.call_later(self._patience_s, self._too_slow)

    @property
    def _patience_s(self) -> float:
        return self._limits.crowd_s if CROWDED in self.app_state else self._limits.request_s

    def _too_slow(self) -> None:
        self._arriving = None
        if not self._heard:
            self.transport.close()  # it never said anything: nobody waits for an answer
            return
        self.config.complaints.note("slow", f"a request did not arrive within {self._patience_s:g} s")
        words = f"the whole request has to arrive within {self._patience_s:g} s"
        self._refuse(Problem(status=408, slug="slow", message=words))

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > self._limits.discard_bytes:
            self.transport.abort()

    def _refuse(self, problem: Problem, *, linger: bool = True) -> None:
        """Answer with `problem` if no other answer was begun, and close; `linger`: once the client has read it."""
        self._closing = True
        self._unset_keepalive_if_required()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # whatever it would answer comes too late
            self.cycle.message_event.set()
        if self.conn.our_state not in ANSWERABLE:
            self.transport.close()
            return
        self.transport.write(self._rendered(problem))
        if linger and self.transport.can_write_eof():
            self.transport.write_eof()
            self._leaving = self.loop.call_later(LINGER_S, self.transport.close)
        else:
            self.transport.close()

    def _rendered(self, problem: Problem) -> bytes:
        body = problem.body()
        told = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close"}
        headers = [
            (name.encode(), value.encode()) for name, value in {**told, **problem.all_headers(), **SECURITY}.items()
        ]
        head = h11.Response(status_code=problem.status, headers=[*self.server_state.default_headers, *headers])
        return b"".join(self.conn.send(event) or b"" for event in (head, h11.Data(data=body), h11.EndOfMessage()))


def crowd(limits: Limits) -> Problem:
    """What a connection past `most_served` is told."""
    words = f"{limits.most_served} connections are being served"
    return Problem(status=503, slug="busy", message=words, retry_after_s=1.0)
