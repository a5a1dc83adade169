"""The socket's place in the file system: one gateway at a time, what a dead one left is cleared away."""

import fcntl
import os
import socket
import stat
from pathlib import Path

DIRECTORY_MODE = 0o750
SOCKET_MODE = 0o660
PATH_BYTES = 107  # sockaddr_un holds 108 with its closing zero
QUEUED_CONNECTS = 128


class SocketProblem(Exception):  # noqa: N818 - a configuration error for the operator, told with its remedy
    """The control socket cannot be had."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.message = message
        self.remedy = remedy


class SocketInUse(SocketProblem):
    """Another gateway listens there."""


class Claim:
    """The right to one path, held by a lock on a file beside it until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Take it; SocketInUse when another process has it, SocketProblem when the path is of no use."""
        self.path = path
        _check_length(path)
        _make_directory(path.parent)
        self._lock = _lock(path)
        try:
            _clear(path)
        except SocketProblem:
            os.close(self._lock)
            raise

    def listen(self) -> socket.socket:
        """A listening socket at the path; may be called again once the last one is closed."""
        _clear(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        try:
            listener.bind(str(self.path))
            self.path.chmod(SOCKET_MODE)  # before listen(): nobody can connect with any other mode
            listener.listen(QUEUED_CONNECTS)
        except OSError:
            listener.close()
            raise
        return listener

    def release(self) -> None:
        """Give the path up. The lock's file stays: a file that is locked and unlinked would lock nobody out."""
        _clear(self.path)
        os.close(self._lock)


def _check_length(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > PATH_BYTES:
        raise SocketProblem(
            f"the path of the control socket has {length} bytes, a Unix socket's has at most {PATH_BYTES}: {path}",
            "set SWITCHBOARD_CONTROL_SOCKET to a shorter path",
        )


def _make_directory(directory: Path) -> None:
    try:
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(DIRECTORY_MODE)
    except OSError as error:
        raise SocketProblem(
            f"the directory of the control socket cannot be made: {error}",
            "set SWITCHBOARD_CONTROL_SOCKET or SWITCHBOARD_DATA_DIR to a place that can be written",
        ) from error


def _lock(path: Path) -> int:
    beside = path.with_name(path.name + ".lock")
    try:
        lock = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SocketProblem(
            f"the control socket's lock cannot be opened: {error}",
            "set SWITCHBOARD_CONTROL_SOCKET to a place that can be written",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise SocketInUse(
            f"another gateway has the control socket {path}",
            "stop it (switchboardctl gateway stop), or give this one its own SWITCHBOARD_CONTROL_SOCKET",
        ) from error
    return lock


def _clear(path: Path) -> None:
    """Remove the socket that a dead gateway left: ours is the lock, so nobody listens there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise SocketProblem(
            f"there is a file at the control socket's path that is no socket: {path}",
            "move it away, or set SWITCHBOARD_CONTROL_SOCKET to another path",
        )
    path.unlink()
