"""Keys that callers bring."""

import pytest

from media.keys import KeyRing, bearer
from messages.media import MediaKey

OLD, NEW = MediaKey(key="old-key"), MediaKey(key="new-key", secret="c2VjcmV0")


def test_several_keys_are_good_at_once() -> None:
    ring = KeyRing([OLD, NEW])
    assert ring.find("old-key") is OLD
    assert ring.find("new-key") is NEW


@pytest.mark.parametrize("offered", ["", "old-ke", "old-key ", "OLD-KEY", "\udcff", "ключ"])
def test_anything_else_is_none(offered: str) -> None:
    assert KeyRing([OLD, NEW]).find(offered) is None


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
