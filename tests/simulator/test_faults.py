from typing import Any

import pytest

from simulator.faults import ACTIONS, HTTP, ROUTES, Fault, read_faults
from simulator.forms import BadInput


def wrong(given: object) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_faults(given)
    return caught.value.problems


def test_reads_one_fault() -> None:
    assert read_faults({"action": "close", "code": 1008, "match": {"interaction_id": "i-1"}, "times": 3}) == [
        Fault(action="close", match={"interaction_id": "i-1"}, times=3, options={"code": 1008})
    ]


@pytest.mark.parametrize("wrap", [lambda entries: entries, lambda entries: {"faults": entries}])
def test_reads_a_list_and_an_object_with_a_list(wrap: Any) -> None:
    read = read_faults(wrap([{"action": "abort"}, {"action": "silence", "times": "always"}]))
    assert [(fault.action, fault.times) for fault in read] == [("abort", 1), ("silence", None)]


def test_latency_may_go_with_every_action() -> None:
    (fault,) = read_faults({"action": "mute_pong", "latency_ms": 250})
    assert fault.latency_s == 0.25


def test_names_every_problem_of_every_fault() -> None:
    assert wrong([{"action": "close", "code": 1006}, {"action": "latency", "times": 0}, {"action": "nap"}, 5]) == [
        "faults[0].code: expected a close code that can be sent, for example 1008, got 1006",
        'faults[1].times: expected a whole number of at least 1, or "always", got 0',
        "faults[1].latency_ms: missing; expected a number from 0 to 3.6e+06",
        f"faults[2].action: expected one of {', '.join(ACTIONS)}, got 'nap'",
        "faults[3]: expected a JSON object, got 5",
    ]


def test_refuses_an_action_where_it_cannot_happen() -> None:
    (problem,) = wrong({"action": "codec_unsupported", "match": {"route": "token"}})
    assert problem == "match.route: codec_unsupported cannot happen on token; use one of transfer"


def test_refuses_a_match_that_nothing_has() -> None:
    (problem,) = wrong({"action": "abort", "match": {"interactionid": "i-1"}})
    assert problem == "match.interactionid: not a field here; did you mean interaction_id?"


@pytest.mark.parametrize("given", [{}, {"action": None}, {"action": ["abort"]}])
def test_a_fault_without_a_usable_action_is_refused(given: object) -> None:
    assert len(wrong(given)) == 1


def test_every_action_can_happen_somewhere() -> None:
    assert all(action.routes and action.routes <= ROUTES for action in ACTIONS.values())


def test_a_fault_fits_its_routes_only() -> None:
    fault = Fault(action="status")
    assert {route for route in ROUTES if fault.fits({"route": route})} == HTTP
    assert {route for route in ROUTES if Fault(action="drop_events").fits({"route": route})} == {"playback"}


def test_an_engine_fails_with_an_error_code_only() -> None:
    (fault,) = read_faults({"action": "error", "code": 503, "retry_after": "soon", "match": {"route": "assist"}})
    assert fault.options == {"code": 503, "retry_after": "soon"}
    assert [problem.partition(":")[0] for problem in wrong({"action": "error", "code": 200})] == ["code"]
    assert wrong({"action": "error", "match": {"route": "transfer"}}) == [
        "match.route: error cannot happen on transfer; use one of assist, connect"
    ]


def test_a_fault_can_be_for_one_type_of_action_or_one_state_of_it() -> None:
    given = {"action_type": "guess", "execution_state": "done"}
    assert [line.partition(":")[0] for line in wrong({"action": "abort", "match": given})] == [
        "match.action_type",
        "match.execution_state",
    ]


def test_a_fault_can_be_for_one_socket() -> None:
    fault = Fault(action="refuse_handshake", match={"socket": "events"})
    assert fault.fits({"route": "handshake", "socket": "events"})
    assert not fault.fits({"route": "handshake", "socket": "transfer"})


def test_a_fault_fits_where_every_match_is_met() -> None:
    fault = Fault(action="abort", match={"route": "transfer", "codec": "opus"})
    assert fault.fits({"route": "transfer", "codec": "opus", "interaction_id": "i"})
    assert not fault.fits({"route": "transfer", "codec": "pcmu"})
    assert not fault.fits({"route": "ping"})
