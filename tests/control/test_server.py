"""The door over a real socket: who is let in, what comes in, and that nobody can hurt anybody else."""

import socket
import stat
from collections.abc import Callable
from contextlib import ExitStack

import orjson
import pytest

from control.server import ControlServer
from control.wire import (
    BUSY,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    LINE_BYTES,
    METHOD_NOT_FOUND,
    NOT_PERMITTED,
    PARSE_ERROR,
)
from messages.gateway import ShowGateway
from messages.journal import RecordNote
from tests.control.house import PATIENCE_S, Client, FakeHouse, until

STATUS = {"state": "running"}


@pytest.fixture(autouse=True)
def steward(house: FakeHouse) -> None:
    house.actors["gateway"].answers[ShowGateway] = STATUS


# --- coming in -----------------------------------------------------------------------------------------------


def test_says_hello_first(client: Client) -> None:
    assert client.hello["name"] == "switchboard"
    assert (client.hello["version"], client.hello["role"], client.hello["protocol"]) == ("9.9.9", "admin", 1)


def test_the_socket_is_for_the_daemons_user_and_group_only(house: FakeHouse, door: ControlServer) -> None:
    assert stat.S_IMODE(house.claim.path.stat().st_mode) == 0o660
    assert stat.S_IMODE(house.claim.path.parent.stat().st_mode) == 0o750


def test_a_stranger_is_told_why_and_shown_the_door_and_put_on_record_once(house: FakeHouse) -> None:
    server = house.server(role=None)
    server.start()
    for _ in range(3):
        with Client(house.claim.path) as stranger:
            assert stranger.hello["role"] is None
            assert stranger.hello["error"]["code"] == NOT_PERMITTED
            assert "SWITCHBOARD_CONTROL__VIEWERS" in stranger.hello["error"]["data"]["remedy"]
            assert stranger.at_end()
    note = house.journal.hears()
    assert isinstance(note, RecordNote)
    assert (note.kind, note.subject) == ("peer.refused", "uid 1000")
    assert note.data == {"pid": 4711, "uid": 1000, "gid": 1000, "attempts": 1}
    server.stop(PATIENCE_S)
    assert house.journal.heard.empty()


def test_one_client_too_many_is_told_so_and_the_others_do_not_notice(house: FakeHouse, door: ControlServer) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(house.claim.path)) for _ in range(64)]
        with Client(house.claim.path) as one_too_many:
            assert one_too_many.hello["error"]["code"] == BUSY
            assert one_too_many.at_end()
        assert all(client.call("gateway.status") == STATUS for client in clients)
        clients[0].close()
        until(lambda: door.facts()["clients"] == 63)
        assert stack.enter_context(Client(house.claim.path)).hello["role"] == "admin"


# --- lines ---------------------------------------------------------------------------------------------------


def test_half_an_object_is_answered_and_the_connection_goes_on(client: Client) -> None:
    client.send(b'{"jsonrpc":"2.0","id":1,"method":"gateway.st\n')
    answer = client.read()
    assert (answer["id"], answer["error"]["code"]) == (None, PARSE_ERROR)
    assert client.call("gateway.status") == STATUS


def test_a_line_of_2_mib_is_answered_and_the_connection_goes_on(client: Client) -> None:
    client.send(b'{"x":"' + b"a" * (2 * LINE_BYTES) + b'"}\n')
    error = client.read()["error"]
    assert error["code"] == INVALID_REQUEST
    assert str(LINE_BYTES) in error["message"]
    assert client.call("gateway.status") == STATUS


def test_a_line_that_is_not_finished_in_time_ends_the_connection(client: Client) -> None:
    client.send(b'{"jsonrpc"')
    error = client.read()["error"]
    assert error["code"] == PARSE_ERROR
    assert "newline" in error["message"]
    assert client.at_end()


def test_a_request_may_come_in_pieces(client: Client) -> None:
    line = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "gateway.status"}) + b"\n"
    for byte in line:
        client.send(bytes([byte]))
    assert client.read()["result"] == STATUS


def test_a_notification_is_carried_out_and_not_answered(house: FakeHouse, client: Client) -> None:
    client.send(b'{"jsonrpc":"2.0","method":"gateway.status"}\n')
    assert house.actors["gateway"].hears() == ShowGateway()
    client.send(b'{"jsonrpc":"2.0","method":"no.such"}\n')
    client.ask("gateway.status")
    assert client.read()["id"] == 1


