"""Rate headers: theirs, and what passes for them."""

from datetime import UTC, datetime

import pytest

from rules.headers import RateHeaders, asked_to_wait_s, rate_headers

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def headers(count: str = "17", allowed: str = "300", reset: str = "42") -> dict[str, str]:
    return {"inin-ratelimit-count": count, "inin-ratelimit-allowed": allowed, "inin-ratelimit-reset": reset}


def test_reads_the_three_headers() -> None:
    assert rate_headers(headers()) == RateHeaders(count=17, allowed=300, reset_s=42)


@pytest.mark.parametrize("junk", ["", "-1", "1.5", "many", "١٢", "1e3", "9" * 400, " 7", "1, 2"])
def test_junk_in_any_of_them_is_as_good_as_none(junk: str) -> None:
    assert rate_headers(headers(count=junk)) is None
    assert rate_headers(headers(allowed=junk)) is None
    assert rate_headers(headers(reset=junk)) is None


def test_a_limit_of_zero_is_no_limit_anybody_set() -> None:
    assert rate_headers(headers(allowed="0")) is None


def test_no_headers_say_nothing() -> None:
    assert rate_headers({}) is None


def test_only_429_and_503_ask_to_wait() -> None:
    asked = {"retry-after": "7"}
    assert [asked_to_wait_s(status, asked, NOW) for status in (200, 429, 500, 503)] == [None, 7, None, 7]


def test_a_date_is_taken_too() -> None:
    assert asked_to_wait_s(429, {"retry-after": "Thu, 01 Jan 2026 12:01:30 GMT"}, NOW) == 90


@pytest.mark.parametrize("junk", ["-5", "soon", "", "1h"])
def test_a_retry_after_that_makes_no_sense_is_as_good_as_none(junk: str) -> None:
    assert asked_to_wait_s(429, {"retry-after": junk}, NOW) is None
