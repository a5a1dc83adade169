"""Event sessions, one for each interaction that is played to: opened, subscribed, shared by its playbacks, closed.

Not an actor: the book that PlaybackActor keeps of its feeds. A subscription is written before the first prompt leaves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from messages.base import Recipient
from messages.sessions import SessionPlan

PREFIX = "events."


class SessionsDoor(Protocol):
    """Whoever starts and stops sessions under supervision; nothing here waits."""

    def open(self, plan: SessionPlan) -> Recipient:
        """Start a session; messages to the answer reach it, now or once it is up."""

    def close(self, name: str) -> None:
        """End the session `name` for good; nothing where there is none."""

    def close_all(self, prefix: str) -> None:
        """End every session whose name begins with `prefix`: those of an incarnation that is gone."""


@dataclass(slots=True, kw_only=True, eq=False)
class Feed:
    """One interaction's event session. `ready` once its subscription is in force; `users` are request ids."""

    interaction_id: str
    name: str
    session: Recipient
    connection: int | None = None
    ready: bool = False
    users: set[str] = field(default_factory=set)


class Feeds:
    """Every feed by interaction, and by the name of its session."""

    def __init__(self, door: SessionsDoor, url: str, owner: Recipient, mark: str) -> None:
        self._door, self._url, self._owner, self._mark = door, url, owner, mark
        self._by_interaction: dict[str, Feed] = {}
        self._by_name: dict[str, Feed] = {}
        self._opened = 0

    def __len__(self) -> int:
        return len(self._by_interaction)

    def __iter__(self) -> Iterator[Feed]:
        return iter(tuple(self._by_interaction.values()))

    def join(self, interaction_id: str, request_id: str) -> Feed:
        """The feed of the interaction, opened now if there is none, with one more user."""
        feed = self._by_interaction.get(interaction_id) or self._open(interaction_id)
        feed.users.add(request_id)
        return feed

    def leave(self, interaction_id: str, request_id: str) -> bool:
        """One user less; whether the feed has none left."""
        feed = self._by_interaction.get(interaction_id)
        if feed is None:
            return False
        feed.users.discard(request_id)
        return not feed.users

    def of(self, interaction_id: str) -> Feed | None:
        """The interaction's feed."""
        return self._by_interaction.get(interaction_id)

    def named(self, session: str) -> Feed | None:
        """The feed of that session; a session that is nobody's feed is closed."""
        feed = self._by_name.get(session)
        if feed is None:
            self._door.close(session)
        return feed

    def close_idle(self, interaction_id: str) -> None:
        """End the interaction's session, if still nobody uses it."""
        feed = self._by_interaction.get(interaction_id)
        if feed is not None and not feed.users:
            del self._by_interaction[interaction_id], self._by_name[feed.name]
            self._door.close(feed.name)

    def close_all(self) -> None:
        """End every event session, also those of earlier incarnations."""
        self._by_interaction.clear()
        self._by_name.clear()
        self._door.close_all(PREFIX)

    def _open(self, interaction_id: str) -> Feed:
        self._opened += 1  # a name is used once: the last session of this interaction may still be closing
        name = f"{PREFIX}{interaction_id}.{self._mark}-{self._opened}"
        plan = SessionPlan(name=name, kind="events", url=self._url, owner=self._owner)
        feed = Feed(interaction_id=interaction_id, name=name, session=self._door.open(plan))
        self._by_interaction[interaction_id] = self._by_name[name] = feed
        return feed
