"""No secret of a URL gets into a record."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.redaction import redacted, redacted_text, without

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("https://cdn.example/a.mp3?sig=s3cr3t", "https://cdn.example/a.mp3"),
        ("https://cdn.example/a.mp3#s3cr3t", "https://cdn.example/a.mp3"),
        ("https://bob:s3cr3t@cdn.example/a.mp3", "https://cdn.example/a.mp3"),
        ("HTTPS://cdn.example?s3cr3t", "HTTPS://cdn.example"),
        ("https://cdn.example/a?b='x y' \"s3cr3t\"", "https://cdn.example/a"),
        ("GET https://cdn.example/a?sig=s3cr3t failed", "GET https://cdn.example/a failed"),
        ("https://cdn.example/a@b", "https://cdn.example/a@b"),
        ("sip:bob@pbx.example?subject=x", "sip:bob@pbx.example?subject=x"),
        ("genesys://user/7", "genesys://user/7"),
        ("why? me@work", "why? me@work"),
    ],
)
def test_cuts_out_of_urls_what_may_be_secret(text: str, recorded: str) -> None:
    assert redacted_text(text) == recorded


def test_finds_urls_at_any_depth() -> None:
    document = orjson.dumps({"a": [{"b": "https://h/x?s3cr3t"}], "n": 1, "z": None, "t": True})
    assert orjson.loads(redacted(document)) == {"a": [{"b": "https://h/x"}], "n": 1, "z": None, "t": True}


def test_leaves_a_document_without_urls_as_it_is() -> None:
    document = b'{"question":"why?","who":"me@work"}'
    assert redacted(document) is document


@given(st.text("ab/:?#@ '\"\\\n", max_size=20), st.sampled_from("?#"))
def test_nothing_after_a_question_mark_survives(rest: str, mark: str) -> None:
    assert SECRET not in redacted_text(f"https://h/{mark}{rest}{SECRET}")


def test_what_callers_may_have_said_is_withheld_and_said_to_have_been_there() -> None:
    assert without(b'{"a":"hello","b":1}', frozenset({"a"})) == b'{"a":"(not recorded)","b":1}'


def test_an_order_that_is_not_confidential_is_left_as_it_is() -> None:
    assert without(b'{"a":"hello"}', frozenset()) == b'{"a":"hello"}'
