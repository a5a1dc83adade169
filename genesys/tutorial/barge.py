"""Barges in the tutorial dialect: the call's state, the participant's consent, the request that plays the audio.

Source: seed 002 steps 1 to 3; contracts 3.1 to 3.5.
"""

import re
from urllib.parse import quote

import orjson

from genesys.tutorial.rest_answers import dispatched, looked_up
from genesys.verdicts import PASSED, Verdict, failed, refused
from messages.barges import AudioInjected, ConsentChecked, InjectBarge
from messages.rest import CallAnswered, HttpRequest
from rules.barge import iso_duration, judge_consent, mutes, source_url

CONVERSATION = "/api/v2/conversations/voice/{conversationId}"
PARTICIPANT = f"{CONVERSATION}/participants/{{participantId}}"
INTERACTIONS = f"{PARTICIPANT}/interactions"
RETRIES = 2  # at most 3 tries; contracts 3.5
REFUSALS = {404: "SB-219", 409: "SB-214"}
INTERACTION_ID = re.compile(r"[!-~]{1,128}")


def conversation_request(api_url: str, conversation_id: str) -> HttpRequest:
    """GET of one voice conversation; safe to repeat."""
    return HttpRequest(route=f"GET {CONVERSATION}", method="GET", url=_url(api_url, CONVERSATION, conversation_id))


def participant_request(api_url: str, conversation_id: str, participant_id: str) -> HttpRequest:
    """GET of one participant; safe to repeat."""
    url = _url(api_url, PARTICIPANT, conversation_id, participant_id)
    return HttpRequest(route=f"GET {PARTICIPANT}", method="GET", url=url)


def may_be_barged(conversation_id: str, answered: CallAnswered) -> Verdict:
    """Whether what Genesys says of the conversation lets audio be played into it: only while it is active."""
    found = looked_up(answered, f"conversation {conversation_id}", "SB-219")
    if isinstance(found, Verdict):
        return found
    state = found.get("state")
    if not isinstance(state, str):
        return failed("SB-211", f"conversation {conversation_id} came back without a readable `state`")
    if state != "active":
        return refused("SB-214", f"conversation {conversation_id} is {state[:32]!r}, not 'active'")
    return PASSED


def read_consent(participant_id: str, attribute: str, answered: CallAnswered) -> ConsentChecked | Verdict:
    """The participant's consent as it stands in `attribute`; a Verdict where it could not be found out."""
    found = looked_up(answered, f"participant {participant_id}", "SB-219")
    if isinstance(found, Verdict):
        return found
    attributes = found.get("customAttributes")
    return judge_consent(participant_id, attribute, attributes if isinstance(attributes, dict) else {})


def injection_request(api_url: str, order: InjectBarge, effect_id: str) -> HttpRequest:
    """POST of the audio; never sent twice on doubt, although the id would let Genesys tell."""
    body = {
        "type": "play",
        "sourceType": "url",
        "sourceUrl": source_url(order),
        "mute": mutes(order),
        "maxDuration": iso_duration(order.max_duration_ms),
    }
    return HttpRequest(
        route=f"POST {INTERACTIONS}",
        method="POST",
        url=_url(api_url, INTERACTIONS, order.conversation_id, order.participant_id),
        headers={"content-type": "application/json", "accept": "application/json", "idempotency-key": effect_id},
        body=orjson.dumps(body),
        idempotent=False,
        retries=RETRIES,
    )


def read_injection(answered: CallAnswered) -> AudioInjected | Verdict:
    """The interaction that plays the audio; SB-220 where it may play although that was not said."""
    taken = dispatched(answered, "the barge", REFUSALS)
    if isinstance(taken, Verdict):
        return taken
    if taken.status != 201:
        return failed("SB-220", f"it is not known whether the barge happens: Genesys answered {taken.status}, not 201")
    told = taken.headers.get("x-interaction-id", "").strip()
    return AudioInjected(interaction_id=told if INTERACTION_ID.fullmatch(told) else None)


def _url(api_url: str, route: str, conversation_id: str, participant_id: str = "") -> str:
    filled = route.format(conversationId=quote(conversation_id, safe=""), participantId=quote(participant_id, safe=""))
    return api_url + filled
