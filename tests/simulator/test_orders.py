from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.orders import (
    Drop,
    read_asset,
    read_conversation,
    read_drop,
    read_interaction,
    read_push,
    read_revoke,
    read_script,
    read_settings,
)
from simulator.records import Conversation, Script
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


def test_a_drop_can_be_for_one_socket() -> None:
    assert read_drop({"socket": "events"}) == Drop(count=None, code=1001, socket="events")
    assert read_drop({"socket": "assist"}).socket == "assist"
    assert wrong(read_drop, {"socket": "other"}) == ["socket"]


def test_the_assist_settings_are_read() -> None:
    given = {"assist_limit": 5, "assist_retry_after_s": None, "assist_latency": "log_normal", "assist_latency_ms": 0}
    after = read_settings(given, Settings())
    assert (after.assist_limit, after.assist_retry_after_s, after.assist_latency) == (5, None, "log_normal")
    bad = {"assist_limit": 0, "assist_retry_after_s": -1, "assist_latency": "normal", "assist_correlation_in": "both"}
    assert wrong(lambda body: read_settings(body, Settings()), bad) == list(bad)


def test_a_script_is_a_list_of_statuses_and_answers() -> None:
    slow = {"status": 200, "latency_ms": 50}
    assert read_script({"answers": [500, slow], "then": 410}) == Script(deque([{"status": 500}, slow]), {"status": 410})
    assert read_script({}) == Script(deque(), {"status": 200})


def test_all_wrong_answers_of_a_script_are_named() -> None:
    given = {"answers": [200, 99, {"latency_ms": 1}, "500", {"status": 200, "latency": 1}], "then": True}
    assert wrong(read_script, given) == [
        *("answers[1].status", "answers[2].status", "answers[3]", "answers[4].latency", "then.status")
    ]
    assert wrong(read_script, {"answers": 500, "then": "200", "after": 1}) == ["answers", "then", "after"]


def test_a_script_gives_its_answers_in_order_and_then_the_last_one_for_ever() -> None:
    script = read_script({"answers": [500, 501], "then": 410})
    assert [script.next()["status"] for _ in range(4)] == [500, 501, 410, 410]


def test_a_play_status_is_one_of_two() -> None:
    assert read_settings({"play_status": 200}, Settings()).play_status == 200
    assert wrong(lambda body: read_settings(body, Settings()), {"play_status": 201, "consent": True}) == [
        "play_status",
        "consent",
    ]


def test_a_conversation_without_participants_has_anybody() -> None:
    assert read_conversation("c", {}, Settings()) == Conversation("c", "active", None)
    assert read_conversation("c", {"participants": {}}, Settings()).participants == {}


def test_participants_have_the_consent_of_the_settings_unless_they_say_another() -> None:
    given = {"participants": {"a": {}, "b": {"consent": "true"}, "c": {"attributes": {"may": "x"}}}}
    made = read_conversation("c", given, Settings(consent="missing", consent_attribute="may"))
    assert made.participants == {"a": {}, "b": {"may": "true"}, "c": {"may": "x"}}


def test_all_wrong_participants_are_named() -> None:
    given = {"participants": {"a": {"consent": "yes"}, "b": []}}
    assert wrong(lambda body: read_conversation("c", body, Settings()), given) == [
        "participants.a.consent",
        "participants.b",
    ]
    assert wrong(lambda body: read_conversation("c", body, Settings()), {"participants": [], "state": 1}) == [
        "state",
        "participants",
    ]


def test_a_file_is_read_from_base64() -> None:
    assert read_asset("en.standard.x.wav", {"content_base64": "UklGRg=="}).content == b"RIFF"
    assert wrong(lambda body: read_asset("x", body), {"content_base64": "no base64", "content_type": ""}) == [
        "content_base64",
        "content_type",
    ]
