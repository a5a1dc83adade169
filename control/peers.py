"""Who may do what, by what the kernel says of the other side of the socket. Pure; fails closed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from messages.orders import Peer

Role: TypeAlias = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")  # each may do what the ones before it may

IdOf: TypeAlias = Callable[[str], int | None]
"""The number of a user's or a group's name; None when there is none."""


class BadPeerRule(ValueError):  # noqa: N818 - named for what it is
    """An entry of the settings that names nobody: a configuration error, told at the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What SO_PEERCRED and SO_PEERGROUPS say; `groups` are the supplementary ones."""

    pid: int
    uid: int
    gid: int
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Numbers of the users and groups that have a role."""

    uids: frozenset[tuple[Role, int]]
    gids: frozenset[tuple[Role, int]] = frozenset()


def read_access(
    own_uid: int,
    *,
    operators: Iterable[str] = (),
    viewers: Iterable[str] = (),
    admins: Iterable[str] = (),
    uid_of: IdOf,
    gid_of: IdOf,
) -> Access:
    """The rules of the settings: a user (name or number), `@` and a group (name or number); else BadPeerRule.

    `uid:1000` and `gid:50` say the same as `1000` and `@50`. The daemon's own user and root are admins in any case.
    """
    uids: set[tuple[Role, int]] = {("admin", own_uid), ("admin", 0)}
    gids: set[tuple[Role, int]] = set()
    lists: tuple[tuple[Role, Iterable[str]], ...] = (("admin", admins), ("operator", operators), ("viewer", viewers))
    for role, entries in lists:
        for entry in entries:
            whose, number = _read_rule(entry.strip(), uid_of, gid_of)
            (uids if whose == "uid" else gids).add((role, number))
    return Access(uids=frozenset(uids), gids=frozenset(gids))


def role_of(who: Credentials, access: Access) -> Role | None:
    """The most powerful role that `access` gives, None for a stranger."""
    groups = who.groups | {who.gid}
    for role in reversed(ROLES):
        if (role, who.uid) in access.uids or any((role, gid) in access.gids for gid in groups):
            return role
    return None


def peer_of(who: Credentials, role: Role) -> Peer:
    """Who gives orders, as the record will say it."""
    return Peer(role=role, pid=who.pid, uid=who.uid, gid=who.gid)


def may(role: Role, needed: Role) -> bool:
    """Whether `role` suffices where `needed` is asked for."""
    return ROLES.index(role) >= ROLES.index(needed)


def _read_rule(entry: str, uid_of: IdOf, gid_of: IdOf) -> tuple[Literal["uid", "gid"], int]:
    entry = f"@{entry[4:]}" if entry.startswith("gid:") else entry.removeprefix("uid:")
    name = entry.removeprefix("@")
    of_group = entry.startswith("@")
    found = int(name) if name.isascii() and name.isdigit() else (gid_of if of_group else uid_of)(name)
    if found is None:
        raise BadPeerRule(f"{entry!r} is no user here (name or number), and no @group (name or number)")
    return ("gid" if of_group else "uid"), found
