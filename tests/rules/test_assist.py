"""Which actions are refused, with every objection at once, and what the engine's errors mean."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.assists import AssistAnswer
from rules.assist import (
    correlation_id,
    failure,
    in_doubt,
    is_uuid4,
    no_slot,
    objections,
    retry_in_s,
    session_refusal,
)
from rules.catalogue import CATALOGUE
from tests.rules.assists import CONTEXT, UUID4, UUID7, order


def codes(**fields: Any) -> list[str]:
    return [why.code for why in objections(order(**fields))]


def error(code: int | None, message: str = "no") -> AssistAnswer:
    return AssistAnswer(correlation_id=UUID4, meaning="failed", status="error", code=code, message=message)


# --- objections ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action_type", "matrix"),
    [
        ("knowledge_search", {"query": "refunds", "languageCode": "en-US", "deep": {"null": None}}),
        ("document_extraction", {"documentId": "d-1"}),
        ("sentiment_analysis", {}),
        ("sentiment_analysis", {"query": 7}),
    ],
)
def test_a_good_action_has_no_objection(action_type: str, matrix: dict[str, Any]) -> None:
    assert codes(action_type=action_type, parameter_matrix=matrix, correlation_id=UUID4.upper()) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action_type": "dance"}, "'dance' is not one of"),
        ({"parameter_matrix": {}}, "needs the parameter 'query'"),
        ({"parameter_matrix": {"query": 7}}, "has to be a string for knowledge_search"),
        ({"parameter_matrix": {"query": "q", "filter": None}}, "parameter 'filter' is null"),
        ({"action_type": "document_extraction"}, "needs the parameter 'documentId'"),
        ({"action_type": "document_extraction", "parameter_matrix": {"documentId": []}}, "has to be a string"),
        ({"execution_context": {**CONTEXT, "agentId": "../x"}}, "agentId '../x' is empty or malformed"),
        ({"execution_context": {**CONTEXT, "interactionType": ""}}, "'interactionType' of execution_context is empty"),
        ({"correlation_id": UUID7}, "is no UUID 4"),
        ({"correlation_id": ""}, "is no UUID 4"),
        ({"max_retries": 4}, "max_retries is 4"),
        ({"max_retries": -1}, "max_retries is -1"),
        ({"deadline_s": 0.0}, "deadline_s is 0"),
        ({"request_id": "a b"}, "request_id 'a b' is malformed"),
    ],
)
def test_an_objection_says_what_is_wrong(fields: dict[str, Any], words: str) -> None:
    (why,) = objections(order(**fields))
    assert words in why.message


def test_a_null_is_one_objection_also_where_the_parameter_is_needed() -> None:
    assert codes(parameter_matrix={"query": None}) == ["SB-131"]


def test_all_objections_come_at_once_in_field_order() -> None:
    found = codes(
        request_id="a b",
        action_type="dance",
        parameter_matrix={"a": None, "b": None},
        execution_context={"sessionId": ""},
        correlation_id="7",
        max_retries=9,
        deadline_s=1e9,
    )
    assert found == ["SB-101", "SB-130", "SB-131", "SB-131", "SB-132", "SB-101", "SB-132", "SB-133", "SB-134", "SB-106"]


# --- correlation ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UUID4, True),
        (UUID4.upper(), True),
        (UUID7, False),
        ("550e8400-e29b-41d4-c716-446655440000", False),  # the variant of Microsoft's old ids
        ("550e8400e29b41d4a716446655440000", False),
        ("{550e8400-e29b-41d4-a716-446655440000}", False),
        ("", False),
        ("monday", False),
    ],
)
def test_a_uuid4_is_known_by_version_variant_and_form(text: str, expected: bool) -> None:
    assert is_uuid4(text) is expected


def test_the_engine_sees_the_orders_own_id_else_its_requests_else_a_new_one() -> None:
    assert correlation_id(order(correlation_id=UUID4.upper(), request_id=UUID7), "x") == UUID4
    assert correlation_id(order(request_id=UUID4), "x") == UUID4
    assert correlation_id(order(request_id=UUID7), UUID7) not in {UUID4, UUID7}


@given(st.text(), st.text())
def test_a_new_id_is_a_uuid4_of_its_own(one: str, other: str) -> None:
    ids = [correlation_id(order(request_id=UUID7), fresh) for fresh in (one, other)]
    assert all(map(is_uuid4, ids))
    assert (ids[0] == ids[1]) is (one == other)


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [(429, "SB-206"), (400, "SB-233"), (404, "SB-233"), (None, "SB-233"), (500, "SB-234"), (503, "SB-234")],
)
def test_an_error_has_its_reason_with_the_engines_words(code: int | None, expected: str) -> None:
    why = failure(error(code))
    assert why.code == expected
    assert why.message.endswith(": no")


def test_a_missing_scope_is_named() -> None:
    for why in (failure(error(403)), session_refusal(403, "")):
        assert why.code == "SB-208"
        assert "agentassist:trigger" in why.message
        assert "agentassist:trigger" in why.remedy


def test_a_token_that_is_refused_again_is_a_matter_of_credentials() -> None:
    assert failure(error(401)).code == session_refusal(401, "").code == "SB-208"


def test_another_refusal_of_the_session_is_its_own_reason() -> None:
    assert session_refusal(503, "later").code == "SB-235"


# --- retries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("retries", "least"), [(1, 0.1), (2, 0.2), (3, 0.4)])
def test_a_retry_waits_at_least_its_share_and_at_most_twice_that(retries: int, least: float) -> None:
    assert retry_in_s(retries, 0.0, 0.0) == pytest.approx(least)
    assert retry_in_s(retries, 0.0, 0.999) < 2 * least


def test_what_the_engine_asks_for_comes_before_the_back_off() -> None:
    assert retry_in_s(1, 5.0, 0.0) == pytest.approx(5.1)


def test_no_slot_in_time_says_how_many_were_taken_or_that_there_was_no_session() -> None:
    full = no_slot("waited 5 s for a slot", "50 of 50 are taken", sent=False)
    assert (full.code, full.message) == ("SB-230", "slot_timeout: waited 5 s for a slot; 50 of 50 are taken")
    away = no_slot("waited 5 s for a slot", None, sent=False)
    assert (away.code, "not connected" in away.message) == ("SB-212", True)


@pytest.mark.parametrize("taken", [None, "50 of 50 are taken"])
def test_what_was_sent_and_got_no_slot_again_may_have_been_carried_out(taken: str | None) -> None:
    assert no_slot("", taken, sent=True).remedy == CATALOGUE["SB-232"].remedy
    assert no_slot("", taken, sent=False).remedy == CATALOGUE["SB-212" if taken is None else "SB-230"].remedy


def test_what_is_not_sent_again_says_why() -> None:
    assert in_doubt("SB-237", "the connection broke", 0, acknowledged=True).message.endswith("but not answered")
    assert in_doubt("SB-501", "the gateway stopped", 2, acknowledged=False).message.endswith("given up after 2 retries")
