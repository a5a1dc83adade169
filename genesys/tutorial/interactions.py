"""Look-up of one interaction in the tutorial dialect. Source: seed 000 "Interaction ID Reference Invalid"."""

from urllib.parse import quote

from genesys.answers import read_object
from genesys.errors import Malformed
from genesys.verdicts import PASSED, Verdict, failed, refused
from messages.rest import CallAnswered, HttpRequest, HttpResponse
from rules.catalogue import reason

TRANSFERABLE = frozenset({"active", "queued"})
SCOPE = "the scope interaction:view"  # contracts 0


def interaction_request(api_url: str, interaction_id: str) -> HttpRequest:
    """GET of one interaction; safe to repeat."""
    url = f"{api_url}/api/v2/interactions/{quote(interaction_id, safe='')}"
    return HttpRequest(route="GET /api/v2/interactions/{id}", method="GET", url=url)


def may_be_transferred(interaction_id: str, answered: CallAnswered) -> Verdict:
    """Whether what Genesys says of the interaction lets it be transferred."""
    response = answered.response
    if response is None:
        return _unanswered(answered)
    match response.status:
        case 200:
            return _by_state(interaction_id, response)
        case 404:
            return refused("SB-201", f"Genesys knows no interaction {interaction_id}")
        case 401:
            return failed("SB-208", "Genesys answered 401 to the look-up of the interaction")
        case 403:
            return failed("SB-208", f"Genesys answered 403 to the look-up of the interaction, which needs {SCOPE}")
        case 429:
            return failed("SB-206", "Genesys answered 429 to the look-up of the interaction")
        case status if status >= 500:
            return failed("SB-209", f"Genesys answered {status} to the look-up of the interaction")
        case status:
            return failed("SB-213", f"Genesys answered {status} to the look-up of the interaction")


def _by_state(interaction_id: str, response: HttpResponse) -> Verdict:
    state = _state(response.body)
    if state is None:
        return failed("SB-211", "the interaction came back without a readable `state`")
    if state not in TRANSFERABLE:
        return refused("SB-202", f"interaction {interaction_id} is {state[:32]!r}: it has to be active or queued")
    return PASSED


def _state(body: bytes) -> str | None:
    try:
        state = read_object(body).get("state")
    except Malformed:
        return None
    return state if isinstance(state, str) else None


CODES = {"rate_limited": "SB-206", "circuit_open": "SB-207", "unauthorized": "SB-208"}


def _unanswered(answered: CallAnswered) -> Verdict:
    code = CODES.get(answered.failure, "SB-209")
    why = reason(code, f"the look-up of the interaction failed: {answered.detail or answered.failure}")
    return Verdict(status="failed", reasons=(why,))
