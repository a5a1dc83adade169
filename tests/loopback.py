"""The guard for tests of addresses: while it stands, no socket of this process reaches beyond the loopback."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Lock
from typing import Any

CONNECTING = frozenset({"socket.connect", "socket.sendto"})
LOCAL_NAMES = frozenset({"", "localhost", None})

_standing = 0
_lock = Lock()
_installed = False


class LeftTheLoopbackError(AssertionError):
    """A test tried to talk to somebody else's machine."""


@contextmanager
def only_loopback() -> Iterator[None]:
    """Refuse every connect, datagram and name look-up that is not for this machine."""
    global _standing
    _install()
    with _lock:
        _standing += 1
    try:
        yield
    finally:
        with _lock:
            _standing -= 1


def _install() -> None:
    global _installed
    with _lock:
        if not _installed:
            sys.addaudithook(_watch)
            _installed = True


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _standing:
        return
    if event in CONNECTING and arguments[0].family != socket.AF_UNIX and not _is_local(arguments[1][0]):
        raise LeftTheLoopbackError(f"{event} to {arguments[1]!r}")
    if event == "socket.getaddrinfo" and arguments[0] not in LOCAL_NAMES and not _is_local(arguments[0]):
        raise LeftTheLoopbackError(f"look-up of {arguments[0]!r}")


def _is_local(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
