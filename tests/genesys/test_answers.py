"""Reading JSON: what orjson would let pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.answers import read_object
from genesys.errors import Malformed


def test_reads_an_object() -> None:
    assert read_object(b'{"a": [1, {"b": null}], "c": "\xc3\xab"}') == {"a": [1, {"b": None}], "c": "ë"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"7",
        b"{",
        b'{"a":1}x',
        b"<html>",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"{'a': 1}",
        b'{"a": 01}',
        b'\xef\xbb\xbf{"a": 1}',
    ],
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_object(body)


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b'{"x":{"a":1,"b":2,"a":1}}', b'{"x":[{"a":1,"\\u0061":2}]}'])
def test_a_key_that_comes_twice_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        read_object(body)


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_thirty_two_levels_are_read_and_one_more_is_not() -> None:
    assert read_object(nested(32))
    for depth in (33, 1_000, 100_000):
        with pytest.raises(Malformed):
            read_object(nested(depth))
    with pytest.raises(Malformed, match="deeper"):
        read_object(b'{"a":' + b"[" * 32 + b"]" * 32 + b"}")


@pytest.mark.parametrize("number", [b"18446744073709551616", b"9" * 10_000, b"1e5", b"1e999", b"-0"])
def test_a_huge_number_is_read_or_malformed(number: bytes) -> None:
    try:
        assert set(read_object(b'{"a": ' + number + b"}")) == {"a"}
    except Malformed:
        return


@given(body=st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    try:
        assert isinstance(read_object(body), dict)
    except Malformed:
        return
