"""The life of the assist session on top of its WebSocket as one table. Source: contracts 5; seed 004 step 1."""

from enum import Enum

MARGIN_S = 60.0  # before expiry, a session is authenticated anew; contracts 0
MARGIN_SHARE = 0.1  # of what is left of the token, where that is shorter


class Phase(Enum):
    """Where the session stands; the value is what operators read."""

    DOWN = "no connection"
    AWAITING_TOKEN = "awaiting token"
    CONNECTING = "connecting"
    READY = "connected"
    AWAITING_NEW_TOKEN = "connected, awaiting new token"
    RECONNECTING = "connected, authenticating anew"
    RESTING = "refused, to be tried again"


class Heard(Enum):
    """What can happen to it."""

    OPENED = "WebSocket opened"
    LOST = "WebSocket lost"
    GRANTED = "token granted"
    DENIED = "token denied"
    CONNECTED = "connected"
    REJECTED = "401, to be tried once with a fresh token"
    REFUSED = "refused"
    ELAPSED = "its alarm rang"


MAY_SEND = frozenset({Phase.READY, Phase.AWAITING_NEW_TOKEN, Phase.RECONNECTING})
WANTS_TOKEN = frozenset({Phase.AWAITING_TOKEN, Phase.AWAITING_NEW_TOKEN})

NEXT: dict[tuple[Phase, Heard], Phase] = {
    **{(phase, Heard.OPENED): Phase.AWAITING_TOKEN for phase in Phase},
    **{(phase, Heard.LOST): Phase.DOWN for phase in Phase},
    **{(phase, Heard.REJECTED): Phase.AWAITING_TOKEN for phase in (*MAY_SEND, Phase.CONNECTING)},
    **{(phase, Heard.REFUSED): Phase.RESTING for phase in (*MAY_SEND, Phase.CONNECTING)},
    (Phase.AWAITING_TOKEN, Heard.GRANTED): Phase.CONNECTING,
    (Phase.AWAITING_TOKEN, Heard.DENIED): Phase.RESTING,
    (Phase.AWAITING_TOKEN, Heard.ELAPSED): Phase.AWAITING_TOKEN,  # a TokenActor that crashed has forgotten us
    (Phase.CONNECTING, Heard.CONNECTED): Phase.READY,
    (Phase.CONNECTING, Heard.ELAPSED): Phase.DOWN,
    (Phase.READY, Heard.ELAPSED): Phase.AWAITING_NEW_TOKEN,
    (Phase.AWAITING_NEW_TOKEN, Heard.GRANTED): Phase.RECONNECTING,
    (Phase.AWAITING_NEW_TOKEN, Heard.DENIED): Phase.READY,
    (Phase.AWAITING_NEW_TOKEN, Heard.ELAPSED): Phase.AWAITING_NEW_TOKEN,
    (Phase.RECONNECTING, Heard.CONNECTED): Phase.READY,
    (Phase.RECONNECTING, Heard.ELAPSED): Phase.READY,  # an engine that says nothing to it may have taken it
    (Phase.RESTING, Heard.ELAPSED): Phase.AWAITING_TOKEN,
}


def advance(phase: Phase, heard: Heard) -> Phase | None:
    """The phase after `heard`; None when it changes nothing there."""
    return NEXT.get((phase, heard))


def renew_in_s(left_s: float) -> float:
    """Seconds until a session whose token is good for `left_s` more is authenticated anew."""
    return max(0.0, left_s - min(MARGIN_S, MARGIN_SHARE * left_s))
