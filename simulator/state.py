"""What the box knows, as plain data: settings, tokens, interactions, transfers, counts. `at_s`: since it started."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.assist_records import AssistBook
from simulator.records import Archive, Conversation, Script
from simulator.transcription.book import StreamBook
from simulator.transcription.script import TranscriptScript

HANDSHAKES_KEPT = 200_000
TABLE_PAGE = 100


@dataclass(slots=True)
class Settings:
    """What PUT /sim/settings changes, at any time."""

    client_id: str = "simulator-client"
    client_secret: str = "simulator-secret"
    token_lifetime_s: float = 3600
    allowed_scopes: list[str] | None = None  # None: whatever is asked for
    strict: bool = False  # unknown interactions and conversations are 404, not active
    answer_latency_ms: float = 5
    answer_jitter_ms: float = 0
    rest_latency_ms: float = 0
    rate_allowed: int = 300
    rate_window_s: float = 60
    rate_enforced: bool = False
    supported_codecs: list[str] = field(default_factory=lambda: ["opus", "g722", "pcmu"])
    max_bandwidth_kbps: int = 128
    max_message_bytes: int = 4 * 1024 * 1024
    play_status: int = 202  # or 200
    playback_buffering_ms: float = 5  # each since the state before it
    playback_playing_ms: float = 20
    playback_completed_ms: float = 100
    readback: bool = True  # whether an interaction shows its plays
    events_name_interaction: bool = True
    subscribe_ack: bool = True
    subscribe_ack_latency_ms: float = 0
    consent: str = "true"  # or "false" or "missing": of participants that nobody described
    consent_attribute: str = "supervision_consent"
    cdn_ranges: bool = True
    assist_limit: int = 50  # actions in flight, of all sessions together
    assist_retry_after_s: float | None = 1  # said when there are more; None: not said
    assist_latency: str = "fixed"  # or "uniform" or "log_normal"
    assist_latency_ms: float = 5  # the latency, the least, or the median
    assist_latency_spread_ms: float = 0  # uniform: up to how much more
    assist_latency_sigma: float = 0.5  # log_normal: standard deviation of the logarithm
    assist_answers: str = "told"  # or "held": no action ends
    assist_correlation_in: str = "frame"  # or "payload"
    transcription_health: str = "serving"  # or "not_serving"
    transcription_latency: str = "fixed"  # or "uniform" or "log_normal": from a chunk to the result that it completes
    transcription_latency_ms: float = 0  # the latency, the least, or the median
    transcription_latency_spread_ms: float = 0
    transcription_latency_sigma: float = 0.5


@dataclass(slots=True)
class Interaction:
    """One interaction; `participants` as the REST answer shows them."""

    id: str
    state: str = "active"
    participants: list[Any] = field(default_factory=list)
    unsupported_codecs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Grant:
    """One access token; `scopes` is None when none were asked for: then everything is allowed."""

    expires_at_s: float
    scopes: frozenset[str] | None = None
    revoked: bool = False
    window_began_s: float = 0.0
    window_count: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One transfer frame as it came in, and what became of it: a status, or the action of the fault that struck."""

    at_s: float
    session: int
    codec: str
    attempt: int
    outcome: str


@dataclass(slots=True)
class Transfer:
    """Everything heard under one id; the first `answer` that had an effect is the answer for ever."""

    id: str
    interaction_id: str
    destination_uri: str
    effects: int = 0
    effected_at_s: float | None = None
    answer: dict[str, Any] | None = None
    frames: list[Frame] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """One request that reached a sink; `status` and `answered_at_s` are None while and where it has no answer.

    `seq` counts the deliveries to all sinks as they came; `raw` is the body's text as it came, for who checks a
    signature, `body` the value in it.
    """

    seq: int
    at_s: float
    method: str
    headers: dict[str, str]
    raw: str
    body: Any
    status: int | None = None
    answered_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What is pushed to each session; `limit` is how many messages it gets, None: until stopped."""

    per_s: float
    size_bytes: int
    limit: int | None = None


COUNTS = (
    *("token.fetches", "token.granted", "token.refused", "token.revoked"),
    *("rest.interaction", "rest.unknown", "refused.401", "refused.403", "refused.429"),
    *("sessions.handshakes", "sessions.total", "sessions.ended"),
    *("frames.text", "frames.transfer", "frames.invalid", "frames.ping", "frames.close", "frames.unheard"),
    *("transfers.effected", "answers.sent", "answers.lost", "push.sent", "push.skipped", "sink.answered"),
    *("rest.play", "rest.conversation", "rest.participant", "rest.injection", "rest.webhooks", "cdn.requests"),
    *("refused.400", "refused.404", "refused.409", "refused.415", "subscriptions.total", "subscriptions.ended"),
    *("plays.accepted", "plays.completed", "plays.error", "plays.stalled", "events.sent", "events.lost"),
    *("injections.accepted", "webhooks.created"),
    *("frames.connect", "frames.assist", "sink.received"),
    *("assist.connected", "assist.effected", "assist.ended", "assist.over_limit"),
    *("transcription.streams", "transcription.ended", "transcription.chunks", "transcription.results"),
    *("transcription.recognised", "transcription.unrecognised"),
)
"""The counts that are there from the start; docs/simulator.md says what each counts."""


@dataclass(slots=True)
class World:
    """The whole state. `tally` is called at every change of it, so `on_change` misses none."""

    settings: Settings = field(default_factory=Settings)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    archive: Archive = field(default_factory=Archive)
    assist: AssistBook = field(default_factory=AssistBook)
    streams: StreamBook = field(default_factory=StreamBook)
    transcripts: tuple[TranscriptScript, ...] = ()
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    handshakes_s: deque[float] = field(default_factory=lambda: deque(maxlen=HANDSHAKES_KEPT))
    count: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTS, 0)))
    on_change: Callable[[], None] = lambda: None

    def tally(self, name: str, amount: int = 1) -> None:
        """Add to one of the counts; docs/simulator.md lists them."""
        self.count[name] += amount
        self.on_change()

    def interaction(self, interaction_id: str) -> Interaction | None:
        """The interaction, an active one if nobody described it; None when the box is strict about those."""
        known = self.interactions.get(interaction_id)
        return known if known or self.settings.strict else Interaction(interaction_id, participants=[participant()])

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation, an active one with anybody in it unless described; None when the box is strict."""
        known = self.conversations.get(conversation_id)
        return known if known or self.settings.strict else Conversation(conversation_id)

    def custom_attributes(self, conversation: Conversation, participant_id: str) -> Mapping[str, Any] | None:
        """What the participant carries; None when the conversation was described without this one."""
        if conversation.participants is None:
            return with_consent({}, self.settings.consent, self.settings.consent_attribute)
        return conversation.participants.get(participant_id)


def participant(
    language: str | None = None, service_tier: str = "standard", codecs: str | list[str] = "mp3,opus,wav"
) -> dict[str, Any]:
    """A customer as the interactions API shows one. Source: contracts 2, steps 1 and 3."""
    spoken = {} if language is None else {"language": language}
    return {
        "id": "participant-1",
        "purpose": "customer",
        "attributes": {**spoken, "service_tier": service_tier},
        "mediaCapabilities": {"audio": {"supportedCodecs": codecs}},
    }


def with_consent(attributes: Mapping[str, Any], consent: str, name: str) -> dict[str, Any]:
    """The attributes with the consent among them, unless that is `missing`. Source: contracts 3, step 2."""
    return dict(attributes) if consent == "missing" else {name: consent, **attributes}
