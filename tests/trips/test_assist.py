"""Agent Assist through the whole gateway: never more than fifty actions with the engine, and one outcome for each."""

from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests.trips.house import ALL, House, Lodge, codes
from tests.trips.wire import PATIENCE_S, Wire

AUTHENTICATED = "the assist session is authenticated"
LIMIT = 50  # the tenant's
LONG_S = 60.0  # so far off that nothing of these trips ends by it
SECRET = "what the caller asked for"

_SESSIONS = count(1)


def action(session_id: str, **more: Any) -> dict[str, Any]:
    """The parameters of assist.trigger, in the session of an agent."""
    context = {"agentId": f"agent-of-{session_id}", "sessionId": session_id, "interactionType": "voice"}
    return {
        "action_type": "knowledge_search",
        "parameter_matrix": {"query": SECRET},
        "execution_context": context,
        **more,
    }


def opened(house: House) -> House:
    """`house` once its assist session takes actions."""
    house.process.log.await_line(AUTHENTICATED)
    return house


def patient(lodge: Lodge, **settings: object) -> House:
    """A house in which actions wait for their slots as long as it takes."""
    return opened(lodge(assist__slot_timeout_s=LONG_S, **settings))


def trigger_all(wire: Wire, orders: list[dict[str, Any]]) -> list[int]:
    """Trigger them all at once; their numbers."""
    return [wire.ask("assist.trigger", **order) for order in orders]


def await_in_flight(house: House, number: int) -> None:
    """Until `number` actions are with the engine at once."""
    house.genesys.wait_for(lambda world: world.assist.in_flight == number, PATIENCE_S)


def count_at_engine(house: House, session_id: str) -> list[tuple[str, int]]:
    """The actions of an agent's session as the engine heard of them: correlation id and effects."""
    return [(row["correlation_id"], row["effects"]) for row in house.genesys.actions(session_id)]


@pytest.fixture
def session() -> str:
    """An agent's session of the test's own."""
    return f"session-{next(_SESSIONS)}"


@pytest.fixture
def house(house: House) -> House:
    """The shared gateway, once its assist session takes actions."""
    return opened(house)


# --- one action --------------------------------------------------------------------------------------------------


def test_an_action_is_carried_out_once_and_the_outcome_tells_what_the_engine_said(
    house: House, wire: Wire, session: str
) -> None:
    correlation_id = str(uuid4())
    outcome = wire.call("assist.trigger", **action(session, correlation_id=correlation_id))
    assert (outcome["status"], outcome["correlation_id"]) == ("succeeded", correlation_id)
    assert (outcome["engine_status"], outcome["engine_code"]) == ("result", None)
    assert (outcome["session_id"], outcome["agent_id"]) == (session, f"agent-of-{session}")
    assert count_at_engine(house, session) == [(correlation_id, 1)]


def test_an_action_without_a_correlation_id_gets_one(house: House, wire: Wire, session: str) -> None:
    outcome = wire.call("assist.trigger", **action(session))
    assert count_at_engine(house, session) == [(outcome["correlation_id"], 1)]


def test_the_engines_refusal_is_told_in_its_own_words(house: House, wire: Wire, session: str) -> None:
    house.genesys.add_fault("error", code=422, message="no such document", route="assist", session_id=session)
    outcome = wire.call("assist.trigger", **action(session))
    assert (outcome["status"], codes(outcome), outcome["engine_code"]) == ("failed", ["SB-233"], 422)
    assert "no such document" in outcome["detail"]


def test_every_objection_is_told_at_once_and_nothing_is_sent(house: House, wire: Wire) -> None:
    before = house.genesys.counts()
    outcome = wire.call(
        "assist.trigger",
        action_type="document_extraction",
        parameter_matrix={"documentId": 7, "language": None},
        execution_context={"agentId": "", "interactionType": "voice"},
        correlation_id="4711",
        max_retries=4,
        deadline_s=-1.0,
    )
    assert outcome["status"] == "refused"
    assert codes(outcome) == ["SB-131", "SB-131", "SB-101", "SB-132", "SB-133", "SB-134", "SB-106"]
    assert all(reason["message"] and reason["remedy"] for reason in outcome["reasons"])
    assert house.genesys.counts() == before


