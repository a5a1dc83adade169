from collections.abc import Callable
from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.orders import Drop, read_drop, read_interaction, read_push, read_revoke, read_settings
from simulator.state import Interaction, Rate, Settings, participant


def wrong(read: Callable[[Any], object], given: object) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(given)
    return [problem.partition(":")[0] for problem in caught.value.problems]


def test_settings_change_one_by_one() -> None:
    before = Settings()
    after = read_settings({"answer_latency_ms": 50, "strict": True}, before)
    assert (after.answer_latency_ms, after.strict, after.rate_allowed) == (50, True, 300)
    assert before.answer_latency_ms == 5


def test_all_wrong_settings_are_named_and_none_is_taken() -> None:
    given = {"answer_latency_ms": -1, "strict": "yes", "rate_allowed": 0, "supported_codecs": "opus", "tls": True}
    assert wrong(lambda body: read_settings(body, Settings()), given) == [
        *("strict", "answer_latency_ms", "rate_allowed", "supported_codecs", "tls")
    ]


def test_scopes_may_be_a_list_or_anything() -> None:
    assert read_settings({"allowed_scopes": ["a"]}, Settings()).allowed_scopes == ["a"]
    assert read_settings({"allowed_scopes": None}, Settings()).allowed_scopes is None
    assert wrong(lambda body: read_settings(body, Settings()), {"allowed_scopes": "a"}) == ["allowed_scopes"]


def test_an_interaction_has_defaults_for_what_is_left_out() -> None:
    assert read_interaction("i", {}) == Interaction("i", participants=[participant()])


def test_an_interaction_is_what_is_said_of_it() -> None:
    made = read_interaction("i", {"state": "abandoned", "unsupported_codecs": ["opus"], "participants": []})
    assert made == Interaction("i", state="abandoned", unsupported_codecs=["opus"], participants=[])


def test_an_interaction_in_no_known_state_is_refused() -> None:
    assert wrong(lambda body: read_interaction("i", body), {"state": "gone", "language": ""}) == ["state", "language"]


def test_a_push_has_a_rate_and_defaults() -> None:
    assert read_push({"per_s": 25}) == Rate(per_s=25, size_bytes=160, limit=None)
    assert read_push({"per_s": 0.5, "bytes": 200, "count": 3}) == Rate(per_s=0.5, size_bytes=200, limit=3)
    assert wrong(read_push, {"per_s": 0, "bytes": 10, "count": 0}) == ["per_s", "bytes", "count"]


def test_a_drop_is_polite_unless_told_otherwise() -> None:
    assert read_drop({}) == Drop(count=None, code=1001)
    assert read_drop({"count": 2, "code": 1012}) == Drop(count=2, code=1012)
    assert read_drop({"abort": True}) == Drop(count=None, code=None)


def test_a_reset_has_no_code() -> None:
    assert wrong(read_drop, {"abort": True, "code": 1012}) == ["abort"]
    assert wrong(read_drop, {"code": 1006}) == ["code"]


def test_one_token_or_all_are_revoked() -> None:
    assert read_revoke({"token": "t"}) == ["t"]
    assert read_revoke({}) is None
    assert wrong(read_revoke, {"tokens": []}) == ["tokens"]
