"""Ready or not."""

from typing import Any

import pytest

from tests.web.inquired import STATUS, TOKEN
from web.health import judge


def test_a_running_gateway_with_a_token_is_ready() -> None:
    known = {"ready": True, "state": "running", "audio": STATUS["audio"]}
    assert judge(STATUS, TOKEN) == {**known, "reasons": [], "degraded": []}


@pytest.mark.parametrize(
    ("status", "token", "check", "words"),
    [
        (None, TOKEN, "state", "does not answer"),
        ({**STATUS, "state": "draining"}, TOKEN, "state", "draining"),
        (STATUS, None, "token", "does not answer"),
        (STATUS, {**TOKEN, "state": "denied", "last_error": "bad scope"}, "token", "bad scope"),
        (STATUS, {**TOKEN, "state": "fetching"}, "token", "none was fetched yet"),
    ],
)
def test_without_what_every_order_needs_it_is_not_ready(status: Any, token: Any, check: str, words: str) -> None:
    found: Any = judge(status, token)
    assert (found["ready"], found["degraded"]) == (False, [])
    (reason,) = found["reasons"]
    assert reason["check"] == check
    assert words in reason["message"]


@pytest.mark.parametrize(
    ("check", "trouble"),
    [
        ("session", "session transfer is lost: 1006"),
        ("media", "audio worker media.1 is down: SIGKILL"),
        ("media", "audio worker media.1 has no transcription service: connection refused"),
    ],
)
def test_without_what_only_some_orders_need_or_calls_it_is_ready_and_degraded(check: str, trouble: str) -> None:
    found: Any = judge({**STATUS, "degraded": [trouble]}, TOKEN)
    assert (found["ready"], found["reasons"]) == (True, [])
    assert found["degraded"] == [{"check": check, "message": trouble}]


def test_that_there_is_no_token_is_one_reason_though_two_actors_tell_it() -> None:
    status = {**STATUS, "degraded": ["there is no access token: bad scope"]}
    found: Any = judge(status, {**TOKEN, "state": "denied", "last_error": "bad scope"})
    assert [reason["check"] for reason in found["reasons"]] == ["token"]
    assert found["degraded"] == []


def test_everything_that_is_wrong_is_told() -> None:
    found: Any = judge({**STATUS, "state": "stopping", "degraded": ["a", "b"]}, None)
    assert [reason["check"] for reason in found["reasons"]] == ["state", "token"]
    assert [trouble["message"] for trouble in found["degraded"]] == ["a", "b"]
