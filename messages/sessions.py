"""Sessions: one long-lived outgoing WebSocket each, named, owned by the actor that uses it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from messages.base import Recipient
from messages.streams import FromStream
from messages.tokens import TokenDenied, TokenGranted


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """What a session is for: where it connects and who hears its frames. `opening` frames are sent after each open."""

    name: str
    kind: str
    url: str
    owner: Recipient
    headers: Mapping[str, str] = field(default_factory=dict)
    opening: tuple[str, ...] = ()


# --- to a session --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFrame:
    """Write `text` on that very connection, else tell the owner FrameUnsent; `frame_id` is the owner's.

    With `confirm` the owner is told FrameSent once it is on its way. `text` may carry a token: no repr shows it.
    """

    frame_id: str
    connection: int
    text: str = field(repr=False)
    confirm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateSession:
    """Ping now; the owner hears SessionValid or SessionInvalid with this `check_id` within the pong deadline (3 s)."""

    check_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewSession:
    """Go over to a new connection; the old one is heard until what it owes has had time to come, then closed.

    Nothing happens when `connection` is not the present one any more: many may ask for the same renewal.
    """

    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectSession:
    """Close and connect anew, also when it was closed for good; `reason` goes into the close frame and the log."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession:
    """Close with 1000 and stay closed until ReconnectSession."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSession:
    """Answered by one entry of the session.list shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAlive:
    """Its own alarm: time for a ping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PongOverdue:
    """Its own alarm: the ping with `payload` was not answered in time."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectNow:
    """Its own alarm: the back-off is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireConnection:
    """Its own alarm: a connection that was renewed has had its time."""

    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StableNow:
    """Its own alarm: open for long enough that the back-off starts from its beginning again."""


ToSession = (
    SendFrame
    | ValidateSession
    | RenewSession
    | ReconnectSession
    | CloseSession
    | ShowSession
    | KeepAlive
    | PongOverdue
    | ConnectNow
    | RetireConnection
    | StableNow
    | TokenGranted
    | TokenDenied
    | FromStream
)

# --- to the owner --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """Frames may be sent on `connection`; told after every (re)connect."""

    session: str
    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLost:
    """`connection` is gone: what was sent on it and not answered has no answer coming."""

    session: str
    connection: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesArrived:
    """Whole messages in order."""

    session: str
    frames: tuple[str | bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameUnsent:
    """`frame_id` did not leave the process."""

    session: str
    frame_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSent:
    """`frame_id`, for which that was wanted, is handed to the connection; told only to owners that ask for it."""

    session: str
    frame_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionValid:
    """A pong came on `connection` after `check_id` was asked."""

    session: str
    check_id: str
    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInvalid:
    """No pong in time, or not open; the session is already reconnecting."""

    session: str
    check_id: str
    why: str


FromSession = SessionOpened | SessionLost | FramesArrived | FrameUnsent | SessionValid | SessionInvalid
