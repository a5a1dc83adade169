"""Whatever comes over the control socket is answered in words, and costs nobody else anything."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.trips.house import House, Lodge, transfer
from tests.trips.wire import PATIENCE_S, Hung, Wire

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_PERMITTED, BUSY = -32001, -32002
MIB = 1024 * 1024
NOBODY = 65_534
GREETING = {"name", "version", "pid", "protocol", "role"}


@pytest.fixture(autouse=True)
def everybody_else_is_served(house: House) -> Iterator[None]:
    """After each test, whatever it sent."""
    yield
    with house.wire() as another:
        assert another.call("gateway.status")["state"] == "running"
        assert not [child for child in walk(another.call("gateway.tree")) if child.get("restarts")]


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every row of the supervision tree."""
    yield node
    for child in node.get("children", ()):
        yield from walk(child)


def test_hello_comes_first_and_tells_the_role(house: House, wire: Wire) -> None:
    assert set(wire.hello) == GREETING
    assert (wire.hello["role"], wire.hello["pid"]) == ("admin", house.process.pid)


def test_a_line_of_two_mib_is_refused_and_the_connection_goes_on(wire: Wire) -> None:
    wire.write(b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (2 * MIB) + b'"}\n')
    error = wire.line()["error"]
    assert (error["code"], error["message"]) == (INVALID_REQUEST, f"the line is over {MIB} bytes")
    assert error["data"]["remedy"]
    assert wire.call("gateway.status")["state"] == "running"


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        (b'{"jsonrpc": "2.0", "id": 1, "meth\n', PARSE_ERROR, "not JSON"),
        (b"\xff\xfe\n", PARSE_ERROR, "not JSON"),
        (b"[]\n", INVALID_REQUEST, "no JSON object"),
        (b'{"id": 1, "method": "gateway.status"}\n', INVALID_REQUEST, "not JSON-RPC 2.0"),
        (b'{"jsonrpc": "2.0", "id": 1, "params": ' + b"[" * 40 + b"]" * 40 + b"}\n", INVALID_REQUEST, "nests deeper"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "gateway.statsu"}\n', METHOD_NOT_FOUND, "gateway.statsu"),
    ],
)
def test_what_is_no_request_is_answered_and_the_connection_goes_on(
    wire: Wire, raw: bytes, code: int, words: str
) -> None:
    wire.write(raw)
    error = wire.line()["error"]
    assert error["code"] == code
    assert words in error["message"]
    assert error["data"]["remedy"]
    assert wire.call("gateway.status")["state"] == "running"


def test_half_an_object_without_its_newline_is_told_and_cut(wire: Wire) -> None:
    wire.write(b'{"jsonrpc": "2.0", "id": 1, "method": "gateway.status"')
    error = wire.line()["error"]
    assert (error["code"], "no newline" in error["message"]) == (PARSE_ERROR, True)
    with pytest.raises(Hung):
        wire.line()


def test_a_negative_deadline_is_refused_as_an_outcome(house: House, wire: Wire) -> None:
    outcome = wire.call("transfer.start", **transfer("late", deadline_s=-5.0))
    (reason,) = outcome["reasons"]
    assert (outcome["status"], reason["code"], reason["gate"]) == ("refused", "SB-106", "deadline")
    assert house.seen("late") == []


def test_wrong_types_are_told_field_by_field(house: House, wire: Wire) -> None:
    before = len(wire.call("command.list")["commands"])
    matrix = {"audio": {"codec": 7, "bandwidth_kbps": "64"}, "video": {"fps": 2.5}, "text": {}}
    error = wire.error(
        "transfer.start", interaction_id=None, media_matrix=matrix, deadline_s="soon", dry_run="yes", urgent=True
    )
    assert error["code"] == INVALID_PARAMS
    assert {wrong["field"] for wrong in error["data"]["fields"]} == {
        "interaction_id",
        "destination_uri",
        "media_matrix.audio.codec",
        "media_matrix.audio.bandwidth_kbps",
        "media_matrix.video.fps",
        "media_matrix.text",
        "deadline_s",
        "dry_run",
        "urgent",
    }
    assert all(wrong["problem"] for wrong in error["data"]["fields"])
    assert len(wire.call("command.list")["commands"]) == before


def test_requests_may_be_pipelined_and_bytes_may_come_one_by_one(wire: Wire) -> None:
    asked = [wire.ask("gateway.status") for _ in range(200)]
    assert {wire.result(number)["state"] for number in reversed(asked)} == {"running"}
    for letter in orjson.dumps({"jsonrpc": "2.0", "id": 999, "method": "gateway.status"}) + b"\n":
        wire.write(bytes([letter]))
    assert wire.answer(999)["result"]["state"] == "running"


def test_the_sixty_fifth_client_is_told_why_it_cannot_come_in(lodge: Lodge) -> None:
    place = lodge(start=False)
    place.launch().log.await_line("ready")
    clients = [place.wire() for _ in range(64)]
    assert {client.hello["role"] for client in clients} == {"admin"}
    late = place.wire()
    assert (late.hello["role"], late.hello["error"]["code"]) == (None, BUSY)
    assert "SWITCHBOARD_CONTROL__MAX_CLIENTS" in late.hello["error"]["data"]["remedy"]
    with pytest.raises(Hung):
        late.line()
    assert {client.call("gateway.status")["state"] for client in clients} == {"running"}


