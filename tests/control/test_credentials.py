"""What the kernel says of a peer."""

import os
import socket

from control.credentials import gid_of, hung_up, read_credentials, uid_of


def test_reads_who_is_on_the_other_side() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        who = read_credentials(ours)
    assert (who.pid, who.uid, who.gid) == (os.getpid(), os.getuid(), os.getgid())
    assert who.groups == frozenset(os.getgroups())


def test_finds_users_and_groups_by_name() -> None:
    assert uid_of("root") == 0
    assert gid_of("root") == 0
    assert uid_of("no such user") is None
    assert gid_of("no such group") is None


def test_ending_ones_side_is_not_hanging_up() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours:
        assert not hung_up(ours.fileno())
        theirs.shutdown(socket.SHUT_WR)
        assert not hung_up(ours.fileno())
        theirs.close()
        assert hung_up(ours.fileno())
    assert hung_up(ours.fileno())
