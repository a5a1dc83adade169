"""Keys that callers bring."""

import pytest

from media.keys import KeyRing, bearer
from messages.media import MediaKey, TakeKeys

OLD, NEW = MediaKey(key="old-key"), MediaKey(key="new-key", secret="c2VjcmV0")


def test_several_keys_are_good_at_once() -> None:
    ring = KeyRing([OLD, NEW])
    assert ring.find("old-key") is OLD
    assert ring.find("new-key") is NEW


@pytest.mark.parametrize("offered", ["", "old-ke", "old-key ", "OLD-KEY", "\udcff", "ключ"])
def test_anything_else_is_none(offered: str) -> None:
    assert KeyRing([OLD, NEW]).find(offered) is None


def test_a_key_may_have_several_secrets_or_none() -> None:
    ring = KeyRing([MediaKey(key="a", secret="c2VjcmV0"), MediaKey(key="b"), MediaKey(key="a", secret="AAAA")])
    assert [ring.secrets(offered) for offered in ("a", "b", "c")] == [(b"secret", bytes(3)), (b"",), None]


def test_others_may_be_taken_and_those_before_are_forgotten() -> None:
    ring = KeyRing([OLD])
    ring.take([NEW])
    assert (ring.find("old-key"), ring.secrets("old-key")) == (None, None)
    assert (ring.find("new-key"), ring.secrets("new-key")) == (NEW, (b"secret",))


def test_no_key_is_seen_where_the_order_to_take_it_is_shown() -> None:
    assert repr(TakeKeys(keys=(OLD, NEW))) == "TakeKeys()"


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer ", None),
        ("Bearer", None),
        ("Basic abc", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bearer_is_read_from_its_header(header: str | None, token: str | None) -> None:
    assert bearer(header) == token
