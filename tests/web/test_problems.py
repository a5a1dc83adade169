"""Problem documents."""

import orjson

from web.problems import TITLES, Problem


def test_a_problem_keeps_to_rfc_9457_and_to_the_seeds_message() -> None:
    problem = Problem(status=429, slug="busy", message="full", id="r-1")
    assert orjson.loads(problem.body()) == {
        "type": "urn:switchboard:problem:busy",
        "title": TITLES["busy"],
        "status": 429,
        "detail": "full",
        "message": "full",
        "id": "r-1",
    }


def test_members_with_nothing_to_say_are_left_out() -> None:
    said = Problem(status=400, slug="body", message="bad", fields=({"field": "x", "problem": "is bad"},)).as_json()
    assert said["fields"] == [{"field": "x", "problem": "is bad"}]
    assert not {"id", "remedy", "reasons"} & set(said)


def test_retry_after_is_whole_seconds_and_never_none() -> None:
    def told(seconds: float) -> str:
        return Problem(status=503, slug="busy", message="full", retry_after_s=seconds).all_headers()["Retry-After"]

    assert [told(seconds) for seconds in (0.0, 0.2, 1.0, 1.01, 30.0)] == ["1", "1", "1", "2", "30"]
