"""SessionActor: one outgoing WebSocket, kept open, kept honest, and told of to the actor that uses it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, assert_never

from loguru import logger

from actors.base import Seat
from actors.pool import PooledActor, Turns
from messages.base import Json, Recipient
from messages.journal import PublishEvent
from messages.sessions import (
    CloseSession,
    ConnectNow,
    FramesArrived,
    FrameSent,
    FrameUnsent,
    KeepAlive,
    PongOverdue,
    ReconnectSession,
    RenewSession,
    RetireConnection,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionPlan,
    SessionValid,
    ShowSession,
    StableNow,
    ToSession,
    ValidateSession,
)
from messages.streams import StreamClosed, StreamFrames, StreamOpened, StreamPong
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from rules.instants import instant
from rules.retries import MAX_RETRY_AFTER_S, full_jitter
from rules.sessions import Heard, Phase, advance

UNAUTHORIZED = 401
NORMAL_CLOSURE = 1000  # RFC 6455 section 7.4.1
BY_AN_OPERATOR = "closed by an operator"


class Listening(Recipient, Protocol):
    """An address the I/O thread can read the backlog of."""

    def backlog(self) -> int:
        """How many messages wait."""


class StreamsDoor(Protocol):
    """The I/O thread's face; nothing here blocks. See clients.streams."""

    def connect(self, url: str, *, headers: dict[str, str], timeout_s: float, listener: Listening) -> int:
        """Start a handshake; its end is told to `listener`."""

    def send(self, stream_id: int, data: str | bytes) -> bool:
        """Queue one message; False when the stream is gone or clogged."""

    def ping(self, stream_id: int, payload: bytes) -> bool:
        """Queue a ping."""

    def close(self, stream_id: int, code: int, reason: str) -> None:
        """Close by handshake, by force when the peer does not answer."""

    def abort(self, stream_id: int) -> None:
        """Close by force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTimes:
    """Seconds: between pings, for a pong of the keep-alive and of a validation, and of the back-off.

    A token that has not come after `token_s` is asked for once more.
    """

    token_s: float = 30.0
    handshake_s: float = 15.0
    ping_every_s: float = 20.0
    pong_s: float = 10.0
    validate_s: float = 3.0
    backoff_first_s: float = 0.5
    backoff_last_s: float = 60.0
    stable_s: float = 30.0
    retire_s: float = 10.0


class SessionActor(PooledActor[ToSession]):
    """Gets a token, connects, pings, reconnects with back-off; forwards frames; never replays any."""

    def __init__(
        self,
        seat: Seat,
        pool: Turns,
        *,
        plan: SessionPlan,
        streams: StreamsDoor,
        token: Recipient,
        journal: Recipient,
        times: SessionTimes,
    ) -> None:
        super().__init__(seat, pool)
        self._plan, self._streams, self._token, self._journal, self._times = plan, streams, token, journal, times
        self._phase = Phase.CLOSED
        self._connection = 0
        self._retiring: set[int] = set()
        self._generation = 0
        self._failures = 0
        self._connects = 0
        self._pings = 0
        self._checks: list[str] = []
        self._tls: dict[str, Json] | None = None
        self._connected_since: datetime | None = None
        self._last_error = ""

    def started(self) -> None:
        self._ask_token(Heard.STARTED)

    def handle(self, message: ToSession) -> Any:
        match message:
            case StreamFrames():
                self._forward(message)
            case SendFrame():
                self._send(message)
            case ValidateSession():
                self._validate(message.check_id)
            case StreamPong():
                self._ponged(message)
            case StreamOpened():
                self._opened(message)
            case StreamClosed():
                self._closed(message)
            case TokenGranted():
                self._connect(message)
            case TokenDenied():
                self._denied(message)
            case KeepAlive():
                self._keep_alive()
            case PongOverdue():
                self._overdue()
            case ConnectNow():
                self._ask_token(Heard.RESTED)
            case StableNow():
                self._failures = 0
            case RenewSession():
                self._renew(message.connection)
            case RetireConnection():
                self._retire(message.connection)
            case ReconnectSession():
                self._reconnect(message.reason)
            case CloseSession():
                self._close_for_good()
            case ShowSession():
                return self._show()
            case _:
                assert_never(message)
        return None

    def stopped(self) -> None:
        self._publish("session.closed", reason="its work is done")
        for connection in (self._connection, *self._retiring):
            self._streams.close(connection, NORMAL_CLOSURE, "the gateway stops")

    def release(self) -> None:
        for connection in (self._connection, *self._retiring):
            self._streams.abort(connection)

    def facts(self) -> dict[str, Json]:
        return self._show()

    # --- coming up -------------------------------------------------------------------------------------------

    def _ask_token(self, heard: Heard) -> None:
        if self._advance(heard):
            self._want_token()

    def _want_token(self) -> None:
        self._token.tell(WantToken(reply_to=self.address))
        self.after(self._times.token_s, ConnectNow(), "connect")  # a TokenActor that crashed has forgotten us

    def _connect(self, token: TokenGranted) -> None:
        if not self._advance(Heard.GRANTED):
            return
        self.cancel("connect")
        self._generation = token.generation
        headers = {**self._plan.headers, "Authorization": f"Bearer {token.secret}"}
        self._connection = self._streams.connect(
            self._plan.url, headers=headers, timeout_s=self._times.handshake_s, listener=self.address
        )

    def _denied(self, denial: TokenDenied) -> None:
        if self._advance(Heard.DENIED):
            self._last_error = _readable(f"{denial.code} {denial.message}")
            self._back_off()

    def _opened(self, opened: StreamOpened) -> None:
        if opened.stream_id != self._connection or not self._advance(Heard.OPENED):
            self._streams.abort(opened.stream_id)
            return
        self._connects += 1
        self._connected_since = self.world.utc_now()
        self._tls = {"version": opened.tls_version, "cipher": opened.tls_cipher} if opened.tls_version else None
        for frame in self._plan.opening:
            self._streams.send(self._connection, frame)
        self.after(self._times.ping_every_s, KeepAlive(), "keep-alive")
        self.after(self._times.stable_s, StableNow(), "stable")
        self._plan.owner.tell(SessionOpened(session=self._plan.name, connection=self._connection))
        logger.info("session {} is open ({})", self._plan.name, opened.tls_version or "no TLS")
        self._publish("session.opened" if self._connects == 1 else "session.restarted", connects=self._connects)

    # --- going down ------------------------------------------------------------------------------------------

    def _closed(self, closed: StreamClosed) -> None:
        if closed.stream_id in self._retiring:
            self._retiring.discard(closed.stream_id)
            self.cancel(f"retire-{closed.stream_id}")
        elif closed.stream_id == self._connection:
            self._lost(closed)
        if closed.opened:  # also of an incarnation before this one: what was sent there has no answer coming
            self._plan.owner.tell(
                SessionLost(
                    session=self._plan.name, connection=closed.stream_id, code=closed.code, reason=closed.reason
                )
            )

    def _lost(self, closed: StreamClosed) -> None:
        wanted = self._phase in {Phase.CLOSING, Phase.CLOSED, Phase.RECONNECTING}
        self._quiet()
        reason = f"{BY_AN_OPERATOR}; `session restart` opens it" if self._phase is Phase.CLOSING else closed.reason
        self._last_error = _readable(f"{closed.code} {reason}".strip())
        what = "is gone" if closed.opened else "could not connect"
        logger.log("INFO" if wanted else "WARNING", "session {} {}: {}", self._plan.name, what, self._last_error)
        if closed.opened:
            self._publish("session.lost", code=closed.code, reason=reason)
        if closed.http_status == UNAUTHORIZED:
            self._token.tell(TokenRejected(generation=self._generation))
        self._advance(Heard.CLOSED)
        if self._phase is Phase.BACKING_OFF:
            self._back_off(closed.retry_after_s or 0.0)
        elif self._phase is Phase.AWAITING_TOKEN:
            self._want_token()

    def _quiet(self, why: str = "the connection is gone") -> None:
        for key in ("keep-alive", "stable", "pong"):
            self.cancel(key)
        self._connected_since = None
        self._refuse_checks(why)

    def _back_off(self, at_least_s: float = 0.0) -> None:
        times = self._times
        delay_s = full_jitter(self._failures, times.backoff_first_s, times.backoff_last_s, self.world.random())
        self._failures += 1
        self.after(min(at_least_s, MAX_RETRY_AFTER_S) + delay_s, ConnectNow(), "connect")

    def _reconnect(self, reason: str) -> None:
        heard = Heard.TOLD_TO_RECONNECT
        if self._phase is Phase.CLOSED:
            self._last_error = ""  # it said what has been done now
        if self._phase in {Phase.CLOSED, Phase.BACKING_OFF}:
            self._failures = 0
            self._ask_token(heard)
        elif self._advance(heard):
            self._streams.close(self._connection, NORMAL_CLOSURE, reason)

    def _close_for_good(self) -> None:
        self.cancel("connect")
        if self._advance(Heard.TOLD_TO_CLOSE) and self._phase is Phase.CLOSING:
            self._streams.close(self._connection, NORMAL_CLOSURE, BY_AN_OPERATOR)

    # --- going over to another connection ----------------------------------------------------------------------

    def _renew(self, connection: int) -> None:
        if connection != self._connection or self._phase is not Phase.OPEN:
            return
        self._retiring.add(connection)
        self.after(self._times.retire_s, RetireConnection(connection=connection), f"retire-{connection}")
        self._quiet("the connection is being renewed")
        self._ask_token(Heard.TOLD_TO_RENEW)

    def _retire(self, connection: int) -> None:
        if connection in self._retiring:
            self._streams.close(connection, NORMAL_CLOSURE, "renewed")

    # --- while open --------------------------------------------------------------------------------------------

    def _forward(self, message: StreamFrames) -> None:
        if message.stream_id == self._connection or message.stream_id in self._retiring:
            self._plan.owner.tell(FramesArrived(session=self._plan.name, frames=message.frames))

    def _send(self, message: SendFrame) -> None:
        if self._phase is not Phase.OPEN or message.connection != self._connection:
            why = "the session is not open" if self._phase is not Phase.OPEN else "the connection was replaced"
        elif self._streams.send(self._connection, message.text):
            if message.confirm:
                self._plan.owner.tell(FrameSent(session=self._plan.name, frame_id=message.frame_id))
            return
        else:
            why = "the connection is clogged or gone"
        self._plan.owner.tell(FrameUnsent(session=self._plan.name, frame_id=message.frame_id, why=why))

    def _validate(self, check_id: str) -> None:
        if self._phase is not Phase.OPEN:
            self._invalid(check_id, f"the session is {self._phase.value}")
            return
        self._checks.append(check_id)
        if len(self._checks) == 1:  # else a ping is under way whose pong will prove as much
            self._ping(self._times.validate_s)

    def _keep_alive(self) -> None:
        if self._phase is Phase.OPEN and not self._checks:  # else a ping is under way; its pong sets the next one
            self._ping(self._times.pong_s)

    def _ping(self, pong_s: float) -> None:
        self._pings += 1
        payload = str(self._pings).encode()
        self._streams.ping(self._connection, payload)
        self.after(pong_s, PongOverdue(payload=payload), "pong")

    def _ponged(self, pong: StreamPong) -> None:
        present = self._phase is Phase.OPEN and pong.stream_id == self._connection
        if not present or pong.payload != str(self._pings).encode():
            return
        self.cancel("pong")
        self.after(self._times.ping_every_s, KeepAlive(), "keep-alive")
        checks, self._checks = self._checks, []
        for check_id in checks:
            valid = SessionValid(session=self._plan.name, check_id=check_id, connection=self._connection)
            self._plan.owner.tell(valid)

    def _overdue(self) -> None:
        logger.warning("session {} does not answer pings", self._plan.name)
        self._streams.abort(self._connection)
        self._refuse_checks("no pong in time")

    def _refuse_checks(self, why: str) -> None:
        checks, self._checks = self._checks, []
        for check_id in checks:
            self._invalid(check_id, why)

    def _invalid(self, check_id: str, why: str) -> None:
        self._plan.owner.tell(SessionInvalid(session=self._plan.name, check_id=check_id, why=why))

    # --- the rest ----------------------------------------------------------------------------------------------

    def _advance(self, heard: Heard) -> bool:
        phase = advance(self._phase, heard)
        moved = phase is not None
        self._phase = phase or self._phase
        return moved

    def _publish(self, kind: str, **data: Json) -> None:
        self._journal.tell(PublishEvent(kind=kind, data={"session": self._plan.name, **data}))

    def _show(self) -> dict[str, Json]:
        since = self._connected_since
        return {
            "name": self._plan.name,
            "kind": self._plan.kind,
            "state": self._phase.value,
            "url": self._plan.url,
            "tls": self._tls if self._phase is Phase.OPEN else None,
            "connected_since": instant(since) if since else None,
            "reconnects": max(0, self._connects - 1),
            "last_error": self._last_error or None,
        }


def _readable(told: str) -> str:
    """What a peer may have written, safe for a log line and a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in told)
