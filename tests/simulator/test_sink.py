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
