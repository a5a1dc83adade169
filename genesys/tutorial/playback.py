"""Prompts in the tutorial dialect: who hears them, the request to play, and what became of it.

Source: seed 001 steps 1, 2 and 4; contracts 2.
"""

from typing import Any, get_args

import orjson

from genesys.tutorial.rest_answers import dispatched, looked_up, words
from genesys.verdicts import PASSED, Verdict, failed, refused
from messages.playbacks import Listener, PlaybackPending, PlaybackProgress, PlayPrompt, State
from messages.rest import CallAnswered, HttpRequest
from rules.prompts import codecs_of, language_of, tier_of

REFUSALS = {404: "SB-201", 409: "SB-221"}
OVER = frozenset({"completed", "abandoned"})
STATES = frozenset(get_args(State))


def read_listener(interaction_id: str, answered: CallAnswered) -> Listener | Verdict:
    """Who will hear a prompt in this interaction; where Genesys does not tell, the defaults of contracts 2."""
    found = looked_up(answered, f"interaction {interaction_id}", "SB-201")
    if isinstance(found, Verdict):
        return found
    state = found.get("state")
    if isinstance(state, str) and state in OVER:
        return refused("SB-221", f"interaction {interaction_id} is {state}")
    first = _first_participant(found)
    attributes = _object(first.get("attributes"))
    language = language_of(attributes.get("language"))
    if language is None:
        return refused("SB-216", f"the language of interaction {interaction_id} is no BCP 47 tag")
    return Listener(
        language=language,
        tier=tier_of(attributes.get("service_tier")),
        codecs=codecs_of(_object(_object(first.get("mediaCapabilities")).get("audio")).get("supportedCodecs")),
        played=tuple(entry["url"] for entry in _playbacks(found)),
    )


def play_request(api_url: str, order: PlayPrompt, url: str, effect_id: str) -> HttpRequest:
    """POST of one prompt; never sent twice on doubt, although the id would let Genesys tell."""
    media = {"url": url, "type": "audio", "playbackOptions": {"volume": order.volume}}
    return HttpRequest(
        route="POST /api/v2/media/play",
        method="POST",
        url=f"{api_url}/api/v2/media/play",
        headers={"content-type": "application/json", "accept": "application/json", "idempotency-key": effect_id},
        body=orjson.dumps({"interactionId": order.interaction_id, "media": [media]}),
        idempotent=False,
    )


def read_play(answered: CallAnswered) -> Verdict:
    """Whether Genesys took the prompt, 200 or 202; SB-220 where it may have and its state is to be read back."""
    taken = dispatched(answered, "the playback", REFUSALS)
    if isinstance(taken, Verdict):
        return taken
    if taken.status in {200, 202}:
        return PASSED
    return failed("SB-220", f"it is not known whether the playback happens: Genesys answered {taken.status}")


def read_playback(
    answered: CallAnswered, url: str, earlier: int
) -> PlaybackProgress | PlaybackPending | Verdict | None:
    """How the playback of `url` stands that `earlier` others of it came before, in the look-up of its interaction.

    None where Genesys lists no such playback, PlaybackPending where it lists it in no state that events tell of.
    """
    found = looked_up(answered, "the interaction", "SB-201")
    if isinstance(found, Verdict):
        return found
    same = [entry for entry in _playbacks(found) if entry["url"] == url]
    return (progress(same[earlier]) or PlaybackPending(url=url)) if len(same) > earlier else None


def progress(told: dict[str, Any]) -> PlaybackProgress | None:
    """A playback's state as events and look-ups tell it; None where it has no URL or no state that we know."""
    url, state, interaction_id = (told.get(name) for name in ("url", "state", "interactionId"))
    if not isinstance(url, str) or not isinstance(state, str) or state not in STATES:
        return None
    return PlaybackProgress(
        url=url,
        state=state,  # type: ignore[arg-type] # one of STATES
        error=words(told.get("error")),
        interaction_id=interaction_id if isinstance(interaction_id, str) else None,
    )


def _first_participant(interaction: dict[str, Any]) -> dict[str, Any]:
    listed = interaction.get("participants")
    return _object(listed[0]) if isinstance(listed, list) and listed else {}


def _playbacks(interaction: dict[str, Any]) -> list[dict[str, Any]]:
    listed = interaction.get("mediaPlayback")
    entries = listed if isinstance(listed, list) else [listed]
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("url"), str)]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
