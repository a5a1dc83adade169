import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
import websocket

from simulator.server import Simulator
from tests.simulator.client import bearer, fetch, interaction, line, order


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_status_fault_answers_in_the_handlers_stead(genesys_simulator: Simulator, status: int) -> None:
    headers = bearer(genesys_simulator)
    genesys_simulator.add_fault("status", status=status, route="interaction")
    assert [interaction(genesys_simulator, headers=headers).status_code for _ in range(2)] == [status, 200]


@pytest.mark.parametrize(("given", "header"), [(7, "7"), (0.5, "0.5"), (-1, "-1"), ("soon", "soon")])
def test_retry_after_can_be_anything(genesys_simulator: Simulator, given: Any, header: str) -> None:
    genesys_simulator.add_fault("status", status=429, retry_after=given, route="token")
    assert fetch(genesys_simulator).headers["Retry-After"] == header


def test_retry_after_can_be_a_date(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=503, retry_after_date_s=3600, route="token")
    told = parsedate_to_datetime(fetch(genesys_simulator).headers["Retry-After"])
    assert timedelta(minutes=50) < told - datetime.now(UTC) < timedelta(minutes=70)


def test_a_body_of_ones_own_can_be_answered(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=502, body="<html>bad gateway</html>", route="token")
    assert fetch(genesys_simulator).text == "<html>bad gateway</html>"


def test_a_fault_can_be_for_one_interaction_and_one_method(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=500, interaction_id="bad", method="GET", times="always")
    codes = [interaction(genesys_simulator, name).status_code for name in ("good", "bad", "good", "bad")]
    assert codes == [200, 500, 200, 500]


def test_latency_delays_and_then_answers(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", latency_ms=30, route="token")
    answer = fetch(genesys_simulator)
    assert answer.status_code == 200
    assert answer.elapsed >= timedelta(milliseconds=30)


def test_an_aborted_request_sees_a_reset_connection(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("abort", route="token")
    with pytest.raises(requests.ConnectionError, match="reset"):
        fetch(genesys_simulator)
    assert fetch(genesys_simulator).status_code == 200


def test_a_silenced_request_is_never_answered(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("silence", route="token")
    with pytest.raises(requests.ReadTimeout):
        fetch(genesys_simulator, timeout=0.2)
    assert genesys_simulator.counts()["faults.silence"] == 1


@pytest.mark.parametrize("what", ["json", "binary", "utf8"])
def test_junk_is_200_with_a_body_that_cannot_be_read(genesys_simulator: Simulator, what: str) -> None:
    genesys_simulator.add_fault("junk", what=what, route="token")
    answer = fetch(genesys_simulator)
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        json.loads(answer.content.decode())


def test_junk_can_be_huge(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("junk", what="huge", size_bytes=3_000_000, route="token")
    assert len(fetch(genesys_simulator).content) > 3_000_000


def test_a_handshake_can_be_refused(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("refuse_handshake", retry_after=4)
    with pytest.raises(websocket.WebSocketBadStatusException) as caught, line(genesys_simulator):
        pass
    assert caught.value.status_code == 503
    assert caught.value.resp_headers is not None
    assert caught.value.resp_headers["retry-after"] == "4"
    with line(genesys_simulator) as again:
        assert again.ask(order())["status"] == "codec_negotiated"


def test_a_handshake_can_be_refused_with_any_status(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("refuse_handshake", status=429)
    with pytest.raises(websocket.WebSocketBadStatusException) as caught, line(genesys_simulator):
        pass
    assert caught.value.status_code == 429


def test_a_handshake_can_be_reset(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("abort", route="handshake")
    with pytest.raises(ConnectionResetError), line(genesys_simulator):
        pass
