"""The assist session above its WebSocket: authenticated by a connect frame, and anew before the token expires.

Not an actor: the part of AssistActor that knows whether actions may be sent. The SessionActor keeps the socket.
"""

from dataclasses import dataclass
from typing import Protocol

from loguru import logger

from actors.base import World
from genesys.dialect import AssistDialect
from messages.assists import AssistRefused, LineOverdue
from messages.base import Json, Recipient
from messages.orders import Reason
from messages.sessions import (
    ReconnectSession,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
    ValidateSession,
)
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from rules.assist import FORBIDDEN, UNAUTHORIZED, session_refusal
from rules.assist_line import MAY_SEND, WANTS_TOKEN, Heard, Phase, advance, renew_in_s
from rules.catalogue import reason
from rules.retries import MAX_RETRY_AFTER_S, full_jitter

CHECK = "assist.line"
ALARM = "line"

ToLine = SessionOpened | SessionValid | SessionInvalid | SessionLost | TokenGranted | TokenDenied | LineOverdue


class Owner(Protocol):
    """The actor whose part this is."""

    @property
    def address(self) -> Recipient:
        """Who is granted the token."""

    @property
    def world(self) -> World:
        """Its clock and chance."""

    def after(self, delay_s: float, message: object, key: str) -> None:
        """Set its alarm."""

    def cancel(self, key: str) -> None:
        """Forget its alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTimes:
    """Seconds: for `connected`, until a lost question for a token is put again, of the back-off.

    After a refusal that only an operator can mend it is tried again in `refused_s`; a token that was not renewed is
    asked for every `again_s`.
    """

    connected_s: float = 10.0
    token_s: float = 30.0
    backoff_first_s: float = 0.5
    backoff_last_s: float = 60.0
    refused_s: float = 60.0
    again_s: float = 5.0


class AssistLine:
    """`refusal` is why the engine takes nothing from us, until it does again; what is not final is no refusal."""

    def __init__(
        self, owner: Owner, *, session: Recipient, token: Recipient, dialect: AssistDialect, times: LineTimes
    ) -> None:
        self._owner, self._session, self._token = owner, session, token
        self._dialect, self._times = dialect, times
        self._phase = Phase.DOWN
        self._held: tuple[int, float] = (0, 0.0)  # the token's generation, and until when it is good
        self._rejections = self._failures = self._authentications = 0
        self._rest_s = 0.0
        self._last_error = ""
        self.connection = 0
        self.refusal: Reason | None = None

    @property
    def ready(self) -> bool:
        """Whether actions may be sent."""
        return self._phase in MAY_SEND

    def facts(self) -> dict[str, Json]:
        """For operators."""
        return {
            "state": self._phase.value,
            "authentications": self._authentications,
            "last_error": self._last_error or None,
        }

    # --- the WebSocket -----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Find out whether the socket is open already, for an earlier incarnation of the actor."""
        self._session.tell(ValidateSession(check_id=CHECK))

    def take(self, message: ToLine) -> None:
        """What the session, the token's actor and the alarm tell."""
        match message:
            case SessionOpened():
                self._opened(message.connection)
            case SessionValid():
                if message.check_id == CHECK:
                    self._opened(message.connection)
            case SessionInvalid():
                pass  # the session tells when it is open
            case SessionLost():
                self._lost(message)
            case TokenGranted():
                self._granted(message)
            case TokenDenied():
                self._denied(message)
            case LineOverdue():
                self._overdue()

    def _opened(self, connection: int) -> None:
        """There is a connection; the same may be told twice."""
        if connection != self.connection:
            self.connection = connection
            self._hear(Heard.OPENED)

    def _lost(self, lost: SessionLost) -> None:
        """A connection is gone."""
        if lost.connection == self.connection:
            self.connection = 0
            self._hear(Heard.LOST)

    def unsent(self, frame_id: str) -> bool:
        """A frame was not sent; whether it was one of this line."""
        if frame_id == self._frame_id():
            self._refused_for_now("the connect frame could not be sent")
        return frame_id.startswith(CHECK)

    # --- the token ---------------------------------------------------------------------------------------------

    def _granted(self, token: TokenGranted) -> None:
        """Authenticate with it, unless the session already is."""
        held = (token.generation, token.good_until_s)
        if self._phase is Phase.AWAITING_NEW_TOKEN and held == self._held:
            self._owner.after(self._times.again_s, LineOverdue(), ALARM)  # the new one is still being fetched
        elif self._hear(Heard.GRANTED):
            self._held = held
            text = self._dialect.connect_frame(token.secret)
            self._session.tell(SendFrame(frame_id=self._frame_id(), connection=self.connection, text=text))

    def _denied(self, denial: TokenDenied) -> None:
        """There is no token now, or never before an operator mends it."""
        if self._phase not in WANTS_TOKEN:
            return
        self._last_error = denial.message
        if denial.final and not self.ready:
            self.refusal = reason(denial.code, denial.message, denial.remedy)
        self._rest_s = self._backoff_s()
        self._hear(Heard.DENIED)

    # --- what the engine says ----------------------------------------------------------------------------------

    def connected(self) -> None:
        """The session is authenticated."""
        if self._hear(Heard.CONNECTED):
            self.refusal, self._rejections, self._failures = None, 0, 0
            self._authentications += 1
            logger.info("the assist session is authenticated")

    def refused(self, error: AssistRefused) -> None:
        """The engine complains of the session itself."""
        asked = self._phase in {Phase.CONNECTING, Phase.RECONNECTING}
        if error.code == UNAUTHORIZED and (asked or self.ready):
            self._unauthorized(error)
        elif error.code == FORBIDDEN and (asked or self.ready):
            self._refused_for_good(session_refusal(error.code, error.message))
        elif asked:
            why = session_refusal(error.code, error.message).message
            self._refused_for_now(why, min(error.retry_after_s or 0.0, MAX_RETRY_AFTER_S))
        else:
            logger.warning("the assist engine complains of nothing in particular: {} {}", error.code, error.message)

    def action_unauthorized(self) -> None:
        """The engine answered 401 to an action: the token is none any more."""
        if self.ready:
            self._unauthorized(AssistRefused(code=UNAUTHORIZED, message=""))

    def _overdue(self) -> None:
        """The alarm rang."""
        was = self._phase
        self._hear(Heard.ELAPSED)
        if was is Phase.CONNECTING:
            self._last_error = f"no `connected` within {self._times.connected_s:g} s"
            logger.warning("the assist engine does not answer the connect frame")
            self._session.tell(ReconnectSession(reason="not connected in time"))

    # --- the mechanism -----------------------------------------------------------------------------------------

    def _unauthorized(self, error: AssistRefused) -> None:
        self._token.tell(TokenRejected(generation=self._held[0]))
        self._rejections += 1
        self._last_error = f"401 {error.message}".strip()
        if self._rejections == 1:
            self._hear(Heard.REJECTED)
        else:
            self._refused_for_good(session_refusal(error.code, error.message))

    def _refused_for_good(self, why: Reason) -> None:
        logger.error("{}; {}", why.message, why.remedy)
        self.refusal, self._last_error = why, why.message
        self._rest_s = self._times.refused_s
        self._hear(Heard.REFUSED)

    def _refused_for_now(self, why: str, at_least_s: float = 0.0) -> None:
        logger.warning("the assist session cannot be authenticated now: {}", why)
        self._last_error = why
        if self.ready:  # the token in force is good for a while: go on with it
            self._hear(Heard.ELAPSED)
        else:
            self._rest_s = at_least_s + self._backoff_s()
            self._hear(Heard.REFUSED)

    def _backoff_s(self) -> float:
        times = self._times
        if self.refusal is not None:
            return times.refused_s
        self._failures += 1
        chance = self._owner.world.random()
        return full_jitter(self._failures - 1, times.backoff_first_s, times.backoff_last_s, chance)

    def _hear(self, heard: Heard) -> bool:
        phase = advance(self._phase, heard)
        if phase is None:
            return False
        self._phase = phase
        self._owner.cancel(ALARM)
        if phase in WANTS_TOKEN:
            self._token.tell(WantToken(reply_to=self._owner.address))
        delay_s = self._alarm_s(heard)
        if delay_s is not None:
            self._owner.after(delay_s, LineOverdue(), ALARM)
        return True

    def _alarm_s(self, heard: Heard) -> float | None:
        match self._phase:
            case Phase.DOWN:
                return None
            case Phase.AWAITING_TOKEN | Phase.AWAITING_NEW_TOKEN:
                return self._times.token_s
            case Phase.CONNECTING | Phase.RECONNECTING:
                return self._times.connected_s
            case Phase.RESTING:
                return self._rest_s
            case Phase.READY:
                left_s = self._held[1] - self._owner.world.monotonic()
                return renew_in_s(left_s) if heard is Heard.CONNECTED else self._times.again_s

    def _frame_id(self) -> str:
        return f"{CHECK}#{self.connection}"
