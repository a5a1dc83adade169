"""Barges: the order that plays audio into a live call, the consent it needs, and the webhook that tells of its end."""

from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from messages.audio import AudioInspected
from messages.journal import OpenOrders, OrderRecorded, ProgressRecorded
from messages.orders import CancelOrders, DeadlinePassed, Order, Submit
from messages.rest import CallAnswered


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMatrix:
    """Who is muted meanwhile, and whether the audio's level is normalised; each has to be said. Source: seed 002."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    agent_mute: bool
    caller_mute: bool
    normalize_level: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectBarge(Order):
    """Play the audio at `audio_url`, which Genesys fetches, to one participant, `max_duration_ms` of it at most.

    The URL is not shown: its query may be a signature.
    """

    kind: ClassVar[str] = "barge"

    conversation_id: str
    participant_id: str
    audio_url: str = field(repr=False)
    stream_matrix: StreamMatrix
    max_duration_ms: int

    @property
    def subject(self) -> str:
        """The conversation's id."""
        return self.conversation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChecked:
    """What a participant's consent attribute was when Genesys was asked: a snapshot for the record.

    `value` is its text, shortened; None where it is missing or no text.
    """

    participant_id: str
    attribute: str
    value: str | None
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInjected:
    """Genesys plays the audio; `interaction_id` is its id there, None where it did not tell one."""

    interaction_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredWebhook:
    """A webhook as Genesys lists it; `address` is not shown, it may hold a secret."""

    name: str
    address: str = field(repr=False)
    event: str
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRegistration:
    """Its own alarm: look again whether the QA webhook is registered."""


ToBarges = (
    Submit
    | OrderRecorded
    | ProgressRecorded
    | AudioInspected
    | OpenOrders
    | CallAnswered
    | CheckRegistration
    | DeadlinePassed
    | CancelOrders
)
