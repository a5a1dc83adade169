"""Identifiers: what we mint, what we take."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ids import is_id, is_uuid, uuid7


@settings(deadline=None)
@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_a_minted_id_is_a_uuid_7_that_holds_its_time(epoch_ms: int, random_bits: int) -> None:
    minted = UUID(uuid7(epoch_ms, random_bits))
    assert (minted.version, minted.variant) == (7, "specified in RFC 4122")
    assert minted.int >> 80 == epoch_ms


def test_later_ids_sort_behind_earlier_ones() -> None:
    assert uuid7(1, 2**74 - 1) < uuid7(2, 0)


@settings(deadline=None)
@given(st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_no_random_bit_is_lost(one: int, other: int) -> None:
    assert (uuid7(7, one) == uuid7(7, other)) == (one == other)


@pytest.mark.parametrize("text", ["a", "A.b_c:d-9", "...", "x" * 128, "0190a5a0-0000-7000-8000-000000000001"])
def test_takes_a_well_formed_id(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "x" * 129, "a/b", "a b", "a\n", "\na", "a%2e", "ä", "a?b", "a#b", "a\x00", "\u0661"]
)
def test_takes_no_id_that_could_climb_or_inject(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("0190a5a0-0000-7000-8000-000000000001", True),
        ("0190A5A0-0000-7000-8000-00000000000F", True),
        ("0190a5a0000070008000000000000001", False),
        ("{0190a5a0-0000-7000-8000-000000000001}", False),
        ("urn:uuid:0190a5a0-0000-7000-8000-000000000001", False),
        ("monday-7", False),
        ("", False),
    ],
)
def test_knows_a_uuid_in_its_canonical_form(text: str, is_one: bool) -> None:
    assert is_uuid(text) is is_one


@settings(deadline=None)
@given(st.text())
def test_no_text_is_too_odd_to_ask_about(text: str) -> None:
    assert is_id(text) in {True, False}
    assert is_uuid(text) in {True, False}
