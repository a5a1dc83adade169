"""switchboardctl sim …: HTTP to the simulator that gateway.status names."""

import pytest
from pytest_httpserver import HTTPServer

from messages.gateway import ShowGateway
from tests.control.cli.conftest import Ctl
from tests.control.house import FakeHouse


@pytest.fixture(autouse=True)
def simulated(house: FakeHouse, httpserver: HTTPServer) -> None:
    house.actors["gateway"].answers[ShowGateway] = {"simulator": httpserver.url_for("/")}


def test_arms_a_fault_with_everything_it_takes(httpserver: HTTPServer, ctl: Ctl) -> None:
    fault = {
        "action": "status",
        "status": 503,
        "retry_after": "soon",
        "match": {"route": "interaction"},
        "times": "always",
        "after": 2,
    }
    httpserver.expect_oneshot_request("/sim/faults", method="POST", json=fault).respond_with_json({"ids": ["f1"]})
    options = "--match route=interaction --set status=503 --set retry_after=soon --times always --after 2"
    assert ctl("sim", "faults", "add", "status", *options.split()).lines == ["✔ armed: f1"]


def test_a_fault_may_strike_a_number_of_times(httpserver: HTTPServer, ctl: Ctl) -> None:
    fault = {"action": "codec_unsupported", "times": 2}
    httpserver.expect_oneshot_request("/sim/faults", method="POST", json=fault).respond_with_json({"ids": ["f1"]})
    assert ctl("sim", "faults", "add", "codec_unsupported", "--times", "2").code == 0


def test_lists_and_disarms_faults(httpserver: HTTPServer, ctl: Ctl) -> None:
    httpserver.expect_request("/sim/faults", method="GET").respond_with_json({"faults": []})
    httpserver.expect_request("/sim/faults", method="DELETE").respond_with_json({"removed": 3})
    httpserver.expect_request("/sim/faults/f1", method="DELETE").respond_with_json({"removed": 1})
    assert ctl("sim", "faults", "list").lines == ["no faults are armed"]
    assert ctl("sim", "faults", "clear").lines == ["✔ 3 faults disarmed"]
    assert ctl("sim", "faults", "clear", "f1").lines == ["✔ 1 faults disarmed"]


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ([], {"abort": True}),
        (["--count", "2"], {"count": 2, "abort": True}),
        (["--code", "1008"], {"code": 1008}),
    ],
)
def test_drops_sessions(httpserver: HTTPServer, ctl: Ctl, options: list[str], body: dict[str, object]) -> None:
    dropping = httpserver.expect_oneshot_request("/sim/sessions/drop", method="POST", json=body)
    dropping.respond_with_json({"dropped": 5})
    assert ctl("sim", "drop-sessions", *options).lines == ["✔ 5 sessions dropped"]


def test_shows_what_arrived_at_a_sink(httpserver: HTTPServer, ctl: Ctl) -> None:
    delivery = {"seq": 1, "headers": {"webhook-id": "w-1"}, "status": 200, "raw": '{"a":1}'}
    httpserver.expect_request("/sim/sink/crm").respond_with_json({"deliveries": [delivery]})
    httpserver.expect_request("/sim/sink/qa").respond_with_json({"deliveries": []})
    assert ctl("sim", "sink", "crm").lines[-1].split() == ["1", "w-1", "200", '{"a":1}']
    assert ctl("sim", "sink", "crm", "--json").json == {"deliveries": [delivery]}
    assert ctl("sim", "sink", "qa").lines == ["nothing arrived there"]


def test_shows_what_the_transcription_service_heard(httpserver: HTTPServer, ctl: Ctl) -> None:
    lane = {"conversation_id": "call-7", "participant_id": "customer", "distinct": 99, "missing": [[4, 5]]}
    httpserver.expect_request("/sim/lanes/call-7").respond_with_json({"lanes": [lane]})
    shown = "\n".join(ctl("sim", "heard", "call-7").lines)
    assert "customer" in shown
    assert "99" in shown
    httpserver.expect_request("/sim/lanes").respond_with_json({"lanes": []})
    assert ctl("sim", "heard").lines == ["no audio has been heard"]


def test_restarts_the_transcription_service(httpserver: HTTPServer, ctl: Ctl) -> None:
    body = {"grace_s": 5, "down_s": 0}
    httpserver.expect_request("/sim/transcription/restart", "POST", json=body).respond_with_json({"restarting": body})
    told = ctl("sim", "restart-transcription", "--grace-s", "5").lines
    assert told == ["✔ the transcription service restarts"]


def test_shows_what_the_simulator_counted(httpserver: HTTPServer, ctl: Ctl) -> None:
    state = {"counts": {"tokens": 2}, "settings": {"strict": True}, "interactions": ["a", "b"], "faults": []}
    httpserver.expect_request("/sim/state").respond_with_json(state)
    assert ctl("sim", "state").lines == [
        "counts.tokens  2",
        "settings.strict  true",
        "interactions  2",
        "faults        0",
    ]
    assert ctl("sim", "state", "--json").json == state


def test_what_the_simulator_refuses_is_a_usage_error(httpserver: HTTPServer, ctl: Ctl) -> None:
    problems = {"problems": ["action: expected one of latency, status"]}
    httpserver.expect_request("/sim/faults").respond_with_json(problems, status=400)
    ran = ctl("sim", "faults", "add", "boom")
    assert ran.code == 2
    assert "expected one of latency" in ran.err


def test_a_pair_without_its_value_is_a_usage_error(ctl: Ctl) -> None:
    ran = ctl("sim", "faults", "add", "status", "--set", "status")
    assert ran.code == 2
    assert "write --set NAME=VALUE" in ran.err


def test_a_gateway_against_a_real_genesys_has_no_simulator(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[ShowGateway] = {"simulator": None}
    ran = ctl("sim", "state")
    assert ran.code == 69
    assert "real Genesys" in ran.err


def test_a_simulator_that_is_gone_is_unreachable(ctl: Ctl) -> None:
    assert ctl("sim", "state", "--url", "http://127.0.0.1:1").code == 4