def test_what_was_asked_for_is_not_on_record(house: House, wire: Wire, session: str) -> None:
    assert wire.call("assist.trigger", **action(session))["status"] == "succeeded"
    records = wire.call("audit.query", interaction_id=session)["records"]
    assert records[0]["kind"] == "assist.accepted"
    assert records[0]["data"]["order"]["parameter_matrix"] == "(not recorded)"
    assert SECRET not in str(records) + house.process.log.text


# --- many ----------------------------------------------------------------------------------------------------------


def test_of_five_hundred_at_once_the_engine_never_sees_the_fifty_first(lodge: Lodge) -> None:
    house = patient(lodge)
    house.genesys.change_settings(
        assist_answers="held", assist_latency="uniform", assist_latency_ms=1, assist_latency_spread_ms=50
    )
    sessions = {f"s-{number}": [str(uuid4()) for _ in range(25)] for number in range(20)}
    wires = [house.wire() for _ in range(4)]
    asked = []
    for turn in range(25):
        for number, (session_id, ids) in enumerate(sessions.items()):
            wire = wires[number % len(wires)]
            order = action(session_id, correlation_id=ids[turn], deadline_s=LONG_S)
            order["execution_context"]["agentId"] = f"agent-{number % 7}"
            asked.append((wire, wire.ask("assist.trigger", **order)))
    await_in_flight(house, LIMIT)
    house.genesys.change_settings(assist_answers="told")
    outcomes = [wire.result(number) for wire, number in asked]
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    counts = house.genesys.counts()
    assert (counts["assist.most_in_flight"], counts.get("assist.over_limit", 0)) == (LIMIT, 0)
    assert counts["assist.effected"] == counts["frames.assist"] == len(outcomes) == 500
    for session_id, ids in sessions.items():
        assert count_at_engine(house, session_id) == [(one, 1) for one in ids]


def test_a_limit_set_at_run_time_is_kept_and_lifted(lodge: Lodge) -> None:
    house = patient(lodge)
    wire = house.wire()
    assert wire.call("assist.limit", max_in_flight=3) == {
        "max_in_flight": 3,
        "before": LIMIT,
        "limit": 3,
        "in_flight": 0,
    }
    house.genesys.change_settings(assist_latency_ms=100)
    for number in trigger_all(wire, [action("few") for _ in range(12)]):
        assert wire.result(number)["status"] == "succeeded"
    assert house.genesys.counts()["assist.most_in_flight"] <= 3

    assert wire.call("assist.limit", max_in_flight=1)["before"] == 3
    house.genesys.change_settings(assist_answers="held")
    asked = trigger_all(wire, [action("more") for _ in range(5)])
    await_in_flight(house, 1)
    assert wire.call("assist.limit", max_in_flight=5) == {"max_in_flight": 5, "before": 1, "limit": 5, "in_flight": 1}
    await_in_flight(house, 5)
    house.genesys.change_settings(assist_answers="told")
    assert {wire.result(number)["status"] for number in asked} == {"succeeded"}
    assert wire.error("assist.limit", max_in_flight=0)["code"] == -32602


def test_past_the_queue_is_busy_and_past_the_wait_is_slot_timeout(lodge: Lodge) -> None:
    house = opened(lodge(assist__max_in_flight=1, assist__queue=1, assist__slot_timeout_s=1))
    house.genesys.add_fault("latency", latency_ms=600_000, route="assist", session_id="held")
    wire = house.wire()
    wire.ask("assist.trigger", **action("held"))
    await_in_flight(house, 1)
    waits, is_one_too_many = trigger_all(wire, [action("waits"), action("is-one-too-many")])
    busy, late = wire.result(is_one_too_many), wire.result(waits)
    assert (busy["status"], codes(busy)) == ("refused", ["SB-231"])
    assert "busy" in busy["detail"]
    assert (late["status"], codes(late)) == ("refused", ["SB-230"])
    assert "slot_timeout" in late["detail"]
    assert late["slot_wait_ms"] >= 1000
    assert house.genesys.counts()["frames.assist"] == 1


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_a_lost_result_times_out_and_frees_its_slot(lodge: Lodge) -> None:
    house = patient(lodge, assist__max_in_flight=1, assist__action_timeout_s=2)
    house.genesys.add_fault("mute_answers", route="assist")
    wire = house.wire()
    lost, next_one = trigger_all(wire, [action("lost"), action("next")])
    outcome = wire.result(lost)
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-232"])
    assert "action_timeout" in outcome["detail"]
    outcome = wire.result(next_one)
    assert (outcome["status"], outcome["slot_wait_ms"] > 0) == ("succeeded", True)
    assert wire.call("actor.show", name="assist")["facts"]["in_flight"] == 0


