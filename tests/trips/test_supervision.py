"""Parts of the gateway are restarted under way: no order is lost, and nothing is sent twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.state import World
from tests.trips.house import House, Lodge, settle, transfer
from tests.trips.wire import Wire

NAMES = tuple(f"i-{number}" for number in range(20))
CANARY = "canary-4f1c9b-secret"


@pytest.fixture
def house(lodge: Lodge) -> House:
    """A gateway whose answers may take as long as a test holds them."""
    return lodge(transfers__answer_timeout_s=120)


def hold(house: House, wire: Wire) -> list[int]:
    """Orders whose answers are lost: they end only when the same ids are sent again on another connection."""
    house.genesys.add_fault("mute_answers", times=len(NAMES))
    asked = [wire.ask("transfer.start", **transfer(name, deadline_s=120.0)) for name in NAMES]
    house.await_genesys("frames.transfer", len(NAMES))
    return asked


def assert_all_succeeded_once(house: House, wire: Wire, asked: list[int]) -> None:
    outcomes = [wire.result(number) for number in asked]
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    rows = [row for name in NAMES for row in house.seen(name)]
    assert [row["effects"] for row in rows] == [1] * len(NAMES)
    assert [row["id"] for row in rows] == [outcome["transfer_id"] for outcome in outcomes]
    ends = wire.call("audit.query", kind="transfer.ended")["records"]
    assert sorted(end["interaction_id"] for end in ends) == sorted(NAMES)
    assert wire.call("audit.verify")["ok"]


def rows(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every row of the supervision tree."""
    yield node
    for child in node.get("children", ()):
        yield from rows(child)


def row(wire: Wire, name: str) -> dict[str, Any]:
    """The row of one actor."""
    (found,) = [child for child in rows(wire.call("gateway.tree")) if child["name"] == name]
    return found


@pytest.mark.parametrize("actor", ["transfer", "session.transfer", "streams", "sessions", "work"])
def test_an_actor_that_is_restarted_with_orders_open_loses_none(house: House, actor: str) -> None:
    wire = house.wire()
    asked = hold(house, wire)
    restarted = wire.call("actor.restart", name=actor, reason="a test of nerves")
    assert restarted == {"restarted": True, "name": actor, "incarnation": 2}
    if actor in {"transfer", "work"}:  # the session has stayed, and with it the connection; the ids are sent again
        house.await_genesys("frames.transfer", 2 * len(NAMES))
    assert_all_succeeded_once(house, wire, asked)
    assert (row(wire, actor)["incarnation"], row(wire, actor)["restarts"]) == (2, 1)


@pytest.mark.parametrize("actor", ["audit", "archive", "clock", "token", "rest", "rest.1", "webhooks", "gateway"])
def test_an_actor_that_orders_pass_through_is_restarted_and_none_is_lost(house: House, actor: str) -> None:
    wire = house.wire()
    asked = hold(house, wire)
    assert wire.call("actor.restart", name=actor)["restarted"]
    house.genesys.drop_sessions(abort=True)
    assert_all_succeeded_once(house, wire, asked)
    assert wire.call("transfer.start", **transfer("afterwards"))["status"] == "succeeded"


def test_actors_are_restarted_one_after_the_other_while_orders_stream_in(house: House) -> None:
    wire, admin = house.wire(), house.wire()
    asked = []
    for number, actor in enumerate(("rest.2", "transfer", "audit", "session.transfer", "token", "webhooks")):
        asked += [wire.ask("transfer.start", **transfer(f"i-{number}-{each}", deadline_s=120.0)) for each in range(20)]
        assert admin.call("actor.restart", name=actor)["restarted"]
    outcomes = [wire.result(number) for number in asked]
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    effects = {transfer["interaction_id"]: transfer["effects"] for transfer in house.genesys.transfers()}
    assert len(house.genesys.transfers()) == len(effects) == len(asked)
    assert set(effects.values()) == {1}
    assert wire.call("audit.verify")["ok"]


def test_the_door_itself_can_be_restarted_and_the_orders_go_on(house: House) -> None:
    wire = house.wire()
    hold(house, wire)
    wire.ask("actor.restart", name="control")
    house.process.log.await_line("control#2")
    house.genesys.drop_sessions(abort=True)
    orders = settle(house.wire())
    assert [order["status"] for order in orders.values()] == ["succeeded"] * len(NAMES)


