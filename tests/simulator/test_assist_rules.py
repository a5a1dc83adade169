from random import Random
from statistics import median
from typing import Any

import pytest

from simulator.assist_rules import (
    correlation_in,
    error,
    error_about,
    forced_error,
    latency_ms,
    over_limit,
    placed,
    read_action,
    read_connect,
    result,
)
from simulator.faults import ACTION_TYPES, Fault
from simulator.forms import BadInput
from simulator.state import Settings
from tests.simulator.client import context, send

ONE = "00000000-0000-4000-8000-000000000001"


def wrong(given: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_action(given)
    return [problem.partition(":")[0] for problem in caught.value.problems]


def parameters(action_type: str) -> dict[str, Any]:
    needed = {"knowledge_search": {"query": "x"}, "document_extraction": {"documentId": "d"}}
    return needed.get(action_type, {})


def test_reads_the_token_of_a_connect_frame() -> None:
    assert read_connect({"type": "connect", "token": "t"}) == "t"


@pytest.mark.parametrize(
    "given", [{"type": "connect"}, {"type": "connect", "token": ""}, {"type": "connect", "token": "t", "scope": "x"}]
)
def test_a_connect_frame_has_a_token_and_nothing_else(given: Any) -> None:
    with pytest.raises(BadInput):
        read_connect(given)


@pytest.mark.parametrize("action_type", ACTION_TYPES)
def test_reads_every_type_of_action(action_type: str) -> None:
    given = send(actionType=action_type, parameterMatrix=parameters(action_type), correlationId=ONE)
    order = read_action(given)
    assert (order.action_type, order.correlation_id) == (action_type, ONE)
    assert (order.agent_id, order.session_id, order.parameters) == ("agent-1", "s-1", parameters(action_type))
    payload = result(order)["payload"]
    assert payload["actionType"] == action_type
    assert len(payload) > 1


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ([], ["the body"]),
        ({}, ["type", "payload"]),
        ({"type": "transfer", "payload": 1}, ["type", "payload"]),
        (
            {"type": "send", "payload": {}},
            [f"payload.{name}" for name in send()["payload"]],
        ),
        (send(actionType="guess", maxRetries=4), ["payload.actionType", "payload.maxRetries"]),
        (send(maxRetries=True, more=1), ["payload.maxRetries", "payload.more"]),
        (send(parameterMatrix=[], executionContext="s"), ["payload.parameterMatrix", "payload.executionContext"]),
        (send(parameterMatrix={}), ["payload.parameterMatrix.query"]),
        (
            send(parameterMatrix={"query": 1, "top": None}),
            [*("payload.parameterMatrix.query", "payload.parameterMatrix.top")],
        ),
        (send(actionType="document_extraction"), ["payload.parameterMatrix.documentId"]),
        (send(actionType="sentiment_analysis", parameterMatrix={"a": None}), ["payload.parameterMatrix.a"]),
        (
            send(executionContext={"agentId": 7, "sessionId": "s"}),
            ["payload.executionContext.agentId", "payload.executionContext.interactionType"],
        ),
        (send(executionContext=context() | {"queue": None}), ["payload.executionContext.queue"]),
    ],
)
def test_names_every_field_that_is_wrong(given: Any, fields: list[str]) -> None:
    assert wrong(given) == fields


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1",
        ONE[:-1],
        ONE.replace("-4000-", "-1000-"),
        ONE.replace("-8000-", "-c000-"),
        "{" + ONE + "}",
        ONE.replace("-", ""),
    ],
)
def test_a_correlation_id_is_a_uuid_of_version_4(name: str) -> None:
    assert wrong(send(correlationId=name)) == ["payload.correlationId"]


def test_what_is_not_required_may_be_there_and_empty() -> None:
    given = send(parameterMatrix={"query": "", "top": 3, "deep": {"null": None}}, executionContext=context(""))
    assert read_action(given).session_id == ""


def test_a_frame_that_is_wrong_may_still_name_its_correlation() -> None:
    assert correlation_in(send(correlationId="x", actionType=1)) == "x"
    nameless: list[Any] = [None, [], {}, {"payload": []}, send(correlationId=7)]
    assert [correlation_in(given) for given in nameless] == [None] * 5


def test_latency_is_fixed_unless_told_otherwise() -> None:
    assert latency_ms(Settings(assist_latency_ms=7, assist_latency_spread_ms=5), Random(0)) == 7


def test_a_uniform_latency_is_between_two_bounds() -> None:
    settings, chance = Settings(assist_latency="uniform", assist_latency_ms=10, assist_latency_spread_ms=5), Random(0)
    drawn = [latency_ms(settings, chance) for _ in range(500)]
    assert 10 <= min(drawn) < 10.1
    assert 14.9 < max(drawn) <= 15


def test_a_log_normal_latency_has_its_median_and_a_long_tail() -> None:
    settings, chance = Settings(assist_latency="log_normal", assist_latency_ms=10, assist_latency_sigma=1), Random(0)
    drawn = sorted(latency_ms(settings, chance) for _ in range(4000))
    assert median(drawn) == pytest.approx(10, rel=0.1)
    assert drawn[3960] > 70
    assert drawn[0] > 0


def test_the_same_seed_draws_the_same_latencies() -> None:
    settings = Settings(assist_latency="log_normal")
    runs = [[latency_ms(settings, chance) for _ in range(20)] for chance in (Random(1), Random(1), Random(2))]
    assert runs[0] == runs[1] != runs[2]


def test_an_error_says_how_long_to_wait_where_there_is_something_to_say() -> None:
    assert error(500, "no") == {"type": "error", "error": {"code": 500, "message": "no"}}
    assert error(429, "no", 2)["error"] == {"code": 429, "message": "no", "retry_after": 2}
    assert "retry_after" not in over_limit(Settings(assist_retry_after_s=None))["error"]
    assert over_limit(Settings(assist_limit=3))["error"]["code"] == 429


def test_a_fault_can_decide_in_the_engines_stead() -> None:
    assert forced_error(None) is None
    assert forced_error(Fault(action="duplicate")) is None
    plain = forced_error(Fault(action="error"))
    assert plain is not None
    assert plain["error"]["code"] == 500
    told = forced_error(Fault(action="error", options={"code": 403, "message": "scope x"}))
    assert told == error(403, "scope x")
    limited = forced_error(Fault(action="rate_limited", options={"retry_after": "soon"}))
    assert limited == error(429, "a fault answers 429", "soon")


def test_a_correlation_id_is_in_the_frame_or_in_the_payload() -> None:
    about = error_about(ONE, error(500, "no"))
    assert placed(about, "frame") == about
    assert placed(about, "payload") == {
        "type": "error",
        "error": {"code": 500, "message": "no"},
        "payload": {"correlationId": ONE},
    }
    moved = placed(result(read_action(send(correlationId=ONE))), "payload")
    assert "correlationId" not in moved
    assert (moved["payload"]["correlationId"], moved["payload"]["actionType"]) == (ONE, "knowledge_search")
    assert placed(error_about(None, error(401, "no")), "payload") == error(401, "no")
