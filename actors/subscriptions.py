"""Who hears of events, and how far each has heard; it outlives the incarnations of AuditActor."""

from collections.abc import Sequence
from dataclasses import dataclass

from messages.base import Recipient
from messages.journal import EventPublished, Subscribe, Subscribed


@dataclass(slots=True)
class Subscription:
    """One subscriber; it was told, or passed over, every event up to `heard`."""

    subscriber: Recipient
    kinds: frozenset[str]
    heard: int

    def tell(self, events: Sequence[EventPublished], last_event: int) -> None:
        """Tell what of `events` is of the wanted kinds (none: all). They are the next ones; none means that the next
        on record is after `last_event`."""
        for event in events:
            if not self.kinds or event.kind in self.kinds:
                self.subscriber.tell(event)
        self.heard = events[-1].seq if events else last_event


class Subscriptions:
    """At most one for each subscriber; used by one incarnation at a time."""

    def __init__(self) -> None:
        self._by_subscriber: dict[int, Subscription] = {}

    def __len__(self) -> int:
        return len(self._by_subscriber)

    def add(self, wish: Subscribe, last_event: int) -> Subscribed:
        """From now on, or from `since_seq` on, which cannot lie in the future."""
        heard = last_event if wish.since_seq is None else min(wish.since_seq, last_event)
        self._by_subscriber[id(wish.subscriber)] = Subscription(wish.subscriber, frozenset(wish.kinds), heard)
        return Subscribed(since_seq=heard)

    def remove(self, subscriber: Recipient) -> None:
        """Stop telling `subscriber`."""
        self._by_subscriber.pop(id(subscriber), None)

    def publish(self, events: Sequence[EventPublished], event_before: int) -> None:
        """Tell `events`, of a group that has become durable, to all who have heard those up to `event_before`.

        The others catch up with what is stored of them.
        """
        if events:
            for subscription in self._by_subscriber.values():
                if subscription.heard == event_before:
                    subscription.tell(events, events[-1].seq)

    def lagging(self, last_event: int) -> list[Subscription]:
        """Those who have not heard everything up to `last_event`."""
        return [one for one in self._by_subscriber.values() if one.heard < last_event]
