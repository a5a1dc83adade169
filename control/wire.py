"""JSON-RPC 2.0, one object a line: bytes in, a request or a typed error out; answers in, bytes out. Pure.

Source: https://www.jsonrpc.org/specification; batches are not taken, since requests may be pipelined instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from messages.base import Json

LINE_BYTES = 1 << 20  # the longest line taken, without its newline; DESIGN section 5
DEPTH = 32  # deepest nesting taken; the parser alone would take 1,024

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_PERMITTED = -32001
BUSY = -32002
DRAINING = -32003

RequestId: TypeAlias = str | int | None


class RpcError(Exception):
    """What is answered in place of a result; `data` says what to do, and for bad parameters names every bad field."""

    def __init__(self, code: int, message: str, data: Json = None, request_id: RequestId = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.request_id = request_id

    def as_json(self) -> dict[str, Json]:
        """The `error` member of the answer."""
        error: dict[str, Json] = {"code": self.code, "message": self.message}
        return error if self.data is None else {**error, "data": self.data}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; a `notification` is carried out and never answered."""

    method: str
    params: Mapping[str, Any]
    request_id: RequestId = None
    notification: bool = False


def parse_request(line: bytes) -> Request:
    """The request in `line`; RpcError with the request's id wherever that could be read."""
    read = _object(line)
    request_id = _request_id(read)
    method, params = read.get("method"), read.get("params", {})
    if read.get("jsonrpc") != "2.0":
        raise _invalid("this is not JSON-RPC 2.0", 'send {"jsonrpc": "2.0", "id": 1, "method": "…"}', request_id)
    if not isinstance(method, str):
        raise _invalid("`method` is missing or no string", "rpc.discover lists the methods", request_id)
    if not isinstance(params, dict):
        wrong: list[Json] = [{"field": "params", "problem": "must be an object: parameters are taken by name only"}]
        raise RpcError(INVALID_PARAMS, "the parameters are no object", {"fields": wrong}, request_id)
    return Request(method=method, params=params, request_id=request_id, notification="id" not in read)


def line_too_long() -> RpcError:
    """What a line over LINE_BYTES is answered with; the connection goes on with the next line."""
    remedy = "send the next request on a line of its own; nothing of this one was carried out"
    return RpcError(INVALID_REQUEST, f"the line is over {LINE_BYTES} bytes", {"remedy": remedy})


def line_unfinished(after_s: float) -> RpcError:
    """What a line without its newline is answered with, after `after_s` seconds and before the connection closes."""
    remedy = "end each request with a newline, and send it in one go"
    return RpcError(PARSE_ERROR, f"no newline within {after_s} s of the line's first byte", {"remedy": remedy})


def render_result(request_id: RequestId, result: object) -> bytes:
    """The line that answers `request_id`."""
    return _line({"jsonrpc": "2.0", "id": request_id, "result": result})


def render_error(error: RpcError) -> bytes:
    """The line that answers the request of `error`."""
    return _line({"jsonrpc": "2.0", "id": error.request_id, "error": error.as_json()})


def render_notification(method: str, params: Mapping[str, object]) -> bytes:
    """A line that nobody answers."""
    return _line({"jsonrpc": "2.0", "method": method, "params": params})


def nests_deeper_than(value: object, levels: int) -> bool:
    """Whether containers in `value` nest deeper than `levels`."""
    level = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _object(line: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        remedy = "send one whole JSON object a line, in UTF-8"
        raise RpcError(PARSE_ERROR, f"the line is not JSON: {error}", {"remedy": remedy}) from error
    if not isinstance(read, dict):
        raise _invalid("the line is no JSON object", "send one request a line; pipeline them instead of batching", None)
    if line.count(b"{") + line.count(b"[") > DEPTH and nests_deeper_than(read, DEPTH):
        raise _invalid(f"the request nests deeper than {DEPTH} levels", "send flatter parameters", None)
    return read


def _inside(outer: object) -> list[object]:
    """What `outer` holds; nothing for what is no container."""
    if isinstance(outer, dict):
        return list(outer.values())
    return outer if isinstance(outer, list) else []


def _request_id(read: Mapping[str, Any]) -> RequestId:
    request_id = read.get("id")
    if request_id is None or (isinstance(request_id, str | int) and not isinstance(request_id, bool)):
        return request_id
    raise _invalid("`id` must be a string, a whole number or null", "number your requests 1, 2, 3 …", None)


def _invalid(message: str, remedy: str, request_id: RequestId) -> RpcError:
    return RpcError(INVALID_REQUEST, message, {"remedy": remedy}, request_id)


def _line(value: object) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> object:
    """What orjson does not know of itself: mappings that are no dict, and sets."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
