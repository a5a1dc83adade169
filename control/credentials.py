"""What the kernel says of the process on the other side. Linux only. Source: unix(7)."""

import errno
import grp
import pwd
import select
import socket
import struct

from control.peers import Credentials

_UCRED = struct.Struct("iII")  # struct ucred: pid, uid, gid
_SO_PEERGROUPS = 59  # asm-generic/socket.h, since Linux 4.13; Python has no name for it
_GROUPS_BYTES = 1024  # the most that Python's getsockopt takes: 256 groups


def read_credentials(connection: socket.socket) -> Credentials:
    """Process, user and groups of the peer as they were when it connected; it cannot lie about them.

    Of a peer in more groups than fit only the first group counts.
    """
    pid, uid, gid = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _GROUPS_BYTES)
    except OSError as error:
        if error.errno not in (errno.ERANGE, errno.ENOPROTOOPT):
            raise
        raw = b""
    groups = struct.unpack(f"{len(raw) // 4}I", raw)
    return Credentials(pid=pid, uid=uid, gid=gid, groups=frozenset(groups))


def uid_of(name: str) -> int | None:
    """The number of a user's name on this machine."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def gid_of(name: str) -> int | None:
    """The number of a group's name on this machine."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def hung_up(fileno: int) -> bool:
    """Whether the peer has gone altogether, and not only ended its own sending."""
    if fileno < 0:
        return True  # closed on our side
    poll = select.poll()
    poll.register(fileno, 0)  # POLLHUP is told unasked
    return any(heard & select.POLLHUP for _, heard in poll.poll(0))
