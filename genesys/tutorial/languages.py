"""What a look-up tells of a call's language. Source: contracts 2, step 1; genesys-platform 1.2, participants."""

from typing import Any

from genesys.tutorial.rest_answers import looked_up
from genesys.verdicts import Verdict
from messages.languages import Party
from messages.rest import CallAnswered

MOST_PARTIES = 100  # that are read of one call, from the first
MOST_LETTERS = 256  # of one text; longer ones count as not told


def read_parties(interaction_id: str, answered: CallAnswered, attribute: str) -> tuple[Party, ...] | Verdict:
    """Who takes part, in the look-up's answer; a Verdict, never one that passed, where it failed."""
    found = looked_up(answered, f"interaction {interaction_id}", "SB-201")
    if isinstance(found, Verdict):
        return found
    listed = found.get("participants")
    entries = listed[:MOST_PARTIES] if isinstance(listed, list) else []
    return tuple(_party(entry, attribute) for entry in entries if isinstance(entry, dict))


def _party(told: dict[str, Any], attribute: str) -> Party:
    attributes = told.get("attributes")
    queues = (_text(told.get(name)) for name in ("queueId", "queueName"))
    return Party(
        participant_id=_text(told.get("id")),
        language=_text(attributes.get(attribute)) if isinstance(attributes, dict) else "",
        queues=tuple(queue for queue in queues if queue),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MOST_LETTERS else ""
