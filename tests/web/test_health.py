"""Ready or not."""

from typing import Any

import pytest

from tests.web.inquired import STATUS, TOKEN
from web.health import judge


def test_a_running_gateway_with_a_token_is_ready() -> None:
    assert judge(STATUS, TOKEN) == {"ready": True, "state": "running", "reasons": []}


@pytest.mark.parametrize(
    ("status", "token", "check", "words"),
    [
        (None, TOKEN, "state", "does not answer"),
        ({**STATUS, "state": "draining"}, TOKEN, "state", "draining"),
        ({**STATUS, "degraded": ["session transfer is lost: 1006"]}, TOKEN, "session", "1006"),
        ({**STATUS, "degraded": ["audio worker media.1 is down: SIGKILL"]}, TOKEN, "media", "SIGKILL"),
        (STATUS, None, "token", "does not answer"),
        (STATUS, {**TOKEN, "state": "denied", "last_error": "bad scope"}, "token", "bad scope"),
        (STATUS, {**TOKEN, "state": "fetching"}, "token", "none was fetched yet"),
    ],
)
def test_whatever_is_wrong_is_a_reason(status: Any, token: Any, check: str, words: str) -> None:
    found: Any = judge(status, token)
    assert found["ready"] is False
    (reason,) = found["reasons"]
    assert reason["check"] == check
    assert words in reason["message"]


def test_that_there_is_no_token_is_one_reason_though_two_actors_tell_it() -> None:
    status = {**STATUS, "degraded": ["there is no access token: bad scope"]}
    found: Any = judge(status, {**TOKEN, "state": "denied", "last_error": "bad scope"})
    assert [reason["check"] for reason in found["reasons"]] == ["token"]


def test_all_reasons_are_told() -> None:
    found: Any = judge({**STATUS, "state": "stopping", "degraded": ["a", "b"]}, None)
    assert [reason["check"] for reason in found["reasons"]] == ["state", "session", "session", "token"]
