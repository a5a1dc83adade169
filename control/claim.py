"""The socket's place in the file system: one gateway at a time, what a dead one left is cleared away."""

import fcntl
import os
import socket
import stat
from contextlib import suppress
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
    """The right to one path, held by a lock on a file beside it until `release` or the end of the process.

    Both files may be removed by somebody who clears up: `holds` tells, and takes the lock anew.
    """

    def __init__(self, path: Path) -> None:
        """Take it; SocketInUse when another process has it, SocketProblem when the path is of no use."""
        self.path = path
        self._seen: os.stat_result | None = None  # the socket of the last `listen`, as it was last seen
        _check_length(path)
        _make_directory(path.parent)
        self._lock = _lock(path)
        try:
            _clear(path)
        except SocketProblem:
            os.close(self._lock)
            raise

    def listen(self) -> socket.socket:
        """A listening socket at the path, with the permissions of the last one; that one has to be closed."""
        _clear(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        try:
            listener.bind(str(self.path))
            self._permit()  # before listen(): nobody can connect with any other mode
            listener.listen(QUEUED_CONNECTS)
        except OSError:
            listener.close()
            raise
        return listener

    def holds(self) -> bool:
        """Whether the path still leads to the last listener. Takes the lock anew where its file is gone.

        SocketInUse when another gateway has come instead, SocketProblem when neither file can be there again.
        """
        self._lock_again()
        found = _seen(self.path)
        if found is None or not self._is_ours(found):
            _check_silent(self.path)
            return False
        self._seen = found
        return True

    def release(self) -> None:
        """Give the path up. The lock's file stays: a file that is locked and unlinked would lock nobody out."""
        found = _seen(self.path)
        if found is not None and self._is_ours(found):
            self.path.unlink()
        os.close(self._lock)

    def _is_ours(self, found: os.stat_result) -> bool:
        """While the last listener is open, no other file can have its number."""
        return self._seen is not None and os.path.samestat(found, self._seen)

    def _permit(self) -> None:
        last = self._seen
        if last is not None:
            with suppress(PermissionError):  # a group that is not ours to give: its own is no wider
                os.chown(self.path, last.st_uid, last.st_gid)
        self.path.chmod(SOCKET_MODE if last is None else stat.S_IMODE(last.st_mode))
        self._seen = self.path.lstat()

    def _lock_again(self) -> None:
        there = _seen(_beside(self.path))
        if there is None or not os.path.samestat(there, os.fstat(self._lock)):
            _make_directory(self.path.parent)
            held, self._lock = self._lock, _lock(self.path)
            os.close(held)


def _seen(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


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


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _lock(path: Path) -> int:
    try:
        lock = os.open(_beside(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SocketProblem(
            f"the control socket's lock cannot be opened: {error}",
            "set SWITCHBOARD_CONTROL_SOCKET to a place that can be written",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise _in_use(path) from error
    return lock


def _in_use(path: Path) -> SocketInUse:
    return SocketInUse(
        f"another gateway has the control socket {path}",
        "stop it (switchboardctl gateway stop), or give this one its own SWITCHBOARD_CONTROL_SOCKET",
    )


def _clear(path: Path) -> None:
    """Remove the socket that a dead gateway left; never one at which somebody listens."""
    found = _seen(path)
    if found is None:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise SocketProblem(
            f"there is a file at the control socket's path that is no socket: {path}",
            "move it away, or set SWITCHBOARD_CONTROL_SOCKET to another path",
        )
    _check_silent(path)
    path.unlink()


def _check_silent(path: Path) -> None:
    """SocketInUse where somebody listens: one whose lock was taken from him is alive all the same."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        try:
            caller.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except OSError:  # too many callers, or not for us: whoever it is, he is there
            pass
    raise _in_use(path)