def test_a_restart_is_seen_in_the_tree_the_events_and_the_record(house: House) -> None:
    wire = house.wire()
    wire.call("events.subscribe", kinds=["actor.restarted"])
    wire.call("actor.restart", name="transfer", reason="a test of nerves")
    event = wire.event()
    assert (event["data"]["name"], event["data"]["incarnation"], event["data"]["restarts"]) == ("transfer", 2, 1)
    assert wire.call("actor.show", name="transfer")["incarnation"] == 2
    wire.call("transfer.start", **transfer("one"))  # the journal takes one after the other
    (record,) = wire.call("audit.query", kind="actor.restart")["records"]
    assert (record["interaction_id"], record["data"]["reason"]) == ("transfer", "a test of nerves")
    assert record["peer"]["role"] == "admin"


def test_a_session_is_restarted_on_request_without_costing_an_order(house: House) -> None:
    wire = house.wire()
    asked = hold(house, wire)
    assert wire.call("session.restart", name="transfer", reason="maintenance") == {"done": True}
    assert_all_succeeded_once(house, wire, asked)
    (session,) = [one for one in wire.call("session.list")["sessions"] if one["name"] == "transfer"]
    assert (session["state"], session["reconnects"]) == ("open", 1)
    assert row(wire, "session.transfer")["restarts"] == 0


def test_a_session_that_was_closed_stays_so_until_it_is_restarted(house: House) -> None:
    wire = house.wire()
    wire.call("events.subscribe", kinds=["session.lost", "session.restarted"])
    wire.call("session.close", name="transfer")
    assert wire.event()["kind"] == "session.lost"
    asked = wire.ask("transfer.start", **transfer("one", deadline_s=120.0))
    (session,) = [one for one in wire.call("session.list")["sessions"] if one["name"] == "transfer"]
    assert session["state"] == "closed"
    wire.call("session.restart", name="transfer")
    assert wire.event()["kind"] == "session.restarted"
    assert wire.result(asked)["status"] == "succeeded"


def test_nobody_of_that_name_is_a_parameter_that_is_wrong(house: House) -> None:
    wire = house.wire()
    assert wire.call("actor.restart", name="nobody")["restarted"] is False
    assert wire.error("actor.show", name="nobody")["data"]["fields"][0]["field"] == "name"
    assert wire.error("session.restart", name="nobody")["code"] == -32602


# --- what must never be seen -----------------------------------------------------------------------------------


def test_no_secret_and_no_token_is_in_any_log_record_event_or_answer(lodge: Lodge) -> None:
    house = lodge(start=False, log__level="TRACE", token__scopes="interaction:transfer,websocket:use,interaction:view")
    secrets = house.folder / "secret"
    secrets.write_text(CANARY)
    house.genesys.change_settings(client_secret=CANARY)
    del house.environment["GENESYS_CLIENT_SECRET"]
    house.environment["GENESYS_CLIENT_SECRET_FILE"] = str(secrets)
    wire = house.open().wire()
    command_line = Path(f"/proc/{house.process.pid}/cmdline").read_bytes()
    surroundings = Path(f"/proc/{house.process.pid}/environ").read_bytes()
    wire.call("events.subscribe", since_seq=0)
    provoke_everything(house, wire)
    export = wire.call("audit.export")["path"]
    house.terminate()
    assert house.process.code() == 0
    tokens = tokens_of(house)
    assert len(tokens) >= 2
    written = [path.read_bytes() for path in house.folder.iterdir() if path.is_file() and path != secrets]
    said = [*wire.heard, *written, house.process.log.text.encode(), command_line, surroundings]
    assert Path(export).read_bytes() in said
    for canary in (CANARY, *tokens):
        assert not [place for place in said if canary.encode() in place]


def provoke_everything(house: House, wire: Wire) -> None:
    """Successes, errors, a token revoked, a handshake refused, actors that crash with a token in hand."""
    wire.call("transfer.start", **transfer("one", request_id="ticket-1"))
    house.genesys.add_fault("refuse_handshake", status=401)
    house.genesys.add_fault("status", status=401, route="interaction", times=2)
    house.genesys.revoke_tokens()
    house.genesys.drop_sessions(abort=True)
    wire.call("transfer.start", **transfer("two", deadline_s=120.0))
    wire.call("transfer.start", **transfer("three", deadline_s=120.0))
    house.genesys.add_fault("status", status=503, route="token", body=CANARY)
    wire.call("token.refresh")
    for actor in ("token", "rest", "session.transfer"):
        wire.call("actor.restart", name=actor)
    for method in ("gateway.status", "gateway.tree", "session.list", "token.status", "budget.show", "audit.metrics"):
        wire.call(method)
    for actor in ("token", "rest", "rest.1", "session.transfer", "transfer"):
        wire.call("actor.show", name=actor)
    wire.call("command.show", request_id="ticket-1")
    wire.error("transfer.start", interaction_id=7)


def tokens_of(house: House) -> list[str]:
    """Every token that Genesys ever granted."""
    found: list[str] = []

    def read(world: World) -> bool:
        found.extend(world.grants)
        return True

    house.genesys.wait_for(read)
    return found
