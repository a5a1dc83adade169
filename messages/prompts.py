"""Coverage of prompts: which of them are there, in which languages, tiers and codecs."""

from dataclasses import dataclass, field
from typing import Literal

from messages.audio import AudioFacts, AudioInspected, InspectionOverdue, Level
from messages.orders import Reason
from messages.playbacks import Tier

CellState = Literal["present", "too_loud", "unfit", "missing", "unknown"]
"""`too_loud`: it is there, but too loud, clipped or silent. `unknown`: it could not be looked at from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPrompts:
    """Look at each prompt × language × tier × codec; answered within `within_s` by PromptsChecked or PromptsRefused."""

    keys: tuple[str, ...]
    languages: tuple[str, ...]
    tiers: tuple[Tier, ...]
    codecs: tuple[str, ...]
    level: Level = "headers"
    within_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptCell:
    """One file that should be there."""

    key: str
    language: str
    tier: Tier
    codec: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    """How it stands with one file."""

    cell: PromptCell
    state: CellState
    facts: AudioFacts | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsChecked:
    """The whole matrix, in the order of keys, languages, tiers and codecs as they were given."""

    rows: tuple[PromptRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsRefused:
    """Nothing was looked at."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOverdue:
    """Its own alarm: the time for a whole check is over."""

    check_id: str


ToPrompts = CheckPrompts | AudioInspected | InspectionOverdue | CheckOverdue
