"""Keys of callers."""

import pytest

from web.keys import BadKeys, bearer_of, peer, read_keys

OLD, NEW = "old-0123456789abcdef", "new-0123456789abcdef=="


def test_every_key_that_is_listed_is_known_by_its_name() -> None:
    keys = read_keys([f"crm:{OLD}", f" dialler:{NEW} "])
    assert keys.name_of(OLD) == "crm"
    assert keys.name_of(NEW) == "dialler"


def test_a_key_without_a_name_goes_by_its_fingerprint() -> None:
    name = read_keys([OLD]).name_of(OLD)
    assert name is not None
    assert name.startswith("key-")
    assert len(name) == 12


@pytest.mark.parametrize("bearer", ["", OLD[:-1], OLD + "x", OLD.upper(), "grüße-0123456789abcdef"])
def test_anything_else_is_a_stranger(bearer: str) -> None:
    assert read_keys([f"crm:{OLD}"]).name_of(bearer) is None


def test_no_keys_are_no_keys() -> None:
    assert not read_keys([])
    assert read_keys([OLD])


@pytest.mark.parametrize(
    "entry", ["", "short", "a key with spaces in it", "naïve:" + OLD, "n:", f"a b:{OLD}", f":{OLD}"]
)
def test_an_entry_that_is_no_key_is_refused_and_not_repeated(entry: str) -> None:
    with pytest.raises(BadKeys) as refused:
        read_keys([OLD, entry])
    assert "key 2" in str(refused.value)
    assert OLD not in str(refused.value)


def test_a_key_does_not_show_itself() -> None:
    assert OLD not in repr(read_keys([f"crm:{OLD}"]))


@pytest.mark.parametrize(
    ("header", "bearer"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("", None), ("Bearer", "")],
)
def test_the_scheme_is_read_in_any_case(header: str, bearer: str | None) -> None:
    assert bearer_of(header) == bearer


def test_callers_are_operators_of_whom_the_kernel_knows_nothing() -> None:
    assert (peer().role, peer().pid, peer().uid, peer().gid) == ("operator", -1, -1, -1)
