"""Which language Genesys declares for a stream: an attribute of a participant, else a queue of the call. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from messages.languages import DeclaredLanguage, Party
from rules.language_evidence import NO_LANGUAGE
from rules.languages import language_tag, primary, written

LONGEST_PRIMARY = 3  # letters; longer first subtags are well formed, and none is registered; RFC 5646 section 2.2.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What is looked for: an attribute by its name (empty: none), and queues, by id or name, with their languages."""

    attribute: str = ""
    queues: Mapping[str, str] = field(default_factory=dict)

    @property
    def off(self) -> bool:
        """Whether nothing is looked for."""
        return not self.attribute and not self.queues


def declared(parties: Sequence[Party], participant_id: str, queues: Mapping[str, str]) -> DeclaredLanguage | None:
    """What the participant of that id, else the first, declares; then what a queue does. None: nobody declares any.

    Its own queue counts first, then those of the others, from the last to the first: calls go from queue to queue, and
    a customer is in none. `queues` are compared without regard to case.
    """
    if not parties:
        return None
    own = next((party for party in parties if party.participant_id == participant_id), parties[0])
    tag = spoken(own.language)
    if tag is not None:
        return DeclaredLanguage(language=tag, source="attribute")
    tags = {queue.casefold(): tag for queue, tag in queues.items()}
    for party in (own, *reversed(parties)):
        for queue in party.queues:
            tag = spoken(tags.get(queue.casefold(), ""))
            if tag is not None:
                return DeclaredLanguage(language=tag, source="queue")
    return None


def spoken(text: str) -> str | None:
    """`text` as the tag of a language that somebody may speak, as it is usually written; None where it is none."""
    tag = language_tag(text.strip())
    if tag is None or primary(tag) in NO_LANGUAGE or not 1 < len(primary(tag)) <= LONGEST_PRIMARY:
        return None
    return written(tag)
