"""Reading JSON answers: what orjson leaves open is closed here."""

import json
from typing import Any

import orjson

from genesys.errors import Malformed
from genesys.limits import ANSWER_DEPTH


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; Malformed when it is none, is nested deeper than 32, or names a key twice.

    orjson alone takes 1,024 levels and keeps the last of two equal keys (reliability section 2).
    """
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the answer is no JSON: {error.msg}") from None
    if not isinstance(told, dict):
        raise Malformed(f"the answer is no JSON object but {type(told).__name__}")
    if body.count(b"{") + body.count(b"[") > ANSWER_DEPTH and _deeper_than(told, ANSWER_DEPTH):
        raise Malformed(f"the answer is nested deeper than {ANSWER_DEPTH} levels")
    json.loads(body, object_pairs_hook=_refuse_twins, parse_int=str, parse_float=str)
    return told


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _contents(outer)]
    return bool([inner for inner in level if isinstance(inner, dict | list)])


def _contents(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_twins(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _value in pairs}) != len(pairs):
        raise Malformed("the answer names a key twice")
