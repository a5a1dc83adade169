import pytest
import requests

from simulator.server import Simulator
from tests.simulator.client import WAIT_S, admin


def deliver(box: Simulator, name: str = "media", **given: object) -> requests.Response:
    return requests.post(f"{box.url}/sim/sink/{name}", timeout=WAIT_S, **given)  # type: ignore[arg-type]


def test_keeps_what_arrives(genesys_simulator: Simulator) -> None:
    body = {"interaction_id": "i", "transfer_id": "t", "status": "transferred", "latency_ms": 4.2}
    assert deliver(genesys_simulator, json=body, headers={"webhook-id": "w1"}).status_code == 200
    (kept,) = admin(genesys_simulator, "GET", "sink/media").json()["deliveries"]
    assert (kept["body"], kept["status"], kept["method"]) == (body, 200, "POST")
    assert kept["headers"]["webhook-id"] == "w1"
    assert genesys_simulator.sink("media") == [kept]


def test_sinks_have_names_and_an_unknown_one_is_empty(genesys_simulator: Simulator) -> None:
    deliver(genesys_simulator, "crm", json={})
    assert len(genesys_simulator.sink("crm")) == 1
    assert genesys_simulator.sink("media") == []
    assert genesys_simulator.state()["sinks"] == {"crm": 1}


@pytest.mark.parametrize(("raw", "kept"), [(b"plain", "plain"), (b"", ""), (b"\xe2\x82", "\ufffd"), (b"[1]", [1])])
def test_keeps_a_body_that_is_no_json_as_text(genesys_simulator: Simulator, raw: bytes, kept: object) -> None:
    deliver(genesys_simulator, data=raw)
    assert genesys_simulator.sink("media")[0]["body"] == kept


def test_answers_what_a_fault_says_and_keeps_the_delivery(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=503, sink="media", times=2)
    codes = [deliver(genesys_simulator, json={}).status_code for _ in range(3)]
    other = deliver(genesys_simulator, "crm", json={}).status_code
    assert (codes, other) == ([503, 503, 200], 200)
    assert [kept["status"] for kept in genesys_simulator.sink("media")] == [503, 503, 200]


def test_a_fault_can_be_for_one_interactions_callback(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=410, route="sink", interaction_id="i-2", times="always")
    codes = [deliver(genesys_simulator, json={"interaction_id": name}).status_code for name in ("i-1", "i-2")]
    assert codes == [200, 410]


def test_a_delivery_that_was_reset_is_kept_without_a_status(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("abort", route="sink")
    with pytest.raises(requests.ConnectionError):
        deliver(genesys_simulator, json={})
    assert [kept["status"] for kept in genesys_simulator.sink("media")] == [None]


def test_a_test_can_wait_for_a_delivery(genesys_simulator: Simulator) -> None:
    deliver(genesys_simulator, json={})
    genesys_simulator.wait_for(lambda world: world.count["sink.media"] == 1)


def statuses(box: Simulator, number: int, name: str = "crm") -> list[int]:
    return [deliver(box, name, json={}, allow_redirects=False).status_code for _ in range(number)]


def test_answers_by_its_script_and_then_200(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", 500, 500, 404)
    assert statuses(genesys_simulator, 5) == [500, 500, 404, 200, 200]
    assert statuses(genesys_simulator, 1, "qa") == [200]
    assert [kept["status"] for kept in genesys_simulator.sink("crm")] == [500, 500, 404, 200, 200]


def test_what_comes_after_the_script_can_be_told(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", 200, then=410)
    assert statuses(genesys_simulator, 3) == [200, 410, 410]
    genesys_simulator.script_sink("crm")
    assert statuses(genesys_simulator, 1) == [200]


@pytest.mark.parametrize("status", [200, 204, 301, 304, 429, 503])
def test_an_answer_of_a_script_has_headers_and_a_body(genesys_simulator: Simulator, status: int) -> None:
    told = {"status": status, "location": "http://127.0.0.1:9/", "retry_after": 3, "body": "later"}
    genesys_simulator.script_sink("crm", told, status)
    answer = deliver(genesys_simulator, "crm", json={}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (status, told["location"])
    assert (answer.headers["Retry-After"], answer.text) == ("3", "" if status in (204, 304) else "later")
    assert statuses(genesys_simulator, 1) == [status]


def test_one_sink_can_be_slow_while_another_is_not(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", {"status": 200, "latency_ms": 3_600_000})
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{genesys_simulator.url}/sim/sink/crm", json={}, timeout=0.2)
    assert statuses(genesys_simulator, 1, "qa") == [200]
    (kept,) = genesys_simulator.sink("crm")
    assert (kept["status"], kept["answered_at_s"]) == (None, None)


def test_a_latency_of_a_script_is_waited_for(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", then={"status": 200, "latency_ms": 30})
    assert deliver(genesys_simulator, "crm", json={}).elapsed.total_seconds() >= 0.03
    (kept,) = genesys_simulator.sink("crm")
    assert kept["answered_at_s"] - kept["at_s"] >= 0.03


def test_a_fault_comes_before_the_script_and_uses_no_answer_up(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", 500, 201)
    genesys_simulator.add_fault("status", status=429, sink="crm")
    assert statuses(genesys_simulator, 4) == [429, 500, 201, 200]


def test_a_redirect_is_not_delivered_elsewhere_by_the_sink(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", {"status": 307, "location": f"{genesys_simulator.url}/sim/sink/elsewhere"})
    assert statuses(genesys_simulator, 1) == [307]
    assert genesys_simulator.sink("elsewhere") == []


def test_the_order_of_arrival_is_kept_over_all_sinks(genesys_simulator: Simulator) -> None:
    for name in ("crm", "qa", "crm"):
        deliver(genesys_simulator, name, json={})
    assert [kept["seq"] for kept in genesys_simulator.sink("crm")] == [1, 3]
    assert [kept["seq"] for kept in genesys_simulator.sink("qa")] == [2]


def test_the_body_is_kept_as_it_came_for_who_checks_a_signature(genesys_simulator: Simulator) -> None:
    raw = '{"b":1,  "a": "\u00e9"}'
    deliver(genesys_simulator, data=raw.encode())
    (kept,) = genesys_simulator.sink("media")
    assert (kept["raw"], kept["body"]) == (raw, {"a": "\u00e9", "b": 1})


def test_a_fault_can_be_for_one_state_of_one_action(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=503, execution_state="completed", action_type="knowledge_search")
    bodies = [
        {"correlationId": "c", "actionType": kind, "agentId": "a", "sessionId": "s", "executionState": state}
        for kind in ("sentiment_analysis", "knowledge_search")
        for state in ("initiated", "completed")
    ]
    assert [deliver(genesys_simulator, "crm", json=body).status_code for body in bodies] == [200, 200, 200, 503]


def test_answers_are_counted_by_sink_and_status(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", 500)
    statuses(genesys_simulator, 3)
    genesys_simulator.wait_for(lambda world: world.count["sink.crm.200"] == 2)
    counts = genesys_simulator.counts()
    assert (counts["sink.crm.500"], counts["sink.crm"], counts["sink.received"], counts["sink.answered"]) == (
        1,
        3,
        3,
        3,
    )


def test_what_was_left_can_be_forgotten(genesys_simulator: Simulator) -> None:
    genesys_simulator.script_sink("crm", then=410)
    statuses(genesys_simulator, 2)
    assert genesys_simulator.clear_sink("crm") == 2
    assert (genesys_simulator.sink("crm"), genesys_simulator.clear_sink("crm")) == ([], 0)
    assert statuses(genesys_simulator, 1) == [410]
