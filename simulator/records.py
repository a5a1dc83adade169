"""What the box remembers of plays, injections and webhooks, what it was told of conversations and sinks. Plain data."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLAYED = frozenset({"completed", "error"})
"""The states that a play ends in."""


@dataclass(slots=True)
class Step:
    """A play's state and since when; `told` is how many event sockets something was written to about it."""

    state: str
    at_s: float
    told: int = 0


@dataclass(slots=True)
class Play:
    """One POST /api/v2/media/play that was accepted; `steps` are the states it went through, `queued` first."""

    id: str
    interaction_id: str
    url: str
    volume: float
    steps: list[Step]
    error: str | None = None

    @property
    def state(self) -> str:
        return self.steps[-1].state


@dataclass(slots=True)
class Conversation:
    """A voice conversation; `participants` has their custom attributes by id, None: anybody takes part."""

    id: str
    state: str = "active"
    participants: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """Audio that was put into a conversation; `consent` is what the participant's attribute said at that moment."""

    id: str
    at_s: float
    conversation_id: str
    participant_id: str
    url: str
    mute: bool
    duration_ms: int
    consent: Any


@dataclass(slots=True)
class Script:
    """What a sink answers: one of `answers` to each delivery until there are none left, and `then` from then on."""

    answers: deque[Mapping[str, Any]] = field(default_factory=deque)
    then: Mapping[str, Any] = field(default_factory=lambda: {"status": 200})

    def next(self) -> Mapping[str, Any]:
        return self.answers.popleft() if self.answers else self.then


@dataclass(slots=True)
class Archive:
    """Plays by interaction, injections by conversation, webhooks in the order in which they were registered."""

    plays: dict[str, list[Play]] = field(default_factory=dict)
    injections: dict[str, list[Injection]] = field(default_factory=dict)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
