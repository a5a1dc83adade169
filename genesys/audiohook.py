"""The life of one AudioHook session, as the server lives it: one table, `(phase, heard) -> phase`.

What the table has no step for is a breach: the session answers `disconnect error` and goes on from BREACH.
Source: genesys-platform 3.6, 3.10; audiohook-reference-implementation, serversessionimpl.ts.
"""

from enum import Enum, auto


class Phase(Enum):
    """Where a session stands."""

    PREPARING = auto()  # the socket is open
    OPENING = auto()  # `open` heard
    ACTIVE = auto()  # `opened` said; audio flows
    PAUSED = auto()  # the client says that it sends no audio, whoever asked for it
    COMPLETED = auto()  # we said `disconnect completed`
    SIGNALED_ERROR = auto()  # we said `disconnect error`
    UNAUTHORIZED = auto()  # we said `disconnect unauthorized`
    CLOSING = auto()  # `close` heard; what is pending is sent
    CLOSED = auto()  # `closed` said; closing the socket is the client's
    DISCONNECTED = auto()  # the socket is gone


class Heard(Enum):
    """What moves a session: theirs, what becomes of them, and what we say of our own accord."""

    OPEN = "open"
    PING = "ping"
    UPDATE = "update"
    PAUSED = "paused"
    RESUMED = "resumed"
    DISCARDED = "discarded"
    ERROR = "error"
    CLOSE = "close"
    DTMF = "dtmf"
    PLAYBACK_STARTED = "playback_started"
    PLAYBACK_COMPLETED = "playback_completed"
    AUDIO = "(audio)"
    BREACH = "(breach)"
    GONE = "(gone)"
    OPENED = "(opened)"
    OPENED_PAUSED = "(opened paused)"
    COMPLETED = "(disconnect completed)"
    FAILED = "(disconnect error)"
    REFUSED = "(disconnect unauthorized)"
    CLOSED = "(closed)"


class NoStep(Exception):  # noqa: N818 - the name of what the table lacks
    """What was heard has no place in this phase."""

    def __init__(self, phase: Phase, heard: Heard) -> None:
        super().__init__(f"{heard.value} in phase {phase.name}")
        self.phase = phase
        self.heard = heard


P, H = Phase, Heard

_ENDS = {H.BREACH: P.SIGNALED_ERROR, H.FAILED: P.SIGNALED_ERROR, H.REFUSED: P.UNAUTHORIZED, H.COMPLETED: P.COMPLETED}
_LEAVES = {H.CLOSE: P.CLOSING, H.GONE: P.DISCONNECTED}
_THEIRS = frozenset(
    {H.OPEN, H.PING, H.UPDATE, H.PAUSED, H.RESUMED, H.DISCARDED, H.ERROR}
    | {H.DTMF, H.PLAYBACK_STARTED, H.PLAYBACK_COMPLETED, H.AUDIO}
)
_CONNECTOR = {H.DTMF, H.PLAYBACK_STARTED, H.PLAYBACK_COMPLETED}
_OURS = frozenset({H.BREACH, H.FAILED, H.REFUSED, H.COMPLETED})


def _stay(phase: Phase, *heard: frozenset[Heard] | set[Heard]) -> dict[Heard, Phase]:
    return {each: phase for group in heard for each in group}


_UNOPENED = {H.PING, H.UPDATE, H.PAUSED, H.RESUMED, H.DISCARDED, H.ERROR}

NEXT: dict[Phase, dict[Heard, Phase]] = {
    P.PREPARING: _stay(P.PREPARING, _UNOPENED) | {H.OPEN: P.OPENING} | _ENDS | _LEAVES,
    P.OPENING: _stay(P.OPENING, _UNOPENED, {H.OPEN})
    | {H.OPENED: P.ACTIVE, H.OPENED_PAUSED: P.PAUSED}
    | _ENDS
    | _LEAVES,
    P.ACTIVE: _stay(P.ACTIVE, _UNOPENED, _CONNECTOR, {H.OPEN, H.AUDIO}) | {H.PAUSED: P.PAUSED} | _ENDS | _LEAVES,
    P.PAUSED: _stay(P.PAUSED, _UNOPENED, _CONNECTOR, {H.OPEN}) | {H.RESUMED: P.ACTIVE} | _ENDS | _LEAVES,
    P.COMPLETED: _stay(P.COMPLETED, _THEIRS, _OURS) | _LEAVES,
    P.SIGNALED_ERROR: _stay(P.SIGNALED_ERROR, _THEIRS, _OURS) | _LEAVES,
    P.UNAUTHORIZED: _stay(P.UNAUTHORIZED, _THEIRS, _OURS) | _LEAVES,
    P.CLOSING: _stay(P.CLOSING, _THEIRS, _OURS, {H.CLOSE}) | {H.CLOSED: P.CLOSED, H.GONE: P.DISCONNECTED},
    P.CLOSED: _stay(P.CLOSED, _THEIRS, _OURS, {H.CLOSE}) | {H.GONE: P.DISCONNECTED},
    P.DISCONNECTED: _stay(P.DISCONNECTED, _OURS, {H.GONE}),
}

LIVE = frozenset({P.ACTIVE, P.PAUSED})  # opened and not yet asked to end
WORKING = LIVE | {P.PREPARING, P.OPENING}  # here a breach is answered by `disconnect error`
LISTENING = WORKING | {P.COMPLETED, P.SIGNALED_ERROR, P.UNAUTHORIZED, P.CLOSING}  # here a ping is answered
EVENTFUL = LIVE | {P.CLOSING}  # here `event` may be said


def advance(phase: Phase, heard: Heard) -> Phase:
    """The phase after `heard`; NoStep if the table has no such step."""
    try:
        return NEXT[phase][heard]
    except KeyError:
        raise NoStep(phase, heard) from None
