"""Lines to requests and back: whatever comes in, there is a request or an error that says what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.wire import (
    DEPTH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    Request,
    RpcError,
    line_too_long,
    nests_deeper_than,
    parse_request,
    render_error,
    render_notification,
    render_result,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
MEMBERS = st.fixed_dictionaries({}, optional={"jsonrpc": JSON, "method": JSON, "params": JSON, "id": JSON})


def parsed_or_error(line: bytes) -> Request | RpcError:
    try:
        return parse_request(line)
    except RpcError as error:
        return error


def error_of(line: bytes) -> RpcError:
    with pytest.raises(RpcError) as caught:
        parse_request(line)
    return caught.value


def request(**members: Any) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "gateway.status", **members})


@given(st.binary())
def test_any_bytes_give_a_request_or_an_error(line: bytes) -> None:
    assert isinstance(parsed_or_error(line), Request | RpcError)


@given(MEMBERS)
def test_any_object_gives_a_request_or_an_error_that_can_be_rendered(members: Mapping[str, Any]) -> None:
    outcome = parsed_or_error(orjson.dumps(members))
    if isinstance(outcome, RpcError):
        assert orjson.loads(render_error(outcome))["error"]["code"] in (PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS)


def test_reads_a_request() -> None:
    line = request(method="actor.show", params={"name": "token"}, id="a-7")
    assert parse_request(line) == Request(method="actor.show", params={"name": "token"}, request_id="a-7")


def test_a_request_without_parameters_has_none() -> None:
    assert parse_request(request()).params == {}


def test_a_request_without_an_id_is_a_notification() -> None:
    assert parse_request(b'{"jsonrpc":"2.0","method":"x"}').notification
    assert not parse_request(b'{"jsonrpc":"2.0","method":"x","id":null}').notification


def test_half_an_object_is_a_parse_error() -> None:
    error = error_of(b'{"jsonrpc":"2.0","id":1,"meth')
    assert (error.code, error.request_id) == (PARSE_ERROR, None)


@pytest.mark.parametrize("line", [b"\xff\xfe{}", b'"\\ud800"', b"NaN", b"{}{}", b"{'a':1}"])
def test_what_is_not_json_in_utf8_is_a_parse_error(line: bytes) -> None:
    assert error_of(line).code == PARSE_ERROR


@pytest.mark.parametrize("line", [b"[]", b"1", b'"x"', b"null", b"[{}]"])
def test_what_is_no_object_is_an_invalid_request(line: bytes) -> None:
    assert error_of(line).code == INVALID_REQUEST


@pytest.mark.parametrize("members", [{"jsonrpc": "1.0"}, {"jsonrpc": None}, {"method": 7}, {"method": None}])
def test_a_malformed_request_is_answered_under_its_own_id(members: dict[str, Any]) -> None:
    error = error_of(request(**members))
    assert (error.code, error.request_id) == (INVALID_REQUEST, 1)


@pytest.mark.parametrize("request_id", [1.5, True, [1], {"a": 1}, 1e300])
def test_an_id_is_a_string_or_a_whole_number(request_id: object) -> None:
    error = error_of(request(id=request_id))
    assert (error.code, error.request_id) == (INVALID_REQUEST, None)


@pytest.mark.parametrize("params", [[], [1, 2], "x", 1, None])
def test_parameters_are_taken_by_name_only(params: object) -> None:
    error = error_of(request(params=params))
    assert (error.code, error.request_id) == (INVALID_PARAMS, 1)


def test_nesting_is_bounded() -> None:
    def nested(levels: int) -> bytes:  # the request itself is one level, its parameters are another
        return request(params={"x": 0}).replace(b'"x":0', b'"x":' + b"[" * levels + b"]" * levels)

    assert parse_request(nested(DEPTH - 2)).method == "gateway.status"
    assert error_of(nested(DEPTH - 1)).code == INVALID_REQUEST
    assert error_of(nested(5_000)).code == PARSE_ERROR


def test_depth_counts_containers() -> None:
    assert not nests_deeper_than({"a": [1, 2]}, 2)
    assert nests_deeper_than({"a": [1, {"b": 2}]}, 2)
    assert not nests_deeper_than([[]] * 100, 2)


def test_brackets_in_strings_do_not_nest() -> None:
    assert parse_request(request(params={"x": "[{" * 200})).params == {"x": "[{" * 200}


def test_renders_one_line_each() -> None:
    for line in (
        render_result(7, {"text": "two\nlines"}),
        render_error(line_too_long()),
        render_notification("event", {"seq": 1}),
    ):
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert orjson.loads(line)["jsonrpc"] == "2.0"


def test_renders_what_actors_answer_with() -> None:
    answer = render_result(None, {"a": MappingProxyType({"b": (1, 2)}), "c": frozenset({"y", "x"})})
    assert orjson.loads(answer)["result"] == {"a": {"b": [1, 2]}, "c": ["x", "y"]}


def test_an_error_without_data_has_no_data() -> None:
    assert orjson.loads(render_error(RpcError(-32601, "no such method", request_id="q"))) == {
        "jsonrpc": "2.0",
        "id": "q",
        "error": {"code": -32601, "message": "no such method"},
    }


def test_refuses_to_render_what_has_no_json_form() -> None:
    with pytest.raises(TypeError):
        render_result(1, {"x": object()})
