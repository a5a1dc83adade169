"""Roles by peer credentials."""

import pytest

from control.peers import Access, BadPeerRule, Credentials, may, peer_of, read_access, role_of

USERS = {"alice": 1001, "bob": 1002}
GROUPS = {"ops": 50, "floor": 60}


def access(**lists: list[str]) -> Access:
    return read_access(500, uid_of=USERS.get, gid_of=GROUPS.get, **lists)


def who(uid: int, gid: int = 999, *groups: int) -> Credentials:
    return Credentials(pid=7, uid=uid, gid=gid, groups=frozenset(groups))


def test_the_daemons_own_user_and_root_are_admins() -> None:
    assert role_of(who(500), access()) == "admin"
    assert role_of(who(0), access()) == "admin"


def test_a_stranger_has_no_role() -> None:
    assert role_of(who(1001), access()) is None


def test_nobody_is_let_in_by_a_group_whose_number_is_a_users() -> None:
    assert role_of(who(1, 500), access(operators=["uid:50"])) is None


@pytest.mark.parametrize("entry", ["uid:1001", "1001", "alice", "gid:50", "@50", "@ops", " alice "])
def test_a_user_or_a_group_may_be_named_or_numbered(entry: str) -> None:
    assert role_of(who(1001, 50), access(operators=[entry])) == "operator"


def test_a_supplementary_group_counts() -> None:
    assert role_of(who(1001, 999, 60), access(viewers=["@floor"])) == "viewer"


def test_the_most_powerful_role_counts() -> None:
    rules = access(viewers=["alice"], operators=["@ops"], admins=["bob"])
    assert role_of(who(1001, 50), rules) == "operator"
    assert role_of(who(1002, 50), rules) == "admin"


NOBODY = ("carol", "@nobody", "uid:", "uid:-1", "uid:x", "gid:1 0", "", "uid:²", "@", "user:alice")


@pytest.mark.parametrize("entry", NOBODY)
def test_an_entry_that_names_nobody_is_an_error_of_the_settings(entry: str) -> None:
    with pytest.raises(BadPeerRule, match="is no user here"):
        access(operators=[entry])


def test_each_role_may_do_what_the_ones_below_it_may() -> None:
    assert may("admin", "operator")
    assert may("operator", "operator")
    assert not may("viewer", "operator")


def test_the_peer_on_record_has_the_kernels_numbers() -> None:
    peer = peer_of(who(1001, 50), "operator")
    assert (peer.role, peer.pid, peer.uid, peer.gid) == ("operator", 7, 1001, 50)