def test_a_client_that_ends_its_side_still_gets_its_answers(client: Client) -> None:
    for _ in range(5):
        client.ask("gateway.status")
    client.socket.shutdown(socket.SHUT_WR)
    assert [client.read()["id"] for _ in range(5)] == [1, 2, 3, 4, 5]
    assert client.at_end()


def test_pipelined_requests_are_all_answered(client: Client) -> None:
    for _ in range(1000):
        client.ask("gateway.status")
    assert {client.read()["id"] for _ in range(1000)} == set(range(1, 1001))


def test_more_open_requests_than_allowed_are_busy_and_the_rest_is_not_lost(house: FakeHouse, client: Client) -> None:
    del house.actors["gateway"].answers[ShowGateway]  # it does not answer, so they stay open
    for _ in range(1001):
        client.ask("gateway.status")
    answer = client.read()
    assert (answer["id"], answer["error"]["code"]) == (1001, BUSY)


# --- what may be asked ---------------------------------------------------------------------------------------


def test_an_unknown_method_names_the_nearest(client: Client) -> None:
    error = client.fails("gateway.statsu")
    assert error["code"] == METHOD_NOT_FOUND
    assert error["data"]["did_you_mean"][0] == "gateway.status"


def test_every_bad_parameter_is_named(client: Client) -> None:
    error = client.fails("transfer.start", interaction_id=7, deadline_s="soon", colour="red")
    assert error["code"] == INVALID_PARAMS
    wrong = {entry["field"] for entry in error["data"]["fields"]}
    assert wrong == {"interaction_id", "destination_uri", "deadline_s", "colour"}


@pytest.mark.parametrize(
    ("role", "method", "permitted"),
    [
        ("viewer", "gateway.status", True),
        ("viewer", "transfer.start", False),
        ("viewer", "session.restart", False),
        ("operator", "session.restart", True),
        ("operator", "gateway.stop", False),
    ],
)
def test_each_role_may_do_its_own(house: FakeHouse, role: str, method: str, permitted: bool) -> None:
    server = house.server(role=role)  # type: ignore[arg-type] # pytest's parameters are strings
    server.start()
    with Client(house.claim.path) as client:
        client.ask(method)
        answer = client.read()
        assert (answer.get("error", {}).get("code") != NOT_PERMITTED) is permitted
    server.stop(PATIENCE_S)


# --- coming and going ----------------------------------------------------------------------------------------


def test_stopping_ends_every_connection(house: FakeHouse) -> None:
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        client.call("events.subscribe")
        server.stop(PATIENCE_S)
        assert client.at_end()
    assert house.journal.held == []
    assert house.deaths.empty()


def test_a_door_that_was_stopped_is_replaced_by_another_on_the_same_path(house: FakeHouse) -> None:
    for _ in range(2):
        server = house.server()
        server.start()
        with Client(house.claim.path) as client:
            assert client.call("gateway.status") == STATUS
        server.stop(PATIENCE_S)


def broken(*_message: object) -> None:
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("notice", [None, broken], ids=["when its actor is asked", "before anybody is asked"])
def test_a_fault_of_our_own_ends_the_door_and_its_keeper_hears_why(
    house: FakeHouse, notice: Callable[[], None] | None
) -> None:
    house.actors["gateway"].answers[ShowGateway] = broken
    house.actors["gateway"].notice = notice
    server = house.server()
    server.start()
    with Client(house.claim.path) as client:
        client.ask("gateway.status")
        assert client.at_end()
    assert isinstance(house.deaths.get(timeout=PATIENCE_S), ZeroDivisionError)
    assert house.actors["gateway"].heard.empty() is (notice is not None)
    server.stop(PATIENCE_S)


def test_an_answer_without_a_json_form_is_an_error_and_no_end(house: FakeHouse, client: Client) -> None:
    house.actors["gateway"].answers[ShowGateway] = {"state": object()}
    error = client.fails("gateway.status")
    assert error["code"] == INTERNAL_ERROR
    assert "no JSON form" in error["message"]


def test_tells_facts_about_itself(house: FakeHouse, door: ControlServer, client: Client) -> None:
    facts = door.facts()
    assert facts["socket"] == str(house.claim.path)
    assert (facts["clients"], facts["accepted"], facts["orders_waited_for"]) == (1, 1, 0)
