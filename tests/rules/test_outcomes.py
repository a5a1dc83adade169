"""An outcome keeps everything on its way to JSON and back."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.orders import Outcome, Reason
from rules.outcomes import OWN, outcome_as_json, outcome_from_json

REASON = Reason(code="SB-101", gate="codec", message="g729 is not supported", remedy="use opus")
REFUSED = Outcome(
    request_id="r-1", kind="transfer", status="refused", detail="1 reason", reasons=(REASON,), extra={"codec": "g729"}
)


def test_lays_extra_fields_beside_the_common_ones() -> None:
    assert outcome_as_json(REFUSED) == {
        "request_id": "r-1",
        "kind": "transfer",
        "status": "refused",
        "detail": "1 reason",
        "reasons": [
            {"code": "SB-101", "gate": "codec", "message": "g729 is not supported", "remedy": "use opus"},
        ],
        "latency_ms": 0.0,
        "retries": 0,
        "codec": "g729",
    }


def test_an_extra_field_cannot_take_the_place_of_a_common_one() -> None:
    liar = Outcome(request_id="r", kind="transfer", status="failed", detail="no", extra={"status": "succeeded"})
    assert outcome_as_json(liar)["status"] == "failed"


def test_a_missing_common_field_is_an_error() -> None:
    fields = dict(outcome_as_json(REFUSED))
    del fields["status"]
    with pytest.raises(KeyError):
        outcome_from_json(fields)


texts = st.text(max_size=8)
reasons = st.builds(Reason, code=texts, gate=texts, message=texts, remedy=texts)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
outcomes = st.builds(
    Outcome,
    request_id=texts,
    kind=texts,
    status=st.sampled_from(["accepted", "succeeded", "failed", "refused", "interrupted"]),
    detail=texts,
    reasons=st.lists(reasons, max_size=3).map(tuple),
    latency_ms=st.floats(0, 1e6),
    retries=st.integers(0, 9),
    extra=st.dictionaries(texts.filter(lambda name: name not in OWN), scalars, max_size=3),
)


@given(outcomes)
def test_comes_back_unchanged_through_the_wire(outcome: Outcome) -> None:
    assert outcome_from_json(orjson.loads(orjson.dumps(outcome_as_json(outcome)))) == outcome
