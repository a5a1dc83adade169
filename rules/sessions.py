"""The life of a session as one table: (phase, what was heard) -> phase."""

from enum import Enum


class Phase(Enum):
    """Where a session stands; the value is what operators read."""

    AWAITING_TOKEN = "awaiting token"
    CONNECTING = "connecting"
    OPEN = "open"
    BACKING_OFF = "backing off"
    RECONNECTING = "reconnecting"
    CLOSING = "closing"
    CLOSED = "closed"


class Heard(Enum):
    """What can happen to a session."""

    STARTED = "started"
    GRANTED = "token granted"
    DENIED = "token denied"
    OPENED = "opened"
    CLOSED = "closed"
    RESTED = "back-off over"
    TOLD_TO_RENEW = "told to renew"
    TOLD_TO_RECONNECT = "told to reconnect"
    TOLD_TO_CLOSE = "told to close"


NEXT: dict[tuple[Phase, Heard], Phase] = {
    (Phase.CLOSED, Heard.STARTED): Phase.AWAITING_TOKEN,
    (Phase.CLOSED, Heard.TOLD_TO_RECONNECT): Phase.AWAITING_TOKEN,
    (Phase.AWAITING_TOKEN, Heard.GRANTED): Phase.CONNECTING,
    (Phase.AWAITING_TOKEN, Heard.DENIED): Phase.BACKING_OFF,
    (Phase.AWAITING_TOKEN, Heard.RESTED): Phase.AWAITING_TOKEN,
    (Phase.AWAITING_TOKEN, Heard.TOLD_TO_CLOSE): Phase.CLOSED,
    (Phase.CONNECTING, Heard.OPENED): Phase.OPEN,
    (Phase.CONNECTING, Heard.CLOSED): Phase.BACKING_OFF,
    (Phase.CONNECTING, Heard.TOLD_TO_RECONNECT): Phase.RECONNECTING,
    (Phase.CONNECTING, Heard.TOLD_TO_CLOSE): Phase.CLOSING,
    (Phase.OPEN, Heard.CLOSED): Phase.BACKING_OFF,
    (Phase.OPEN, Heard.TOLD_TO_RENEW): Phase.AWAITING_TOKEN,
    (Phase.OPEN, Heard.TOLD_TO_RECONNECT): Phase.RECONNECTING,
    (Phase.OPEN, Heard.TOLD_TO_CLOSE): Phase.CLOSING,
    (Phase.BACKING_OFF, Heard.RESTED): Phase.AWAITING_TOKEN,
    (Phase.BACKING_OFF, Heard.TOLD_TO_RECONNECT): Phase.AWAITING_TOKEN,
    (Phase.BACKING_OFF, Heard.TOLD_TO_CLOSE): Phase.CLOSED,
    (Phase.RECONNECTING, Heard.CLOSED): Phase.AWAITING_TOKEN,
    (Phase.RECONNECTING, Heard.TOLD_TO_CLOSE): Phase.CLOSING,
    (Phase.CLOSING, Heard.CLOSED): Phase.CLOSED,
    (Phase.CLOSING, Heard.TOLD_TO_RECONNECT): Phase.RECONNECTING,
}


def advance(phase: Phase, heard: Heard) -> Phase | None:
    """The phase after `heard`; None when it changes nothing there (late news of a phase that is over)."""
    return NEXT.get((phase, heard))
