"""One client's share of the events: bounded, so that a slow reader costs itself and nobody else."""

from collections import deque
from collections.abc import Callable

from control.bridge import Bridge
from control.wire import render_notification
from messages.journal import EventPublished

MOST_EVENTS = 10_000  # waiting for one client; the mailbox's bound


class Subscription:
    """The journal's subscriber for one client; `wake` is called on the loop when there is something to take."""

    def __init__(self, name: str, bridge: Bridge, wake: Callable[[], None], most_events: int = MOST_EVENTS) -> None:
        self.name = name
        self._bridge = bridge
        self._wake = wake
        self._most_events = most_events
        self._events: deque[EventPublished] = deque()
        self._dropped = 0  # written by the journal's thread only
        self._told = 0  # written by the loop only

    def tell(self, message: object) -> None:
        """From the journal's thread; past the bound the newest event is dropped and counted."""
        if not isinstance(message, EventPublished):
            return
        if len(self._events) >= self._most_events:
            self._dropped += 1
            return
        self._events.append(message)
        if len(self._events) == 1:
            self._bridge.post(self._wake)

    def take(self, most: int) -> list[bytes]:
        """At most `most` notifications, in order; the next one after a loss tells how many were dropped."""
        return [self._render(self._events.popleft()) for _ in range(min(most, len(self._events)))]

    def _render(self, event: EventPublished) -> bytes:
        shown: dict[str, object] = {"seq": event.seq, "at": event.at, "kind": event.kind, "data": event.data}
        dropped = self._dropped - self._told
        if dropped:
            self._told += dropped
            shown["dropped"] = dropped
        return render_notification("event", shown)
