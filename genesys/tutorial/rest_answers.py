"""What the answer to a REST call means for the order that made it, where that is the same for every call."""

from collections.abc import Mapping
from typing import Any

from genesys.answers import read_object
from genesys.errors import Malformed
from genesys.verdicts import Verdict, failed, refused
from messages.rest import CallAnswered, Failure, HttpResponse

NOT_ASKED: dict[Failure, str] = {
    "rate_limited": "SB-206",
    "circuit_open": "SB-207",
    "unauthorized": "SB-208",
    "malformed": "SB-211",
}
STATUSES = {401: "SB-208", 403: "SB-208", 429: "SB-206"}


def looked_up(answered: CallAnswered, about: str, unknown: str) -> dict[str, Any] | Verdict:
    """The object that a look-up found; a refusal with the code `unknown` where Genesys knows none; `about` names it."""
    response = answered.response
    if response is None:
        code = NOT_ASKED.get(answered.failure, "SB-209")
        return failed(code, f"the look-up of {about} failed: {answered.detail or answered.failure}")
    if response.status == 404:
        return refused(unknown, f"Genesys knows no {about}")
    if response.status != 200:
        code = STATUSES.get(response.status, "SB-209" if response.status >= 500 else "SB-213")
        return failed(code, f"Genesys answered {response.status} to the look-up of {about}")
    try:
        return read_object(response.body)
    except Malformed as error:
        return failed("SB-211", f"the look-up of {about} cannot be read: {error.detail}")


def dispatched(answered: CallAnswered, what: str, refusals: Mapping[int, str]) -> HttpResponse | Verdict:
    """The answer 2xx to an effect, else why there is none; SB-220 where the effect may have happened all the same.

    `refusals` are the statuses by which Genesys says that the order itself cannot be, with the code of each.
    """
    response = answered.response
    if response is not None and 200 <= response.status <= 299:
        return response
    told = f"Genesys answered {response.status}" if response is not None else answered.detail or answered.failure
    if answered.maybe_sent or answered.failure == "malformed" or (response is not None and response.status >= 500):
        return failed("SB-220", f"it is not known whether {what} happens: {told}")
    if response is None:
        code = NOT_ASKED.get(answered.failure, "SB-223")
        return failed(code, f"{what} was not sent: {told}")
    if response.status in refusals:
        return refused(refusals[response.status], f"{told} to {what}")
    return failed(STATUSES.get(response.status, "SB-213"), f"{told} to {what}")


def words(value: object) -> str:
    """Text of theirs as it may be shown: one line, printable, 200 letters at most; the message of an error object."""
    if isinstance(value, dict):
        value = value.get("message", value.get("code"))
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value[:200])
