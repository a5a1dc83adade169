"""What Genesys knows of the language that is spoken on a call."""

from dataclasses import dataclass

from messages.media import DeclaredBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A participant: what its attribute says, and the queue it belongs to, by id and by name. Empty: not told."""

    participant_id: str
    language: str = ""
    queues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLanguage:
    """A tag (BCP 47) and who declares it."""

    language: str
    source: DeclaredBy