def sockets(house: House, rows: list[dict[str, Any]]) -> list[list[int]]:
    """On which sockets the frames of each action came."""
    actions = [house.genesys.action(row["correlation_id"]) or {} for row in rows]
    return [[frame["socket"] for frame in one["frames"]] for one in actions]


def in_flight_when_the_socket_drops(house: House) -> list[dict[str, Any]]:
    """Fifty actions that the engine knows of when their socket is reset; their rows there, once all have succeeded."""
    wire = house.wire()
    ids = [str(uuid4()) for _ in range(LIMIT)]
    orders = [action(f"s-{number}", correlation_id=one, deadline_s=LONG_S) for number, one in enumerate(ids)]
    asked = trigger_all(wire, orders)
    house.await_genesys("assist.effected", LIMIT)
    assert house.genesys.drop_sessions(socket="assist", abort=True) == 1
    house.genesys.change_settings(assist_answers="told")
    outcomes = [wire.result(number) for number in asked]
    assert [outcome["correlation_id"] for outcome in outcomes] == ids
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    rows = house.genesys.actions()
    assert [row["effects"] for row in rows] == [1] * LIMIT
    assert {row["correlation_id"] for row in rows} == set(ids)
    return rows


def test_fifty_at_work_when_the_socket_drops_succeed_on_the_next_one(lodge: Lodge) -> None:
    house = patient(lodge)
    house.genesys.change_settings(assist_answers="held")
    in_flight_when_the_socket_drops(house)
    assert house.genesys.counts()["assist.most_in_flight"] == LIMIT


def test_fifty_whose_results_went_with_the_socket_get_them_on_the_next_one(lodge: Lodge) -> None:
    house = patient(lodge)
    house.genesys.add_fault("mute_answers", route="assist", times=LIMIT)
    before, after = max(sockets(house, in_flight_when_the_socket_drops(house)))
    assert sockets(house, house.genesys.actions()) == [[before, after]] * LIMIT
    assert before != after


def test_a_new_token_is_shown_on_the_same_socket_and_nothing_is_dropped(lodge: Lodge) -> None:
    house = lodge(start=False, assist__slot_timeout_s=LONG_S)
    house.genesys.change_settings(token_lifetime_s=4, assist_latency_ms=20)
    opened(house.open())
    house.genesys.add_fault("latency", latency_ms=5000, route="assist", session_id="slow")
    wire = house.wire()
    slow = wire.ask("assist.trigger", **action("slow"))
    await_in_flight(house, 1)
    while house.genesys.counts()["assist.connected"] < 3:
        assert wire.call("assist.trigger", **action("steady"))["status"] == "succeeded"
    assert wire.result(slow)["status"] == "succeeded"
    rows = house.genesys.actions()
    assert {row["effects"] for row in rows} == {1}
    assert len({number for numbers in sockets(house, rows) for number in numbers}) == 1
    records = wire.call("audit.query", kind="assist.ended", limit=ALL)["records"]
    assert len(records) == len(rows)


def test_a_token_that_is_revoked_costs_no_action(lodge: Lodge) -> None:
    house = patient(lodge)
    wire = house.wire()
    assert wire.call("assist.trigger", **action("before"))["status"] == "succeeded"
    house.genesys.revoke_tokens()
    outcome = wire.call("assist.trigger", **action("after"))
    assert outcome["status"] == "succeeded"
    assert count_at_engine(house, "after") == [(outcome["correlation_id"], 1)]
    assert house.genesys.counts()["assist.connected"] == 2
