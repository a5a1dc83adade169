"""The outgoing WebSocket plane: many connections, one I/O thread, events as messages (`messages.streams`)."""

from clients.streams.limits import StreamLimits
from clients.streams.plane import Streams

__all__ = ["StreamLimits", "Streams"]
