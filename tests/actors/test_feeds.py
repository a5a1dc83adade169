"""The book of event sessions: one an interaction, named once, shared, closed when nobody needs it."""

from dataclasses import dataclass, field

import orjson
import pytest

from actors.feeds import Feed, Feeds
from messages.playbacks import PlaybackProgress, State
from messages.sessions import SendFrame
from rules.playback import Phase
from tests.actors.audio_scenes import DIALECT, URL, FakeSessions
from tests.kit import Probe

OWNER = Probe("playback")


@dataclass
class Book:
    """Feeds with their door."""

    door: FakeSessions = field(default_factory=FakeSessions)

    def __post_init__(self) -> None:
        self.feeds = Feeds(self.door, DIALECT, OWNER, mark="3")

    def sent(self, feed: Feed) -> list[SendFrame]:
        return self.door.alive[feed.name].take_all(SendFrame)


@pytest.fixture
def book() -> Book:
    return Book()


def test_a_session_is_opened_for_the_first_who_joins(book: Book) -> None:
    feed = book.feeds.join("conv-1", "a")
    (plan,) = book.door.plans
    assert (plan.kind, plan.url, plan.owner) == (
        "events",
        "wss://api.example/api/v2/interactions/events/subscribe",
        OWNER,
    )
    assert (plan.name, feed.name) == ("events.conv-1.3-1", "events.conv-1.3-1")
    assert book.feeds.of("conv-1") is feed is book.feeds.named(feed.name)


def test_whoever_joins_later_shares_it(book: Book) -> None:
    feed = book.feeds.join("conv-1", "a")
    assert book.feeds.join("conv-1", "b") is feed
    assert book.feeds.join("conv-2", "c") is not feed
    assert feed.users == {"a", "b"}
    assert (len(book.feeds), len(book.door.plans)) == (2, 2)


def test_the_last_who_leaves_is_told_so_once(book: Book) -> None:
    book.feeds.join("conv-1", "a")
    book.feeds.join("conv-1", "b")
    assert [book.feeds.leave("conv-1", who) for who in ("a", "stranger", "b", "b")] == [False, False, True, False]
    assert not book.feeds.leave("conv-9", "a")


def test_an_idle_one_is_closed_and_one_in_use_is_not(book: Book) -> None:
    book.feeds.join("conv-1", "a")
    book.feeds.close_idle("conv-1")
    assert not book.door.closed
    book.feeds.leave("conv-1", "a")
    book.feeds.close_idle("conv-1")
    book.feeds.close_idle("conv-1")
    assert book.door.closed == ["events.conv-1.3-1"]
    assert (len(book.feeds), book.feeds.of("conv-1")) == (0, None)


def test_a_name_is_used_once_since_the_last_of_that_name_may_still_be_closing(book: Book) -> None:
    book.feeds.join("conv-1", "a")
    book.feeds.leave("conv-1", "a")
    book.feeds.close_idle("conv-1")
    assert book.feeds.join("conv-1", "b").name == "events.conv-1.3-2"


def test_a_session_that_is_nobodys_feed_is_closed(book: Book) -> None:
    assert book.feeds.named("events.conv-1.2-1") is None
    assert book.door.closed == ["events.conv-1.2-1"]


def test_all_are_closed_those_of_earlier_incarnations_too(book: Book) -> None:
    book.feeds.join("conv-1", "a")
    book.feeds.close_all()
    assert book.door.swept == ["events."]
    assert (len(book.feeds), list(book.feeds)) == (0, [])


def test_every_connection_is_subscribed_on_once(book: Book) -> None:
    feed = book.feeds.join("conv-1", "a")
    book.feeds.subscribe(feed)
    assert not book.sent(feed), "there is no connection"
    book.feeds.went_up(feed.name, 5)
    book.feeds.subscribe(feed)
    (frame,) = book.sent(feed)
    assert (frame.connection, frame.frame_id, frame.confirm) == (5, "5", True)
    assert orjson.loads(frame.text) == {
        "action": "subscribe",
        "eventTypes": ["media.playback.state"],
        "filters": {"interactionId": "conv-1"},
    }
    book.feeds.went_up(feed.name, 6)
    (frame,) = book.sent(feed)
    assert frame.connection == 6


def test_a_new_connection_is_not_ready_before_it_is_subscribed_on(book: Book) -> None:
    feed = book.feeds.join("conv-1", "a")
    feed.ready = True
    book.feeds.went_up(feed.name, 5)
    assert (feed.asked, feed.ready) == (True, False)


def test_news_of_a_connection_before_the_present_one_means_nothing(book: Book) -> None:
    feed = book.feeds.join("conv-1", "a")
    book.feeds.went_up(feed.name, 6)
    assert book.feeds.went_down(feed.name, "5") is None
    assert book.feeds.subscribed_on(feed.name, "5") is None
    assert book.feeds.subscribed_on(feed.name, "6") is feed
    assert book.feeds.went_down(feed.name, "6") is feed
    assert (feed.asked, feed.ready) == (False, False)
    assert book.feeds.went_down(feed.name, "6") is None
    assert book.feeds.subscribed_on(feed.name, "6") is None


def test_places_follow_each_other_and_whatever_genesys_lists() -> None:
    feed = Feed(interaction_id="conv-1", name="n", session=OWNER)
    assert [feed.take_place(URL, listed) for listed in (0, 0, 5, 0)] == [0, 1, 5, 6]
    assert feed.take_place("other", 2) == 2


@pytest.mark.parametrize(
    ("before", "phase", "state", "sure"),
    [
        ([], "asked", "completed", True),
        ([True], "asked", "buffering", True),
        ([True], "playing", "completed", True),
        ([True], "asked", "completed", False),
        ([True], "asked", "error", False),
        ([False], "playing", "completed", False),
        ([False, True], "playing", "completed", False),
        ([False], "asked", "playing", True),
    ],
)
def test_only_an_end_that_may_be_of_one_before_is_unsure(
    before: list[bool], phase: Phase, state: State, sure: bool
) -> None:
    feed = Feed(interaction_id="conv-1", name="n", session=OWNER)
    for heard in before:
        feed.note_end(URL, heard=heard)
    assert feed.is_surely_of(phase, PlaybackProgress(url=URL, state=state)) is sure
    assert feed.is_surely_of(phase, PlaybackProgress(url="other", state=state))
