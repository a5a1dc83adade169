"""Records are canonical, and hang together."""

from types import MappingProxyType

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.orders import Peer
from storage.record import GENESIS, canonical, canonical_order, link, peer_json, record_json
from tests.storage.kit import transfer

PEER = Peer(role="operator", pid=7, uid=1000, gid=100)


def test_canonical_json_sorts_keys_at_every_depth() -> None:
    assert canonical({"b": {"d": 1, "c": (2, 3)}, "a": None}) == b'{"a":null,"b":{"c":[2,3],"d":1}}'


def test_any_mapping_is_an_object() -> None:
    assert canonical(MappingProxyType({"a": MappingProxyType({})})) == b'{"a":{}}'


@pytest.mark.parametrize("value", [{"a": object()}, {1: "a"}, {"a": 2**64}, {"a": "\ud800"}])
def test_what_json_cannot_say_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_an_order_is_sorted_too() -> None:
    fields = list(orjson.loads(canonical_order(transfer())))
    assert fields == sorted(fields)


def test_a_peer_is_who_the_kernel_says_and_nothing_else() -> None:
    assert peer_json(PEER) == b'{"gid":100,"pid":7,"role":"operator","uid":1000}'
    assert peer_json(None) == b"null"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(texts, texts, texts, st.integers(1, 2**53))
def test_a_record_is_its_own_canonical_form(kind: str, request_id: str, subject: str, seq: int) -> None:
    record = record_json(seq, "2026-01-01T00:00:00.000Z", kind, request_id, subject, peer_json(PEER), b'{"a":1}')
    fields = orjson.loads(record)
    assert canonical(fields) == record
    assert (fields["seq"], fields["kind"], fields["interaction_id"]) == (seq, kind, subject)
    assert fields["peer"]["uid"] == 1000


def test_the_same_record_has_another_hash_in_another_place() -> None:
    first = link(GENESIS, b"{}")
    assert first != link(first, b"{}")