def test_a_client_that_hangs_up_takes_nothing_with_it(house: House, wire: Wire) -> None:
    wire.call("events.subscribe", kinds=["order.ended"])
    with house.wire() as hasty:
        hasty.ask("transfer.start", **transfer("abandoned"))
        house.genesys.wait_for(lambda world: any(row.interaction_id == "abandoned" for row in world.transfers.values()))
    assert wire.event()["data"]["interaction_id"] == "abandoned"


def test_a_client_that_does_not_read_its_events_slows_nobody(house: House, wire: Wire) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as deaf:
        deaf.connect(str(house.socket))
        deaf.sendall(orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "events.subscribe"}) + b"\n")
        asked = [wire.ask("transfer.start", **transfer(f"heard-{number}")) for number in range(100)]
        assert {wire.result(number)["status"] for number in asked} == {"succeeded"}


def test_events_are_told_again_from_any_number_on(wire: Wire) -> None:
    wire.call("events.subscribe", kinds=["order.accepted", "order.ended"])
    wire.call("transfer.start", **transfer("told-twice"))
    first = [wire.event(), wire.event()]
    wire.call("events.subscribe", kinds=["order.accepted", "order.ended"], since_seq=first[0]["seq"] - 1)
    assert [wire.event(), wire.event()] == first
    assert [event["kind"] for event in first] == ["order.accepted", "order.ended"]
    assert set(first[0]) == {"seq", "at", "kind", "data"}


def test_every_method_is_described(wire: Wire) -> None:
    described = wire.call("rpc.discover")
    assert described["openrpc"]
    names = {method["name"] for method in described["methods"]}
    assert {"transfer.start", "gateway.drain", "audit.verify", "session.list", "events.subscribe"} <= names


# --- who may what ----------------------------------------------------------------------------------------------


def as_nobody(house: House, method: str, **params: object) -> list[dict[str, Any]]:
    """What user 65534 hears: its hello and its answer."""
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    command = [sys.executable, str(Path(__file__).with_name("stranger.py")), str(house.socket), str(NOBODY), line]
    heard = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout
    return [json.loads(line) for line in heard.splitlines()]


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def open_house(lodge: Lodge) -> Lodge:
    """`lodge`, with a directory and a socket that everybody may open."""

    def make(**settings: object) -> House:
        house = lodge(**settings)
        house.folder.parent.chmod(0o755)
        house.folder.chmod(0o755)
        house.socket.chmod(0o666)
        return house

    return make


@needs_root
def test_a_stranger_is_turned_away_and_that_goes_on_record(open_house: Lodge) -> None:
    house = open_house()
    (hello,) = as_nobody(house, "gateway.status")
    assert (hello["params"]["role"], hello["params"]["error"]["code"]) == (None, NOT_PERMITTED)
    assert "SWITCHBOARD_CONTROL__VIEWERS" in hello["params"]["error"]["data"]["remedy"]
    wire = house.wire()
    wire.call("transfer.start", **transfer("one"))  # the journal takes one after the other
    (record,) = wire.call("audit.query", kind="peer.refused")["records"]
    assert (record["data"]["uid"], record["data"]["attempts"]) == (NOBODY, 1)


@needs_root
def test_a_viewer_may_look_and_give_no_orders(open_house: Lodge) -> None:
    house = open_house(control__viewers=NOBODY)
    hello, shown = as_nobody(house, "gateway.status")
    assert (hello["params"]["role"], shown["result"]["state"]) == ("viewer", "running")
    for method, params in (("transfer.start", transfer("one")), ("gateway.stop", {}), ("session.close", {"name": "x"})):
        _hello, answer = as_nobody(house, method, **params)
        assert answer["error"]["code"] == NOT_PERMITTED
    assert house.seen("one") == []


@needs_root
def test_an_operator_gives_orders_in_his_own_name_and_stops_nobody(open_house: Lodge) -> None:
    house = open_house(control__operators=NOBODY)
    _hello, answer = as_nobody(house, "transfer.start", **transfer("one"))
    assert answer["result"]["status"] == "succeeded"
    _hello, answer = as_nobody(house, "gateway.stop")
    assert answer["error"]["code"] == NOT_PERMITTED
    accepted = house.wire().call("audit.query", interaction_id="one")["records"][0]
    assert (accepted["peer"]["role"], accepted["peer"]["uid"]) == ("operator", NOBODY)


@needs_root
def test_the_socket_is_closed_to_others_by_its_modes_already(lodge: Lodge) -> None:
    house = lodge()
    assert house.socket.stat().st_mode & 0o777 == 0o660
    house.folder.parent.chmod(0o755)
    house.folder.chmod(0o755)
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "gateway.status"})
    command = [sys.executable, str(Path(__file__).with_name("stranger.py")), str(house.socket), str(NOBODY), line]
    assert subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout == "denied\n"
