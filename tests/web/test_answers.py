"""Every outcome has one answer."""

from typing import Any

import pytest

from rules.catalogue import CATALOGUE
from web.answers import FIRST_SAID, Answer, answer, status_of
from web.problems import Problem


def outcome(status: str, *codes: str, **extra: Any) -> dict[str, Any]:
    reasons = [
        {"code": code, "gate": CATALOGUE[code].gate, "message": f"{code} it is", "remedy": "do so"} for code in codes
    ]
    return {"request_id": "r-1", "kind": "barge", "status": status, "detail": "so it went", "reasons": reasons, **extra}


def problem(*codes: str, status: str = "refused", **extra: Any) -> Problem:
    said = answer(outcome(status, *codes, **extra))
    assert isinstance(said, Problem)
    return said


def test_audio_that_plays_is_201_with_the_interactions_id() -> None:
    said = answer(outcome("succeeded", interaction_id="i-9", warnings=[]))
    assert isinstance(said, Answer)
    assert said.status == 201
    assert said.body == {"status": "success", "message": "so it went", "id": "i-9"}
    assert said.headers == {"Idempotency-Key": "r-1"}


def test_what_is_odd_about_audio_that_plays_is_in_the_message() -> None:
    said = answer(outcome("succeeded", interaction_id=None, warnings=["SB-120 it is loud"]))
    assert isinstance(said, Answer)
    assert said.body == {"status": "success", "message": "so it went; SB-120 it is loud", "id": None}


def test_an_order_that_has_not_ended_is_202() -> None:
    said = answer(outcome("accepted"))
    assert isinstance(said, Answer)
    assert (said.status, said.body["status"], said.headers["Idempotency-Key"]) == (202, "accepted", "r-1")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SB-101", 400),
        ("SB-112", 400),
        ("SB-113", 400),
        ("SB-114", 400),
        ("SB-215", 403),
        ("SB-214", 403),
        ("SB-219", 403),
        ("SB-108", 409),
        ("SB-206", 429),
        ("SB-506", 429),
        ("SB-220", 502),
        ("SB-223", 502),
        ("SB-213", 502),
        ("SB-208", 502),
        ("SB-301", 502),
        ("SB-501", 502),
        ("SB-504", 502),
        ("SB-207", 503),
        ("SB-503", 503),
    ],
)
def test_a_reason_has_the_status_of_what_it_is_about(code: str, status: int) -> None:
    assert problem(code).status == status


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_of_the_catalogue_has_a_status(code: str) -> None:
    said = problem(code)
    assert said.status in FIRST_SAID
    assert said.title == CATALOGUE[code].meaning
    assert said.slug == code


def test_a_code_of_tomorrow_goes_by_its_gate_or_its_hundred() -> None:
    assert status_of({"code": "SB-299", "gate": "consent"}) == 403
    assert status_of({"code": "SB-199", "gate": "news"}) == 400
    assert status_of({"code": "SB-299", "gate": "news"}) == 502


def test_of_several_reasons_the_missing_consent_decides() -> None:
    said = problem("SB-114", "SB-215", "SB-206")
    assert (said.status, said.slug, len(said.reasons)) == (403, "SB-215", 3)


def test_a_failure_without_a_reason_is_a_failed_dispatch() -> None:
    said = problem(status="failed")
    assert (said.status, said.message) == (502, "so it went")


def test_whoever_has_to_wait_is_told_how_long() -> None:
    assert problem("SB-206", retry_after_s=1.2).all_headers()["Retry-After"] == "2"
    assert problem("SB-206").all_headers()["Retry-After"] == "5"
    assert problem("SB-207").all_headers()["Retry-After"] == "30"
    assert "Retry-After" not in problem("SB-220", retry_after_s=7.0).all_headers()
