"""An outcome as operators and records see it: one flat JSON object, and back."""

from collections.abc import Mapping
from typing import Any

from messages.base import Json
from messages.orders import Outcome, Reason

OWN = ("request_id", "kind", "status", "detail", "reasons", "latency_ms", "retries")


def outcome_as_json(outcome: Outcome) -> dict[str, Json]:
    """The object of DESIGN section 5; what only the kind knows (`extra`) lies beside the common fields.

    An extra field cannot take the place of a common one.
    """
    return {
        **outcome.extra,
        "request_id": outcome.request_id,
        "kind": outcome.kind,
        "status": outcome.status,
        "detail": outcome.detail,
        "reasons": [_reason_as_json(reason) for reason in outcome.reasons],
        "latency_ms": outcome.latency_ms,
        "retries": outcome.retries,
    }


def outcome_from_json(fields: Mapping[str, Any]) -> Outcome:
    """The outcome that `fields` were made of; KeyError where a common field is missing."""
    return Outcome(
        request_id=fields["request_id"],
        kind=fields["kind"],
        status=fields["status"],
        detail=fields["detail"],
        reasons=tuple(Reason(**reason) for reason in fields["reasons"]),
        latency_ms=fields["latency_ms"],
        retries=fields["retries"],
        extra={name: value for name, value in fields.items() if name not in OWN},
    )


def _reason_as_json(reason: Reason) -> dict[str, Json]:
    return {"code": reason.code, "gate": reason.gate, "message": reason.message, "remedy": reason.remedy}
