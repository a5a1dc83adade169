"""One playback in hand: what it waits for, what is known of it, and what its outcome tells."""

from dataclasses import dataclass, field
from enum import Enum

from actors.orders import Case
from messages.base import Json
from messages.orders import Reason
from messages.playbacks import Listener, PlayPrompt
from rules.audio_urls import extension, without_query
from rules.playback import ENDED, Phase

ASKED = "asked"
DOUBT = "SB-220"
LOOK_S = 30.0  # for one look-up of all that an interaction plays
LAST_LOOK_S = 2.0  # before the deadline: a state is read back that no event told of


class Stage(Enum):
    """What a playback waits for."""

    LOOKING = "the look-up of the interaction"
    INSPECTING = "the check of the audio file"
    SUBSCRIBING = "the event session"
    RECORDING = "the record"
    ASKING = "the answer to the play request"
    PLAYING = "the end of the prompt"


LATE = {Stage.SUBSCRIBING: "SB-212", Stage.ASKING: "SB-220", Stage.PLAYING: "SB-218"}
"""What it means that the deadline passes in a stage; SB-301 in any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackTimes:
    """Seconds for an acknowledgement of a subscription, until a feed that nobody uses is closed, for an inspection."""

    acknowledge_s: float = 0.25
    idle_s: float = 30.0
    inspect_s: float = 10.0


@dataclass(slots=True, kw_only=True, eq=False)
class PlaybackCase(Case):
    """One prompt in hand; `earlier` counts the playbacks of the same file that the interaction had before.

    `on_record`: that it is asked for is durable. `end_heard`: an event told of its end.
    """

    order: PlayPrompt
    stage: Stage = Stage.LOOKING
    listener: Listener | None = None
    url: str = ""
    earlier: int = 0
    phase: Phase = "asked"
    asked_at_s: float | None = None
    playing_at_s: float | None = None
    on_record: bool = False
    end_heard: bool = False
    last_look: bool = False  # what is read back when it is overdue is the end of it
    doubt: Reason | None = None
    warnings: list[str] = field(default_factory=list)
    calls: dict[str, str] = field(default_factory=dict)  # call id -> what was asked

    def since_asked_ms(self, moment_s: float | None) -> float | None:
        """Milliseconds from the play request to `moment_s`; None where either is missing."""
        if moment_s is None or self.asked_at_s is None:
            return None
        return round((moment_s - self.asked_at_s) * 1000, 3)

    def named(self) -> dict[str, Json]:
        """What its events tell: which playback it is."""
        return {
            "request_id": self.request_id,
            "interaction_id": self.order.interaction_id,
            "url": without_query(self.url),
        }

    def told(self, now_s: float) -> dict[str, Json]:
        """What an outcome tells of it, beside what all outcomes tell."""
        heard = self.listener
        return {
            "interaction_id": self.order.interaction_id,
            "prompt_key": self.order.prompt_key,
            "url": without_query(self.url) or None,
            "language": heard.language if heard else None,
            "service_tier": heard.tier if heard else None,
            "codec": extension(self.url) or None,
            "state": self.phase if self.asked_at_s is not None else None,
            "to_playing_ms": self.since_asked_ms(self.playing_at_s),
            "to_end_ms": self.since_asked_ms(now_s) if self.phase in ENDED else None,
            "warnings": list(self.warnings),
        }
