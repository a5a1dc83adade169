"""Event sessions, one for each interaction that is played to: opened, subscribed, shared by its playbacks, closed.

Not an actor: the book that PlaybackActor keeps of its feeds. A subscription is written before the first prompt leaves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from genesys.dialect import PlaybackDialect
from messages.base import Recipient
from messages.playbacks import PlaybackProgress
from messages.sessions import SendFrame, SessionPlan
from rules.playback import ENDED, Phase

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
    """One interaction's event session; `users` are request ids, `connection` is None while there is none.

    `asked` while a subscription has its time to be acknowledged, `ready` once it is taken to be in force. `places`
    counts by file the playbacks that came before the next one. `before` has the files of playbacks that ended, and
    whether an event told of it.
    """

    interaction_id: str
    name: str
    session: Recipient
    connection: int | None = None
    asked: bool = False
    ready: bool = False
    users: set[str] = field(default_factory=set)
    places: dict[str, int] = field(default_factory=dict)
    before: dict[str, bool] = field(default_factory=dict)
    looking: bool = False
    look_again: bool = False

    def wants_look(self) -> bool:
        """Whether to look the interaction up now; while that is under way, once more after it."""
        self.looking, self.look_again = True, self.looking
        return not self.look_again

    def looked(self) -> bool:
        """A look-up is over; whether another one is wanted."""
        self.looking = False
        return self.look_again

    def take_place(self, url: str, listed: int) -> int:
        """How many playbacks of `url` come before the one that is asked for now; Genesys listed `listed` of them."""
        place = max(listed, self.places.get(url, 0))
        self.places[url] = place + 1
        return place

    def note_end(self, url: str, *, heard: bool) -> None:
        """A playback of `url` that was asked for has ended; `heard`: by an event, so that no other one is due."""
        self.before[url] = heard and self.before.get(url, True)

    def is_surely_of(self, phase: Phase, told: PlaybackProgress) -> bool:
        """Whether an event is of the one playback in `phase`: not the late or repeated end of one before it."""
        if told.state not in ENDED or told.url not in self.before:
            return True
        return phase != "asked" and self.before[told.url]


class Feeds:
    """Every feed by interaction, and by the name of its session."""

    def __init__(self, door: SessionsDoor, dialect: PlaybackDialect, owner: Recipient, mark: str) -> None:
        self._door, self._dialect, self._owner, self._mark = door, dialect, owner, mark
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
        """One user less; whether it was the last. One that never joined changes nothing."""
        feed = self._by_interaction.get(interaction_id)
        if feed is None or request_id not in feed.users:
            return False
        feed.users.remove(request_id)
        return not feed.users

    def of(self, interaction_id: str) -> Feed | None:
        """The interaction's feed."""
        return self._by_interaction.get(interaction_id)

    def subscribe(self, feed: Feed) -> None:
        """Write the subscription, where there is a connection and none is under way; FrameSent or FrameUnsent follows.

        Its frame is named after the connection.
        """
        if feed.connection is None or feed.asked:
            return
        feed.asked, feed.ready = True, False
        text = self._dialect.subscribe_frame(feed.interaction_id)
        name = str(feed.connection)
        feed.session.tell(SendFrame(frame_id=name, connection=feed.connection, text=text, confirm=True))

    def went_up(self, session: str, connection: int) -> None:
        """The session is open on `connection`, where nothing is subscribed yet."""
        feed = self.named(session)
        if feed is not None:
            feed.connection, feed.asked = connection, False
            self.subscribe(feed)

    def went_down(self, session: str, connection: str) -> Feed | None:
        """The feed whose present connection that was; news of one before it comes late and means nothing."""
        feed = self.named(session)
        if feed is None or connection != str(feed.connection):
            return None
        feed.connection, feed.asked, feed.ready = None, False, False
        return feed

    def subscribed_on(self, session: str, connection: str) -> Feed | None:
        """The feed whose subscription was written on that connection and is still to be acknowledged."""
        feed = self.named(session)
        return feed if feed is not None and feed.asked and connection == str(feed.connection) else None

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
        plan = SessionPlan(name=name, kind="events", url=self._dialect.events_socket_url, owner=self._owner)
        feed = Feed(interaction_id=interaction_id, name=name, session=self._door.open(plan))
        self._by_interaction[interaction_id] = self._by_name[name] = feed
        return feed
