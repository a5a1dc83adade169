"""Playbacks: the order that plays one prompt into an interaction, and what is heard of it."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from messages.audio import AudioInspected
from messages.journal import OpenOrders, OrderRecorded, ProgressRecorded
from messages.orders import DEADLINE_S, CancelOrders, DeadlinePassed, Order, Submit
from messages.rest import CallAnswered
from messages.sessions import FrameSent, FromSession

PLAY_TIMEOUT_S = 300.0  # contracts 2.6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayPrompt(Order):
    """Play one prompt of the CDN; which file it is, the interaction's language, tier and codecs decide.

    `volume` is a factor, 1.0 as recorded. `timeout_s` runs from Genesys's acceptance to the end of the audio, within
    `deadline_s`, which also has to hold all that comes before and is longer by as much as any other order gets.
    """

    kind: ClassVar[str] = "playback"

    deadline_s: float = PLAY_TIMEOUT_S + DEADLINE_S
    interaction_id: str
    prompt_key: str
    volume: float = 1.0
    timeout_s: float = PLAY_TIMEOUT_S

    @property
    def subject(self) -> str:
        """The interaction's id."""
        return self.interaction_id


Tier = Literal["standard", "premium"]
State = Literal["buffering", "playing", "completed", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackProgress:
    """What Genesys said of one playback, by event or when it was asked; `error` in its own words, shortened.

    `interaction_id` where it named one.
    """

    url: str
    state: State
    error: str = ""
    interaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackPending:
    """Genesys took the playback of `url`, but is not at it yet as far as it tells."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who will hear the prompt: BCP 47 `language` in lower case, `codecs` as Genesys lists them, never empty.

    `played` are the URLs of the interaction's playbacks so far, oldest first: one that follows comes after them.
    """

    language: str
    tier: Tier
    codecs: tuple[str, ...]
    played: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsSubscribed:
    """Genesys acknowledged a subscription; not every Genesys does (contracts 7.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRefused:
    """Genesys wants no such subscription; `detail` in its own words, shortened."""

    detail: str


FromEvents = PlaybackProgress | EventsSubscribed | SubscriptionRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackOverdue:
    """A playback's own alarm: no end within its `timeout_s`, or its deadline is near."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSettled:
    """An event session's own alarm: an acknowledgement has had its time (250 ms); play without."""

    interaction_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsIdle:
    """An event session's own alarm: no playback has needed it for long enough to close it."""

    interaction_id: str


ToPlaybacks = (
    Submit
    | OrderRecorded
    | ProgressRecorded
    | AudioInspected
    | OpenOrders
    | CallAnswered
    | FromSession
    | FrameSent
    | PlaybackOverdue
    | SubscriptionSettled
    | EventsIdle
    | DeadlinePassed
    | CancelOrders
)
