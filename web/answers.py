"""An order's outcome as /inject answers it: which status, which body. Pure.

Source: contracts 3.7 and 7.8; the codes and gates are those of rules.catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from messages.base import Json
from rules.catalogue import CATALOGUE
from web.problems import Problem

KEY_HEADER = "Idempotency-Key"  # comes back with every order's answer: with it the same order can be asked about
UNDECIDED = 502  # dispatch failed: what is neither the caller's fault nor a wish to wait

BY_CODE: Mapping[str, int] = MappingProxyType(
    {
        "SB-108": 409,  # the key belongs to a different order
        "SB-206": 429,
        "SB-207": 503,  # the circuit is open
        "SB-214": 403,
        "SB-215": 403,
        "SB-219": 403,  # no such conversation or participant: there is no state and no consent to speak of
        "SB-221": 403,
        "SB-503": 503,  # nothing was sent
        "SB-506": 429,  # nothing was sent: busy
    }
)
BY_GATE: Mapping[str, int] = MappingProxyType({"consent": 403, "state": 403, "rate": 429, "breaker": 503})
BY_HUNDRED: Mapping[str, int] = MappingProxyType({"SB-1": 400})  # the order itself breaks a rule
FIRST_SAID = (409, 403, 400, 429, 503, UNDECIDED)  # of several reasons, the one in front decides the status
WAIT_S: Mapping[int, float] = MappingProxyType({429: 5.0, 503: 30.0})  # where nobody named a time; contracts 7.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body that is no problem, and its status."""

    status: int
    body: Mapping[str, Json]
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(outcome: Mapping[str, Any]) -> Answer | Problem:
    """What the caller hears of `outcome`, an object of rules.outcomes.outcome_as_json."""
    headers = {KEY_HEADER: str(outcome["request_id"])}
    detail = str(outcome["detail"])
    if outcome["status"] == "succeeded":
        message = "; ".join((detail, *map(str, outcome.get("warnings") or ())))
        body: dict[str, Json] = {"status": "success", "message": message, "id": outcome.get("interaction_id")}
        return Answer(status=201, body=body, headers=headers)
    if outcome["status"] == "accepted":
        return Answer(status=202, body={"status": "accepted", "message": detail, "id": None}, headers=headers)
    return _problem(outcome, detail, headers)


def _problem(outcome: Mapping[str, Any], detail: str, headers: Mapping[str, str]) -> Problem:
    reasons: tuple[Mapping[str, Json], ...] = tuple(outcome["reasons"])
    nothing: Mapping[str, Json] = {}
    judged = [(status_of(reason), reason) for reason in reasons] or [(UNDECIDED, nothing)]
    status, first = min(judged, key=lambda one: FIRST_SAID.index(one[0]))
    code, remedy = str(first.get("code", "dispatch")), first.get("remedy")
    entry = CATALOGUE.get(code)
    return Problem(
        status=status,
        slug=code,
        title=entry.meaning if entry is not None else "the order could not be carried out",
        message=detail,
        id=str(outcome["request_id"]),
        remedy=None if remedy is None else str(remedy),
        reasons=reasons,
        retry_after_s=_wait_s(status, outcome),
        headers=headers,
    )


def status_of(reason: Mapping[str, Any]) -> int:
    """The status of one reason: by its code, else by its gate, else by what its hundred is about."""
    code = str(reason["code"])
    return BY_CODE.get(code) or BY_GATE.get(str(reason["gate"])) or BY_HUNDRED.get(code[:4]) or UNDECIDED


def _wait_s(status: int, outcome: Mapping[str, Any]) -> float | None:
    asked = outcome.get("retry_after_s")
    return WAIT_S.get(status) if asked is None or status not in WAIT_S else float(asked)
