"""The door's address: taken at the start, before anything else runs, and kept while servers come and go."""

import errno
import socket
from ipaddress import ip_address

BACKLOG = 1024  # connections that may wait to be accepted; the kernel's own bound is somaxconn
SETTING = "SWITCHBOARD_HTTP_LISTEN"


class AddressProblem(Exception):  # noqa: N818 - a configuration error for the operator, told with its remedy
    """HTTP cannot be served there."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.message = message
        self.remedy = remedy


class HttpClaim:
    """The listening sockets of one address, until `release`.

    What connects while one server follows another waits in the sockets' queues.
    """

    def __init__(self, host: str, port: int, *, keyless: bool) -> None:
        """Take every address that `host` stands for; AddressProblem when that cannot or must not be.

        `keyless`: there is no key to be asked for, so only this machine may reach the door. Port 0 takes a free one.
        """
        self._sockets = _listen(host, port, guarded(host, port, keyless=keyless))
        self.addresses = tuple(_shown(listener) for listener in self._sockets)
        self.port: int = self._sockets[0].getsockname()[1]

    def listeners(self) -> list[socket.socket]:
        """The sockets for one server, which closes them when it ends; they go on listening here."""
        return [listener.dup() for listener in self._sockets]

    def release(self) -> None:
        """Give the address up; may be called again."""
        for listener in self._sockets:
            listener.close()


def guarded(host: str, port: int, *, keyless: bool) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Every address that `host` stands for; AddressProblem for none, or for one that strangers reach without a key."""
    addresses = _addresses(host, port)
    if keyless and not all(_is_loopback(address) for _, address in addresses):
        raise AddressProblem(
            f"HTTP would be open to everybody who reaches {host}:{port}",
            f"set SWITCHBOARD_HTTP__KEYS, or {SETTING} to a loopback address such as 127.0.0.1:{port}",
        )
    return addresses


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise AddressProblem(
            f"{host} is no address of this machine: {error.strerror}", f"set {SETTING} to host:port of this machine"
        ) from error
    kept = found[:1] if port == 0 else found  # two free ports would not be one address
    return [(family, (str(address[0]), int(address[1]))) for family, _, _, _, address in kept]


def _is_loopback(address: tuple[str, int]) -> bool:
    return ip_address(address[0].partition("%")[0]).is_loopback


def _listen(host: str, port: int, addresses: list[tuple[socket.AddressFamily, tuple[str, int]]]) -> list[socket.socket]:
    listening: list[socket.socket] = []
    absent: OSError | None = None
    for family, address in addresses:
        try:
            listening.append(_listener(family, address))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                absent = error  # a name may stand for an address that this machine lacks, beside one that it has
                continue
            for listener in listening:
                listener.close()
            raise _problem(host, port, error) from error
    if not listening:
        raise _problem(host, port, absent or OSError(errno.EADDRNOTAVAIL, "no address")) from absent
    return listening


def _listener(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio sets TCP_NODELAY then
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)  # now: only listening makes sure that nobody else does
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _problem(host: str, port: int, error: OSError) -> AddressProblem:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return AddressProblem(f"something listens on {where} already", f"stop it, or set {SETTING} to another port")
    if error.errno in (errno.EACCES, errno.EPERM):
        remedy = f"set {SETTING} to a port of 1024 or more, or give the service CAP_NET_BIND_SERVICE"
        return AddressProblem(f"this user may not listen on {where}", remedy)
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return AddressProblem(f"{host} is no address of this machine", f"set {SETTING} to host:port of this machine")
    return AddressProblem(f"HTTP cannot listen on {where}: {error.strerror}", f"set {SETTING} to another address")


def _shown(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
