"""What all audio workers share, taken at the start and kept while their processes come and go: the port, and a memory.

The socket here is bound and never listens: the kernel gives connections only to the workers, which bind beside it with
SO_REUSEPORT. Source: socket(7).
"""

import errno
import os
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address

from genesys.audiohook_nonces import TABLE_BYTES

SETTING = "SWITCHBOARD_MEDIA_LISTEN"
ORPHANS_S = 3.0  # workers of a gateway that was killed end within that


class MediaAddressProblem(Exception):  # noqa: N818 - a configuration error for the operator, told with its remedy
    """Calls' audio cannot be taken there."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.message = message
        self.remedy = remedy


class MediaClaim:
    """The right to one address, until `release`; `host` is a number, `port` the real one where 0 was asked for.

    `nonces`: the descriptor of the memory in which workers remember what AudioHook's requests were signed with.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        keyless: bool,
        patience_s: float = ORPHANS_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the first address that `host` stands for; MediaAddressProblem when that cannot or must not be.

        `keyless`: there is no key to be asked for, so only this machine may send audio.
        """
        family, address = guarded(host, port, keyless=keyless)
        if port:
            _make_sure_that_it_is_free(family, address, patience_s, pause)
        self._socket = _bound(family, address, shared=True)
        self.host, self.port = self._socket.getsockname()[:2]
        self._memory = os.fdopen(os.memfd_create("nonces"), "r+b", buffering=0)
        self._memory.truncate(TABLE_BYTES)
        self.nonces = self._memory.fileno()

    @property
    def address(self) -> str:
        """`host:port`, as people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def release(self) -> None:
        """Give the address up; may be called again."""
        self._socket.close()
        self._memory.close()


def guarded(host: str, port: int, *, keyless: bool) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The first address of `host`; MediaAddressProblem for none, or for one that strangers reach without a key."""
    family, address = _address(host, port)
    if keyless and not ip_address(address[0].partition("%")[0]).is_loopback:
        raise MediaAddressProblem(
            f"everybody who reaches {host}:{port} could send audio",
            f"set SWITCHBOARD_MEDIA_KEYS, or {SETTING} to a loopback address such as 127.0.0.1:{port}",
        )
    return family, address


def _address(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise MediaAddressProblem(
            f"{host} is no address of this machine: {error.strerror}", f"set {SETTING} to host:port of this machine"
        ) from error
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


def _make_sure_that_it_is_free(
    family: socket.AddressFamily, address: tuple[str, int], patience_s: float, pause: Callable[[float], None]
) -> None:
    """Binding alone tells nothing: with SO_REUSEPORT it succeeds beside another gateway of the same user."""
    left_s, step_s = patience_s, 0.1
    while True:
        try:
            _bound(family, address, shared=False).close()
        except MediaAddressProblem as problem:
            cause = problem.__cause__
            if not isinstance(cause, OSError) or cause.errno != errno.EADDRINUSE or left_s <= 0:
                raise
        else:
            return
        pause(step_s)
        left_s -= step_s


def _bound(family: socket.AddressFamily, address: tuple[str, int], *, shared: bool) -> socket.socket:
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        # never both: another gateway's claim, which does not listen either, would then not be in the way
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT if shared else socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(address)
        if not shared:
            taken.listen(1)  # only listening makes sure that nobody else does
    except OSError as error:
        taken.close()
        raise _problem(address, error) from error
    return taken


def _problem(address: tuple[str, int], error: OSError) -> MediaAddressProblem:
    host, port = address
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return MediaAddressProblem(
            f"something listens on {where} already", f"stop it, or set {SETTING} to another port"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        remedy = f"set {SETTING} to a port of 1024 or more, or give the service CAP_NET_BIND_SERVICE"
        return MediaAddressProblem(f"this user may not listen on {where}", remedy)
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        remedy = f"set {SETTING} to host:port of this machine"
        return MediaAddressProblem(f"{host} is no address of this machine", remedy)
    return MediaAddressProblem(
        f"audio cannot be taken on {where}: {error.strerror}", f"set {SETTING} to another address"
    )
