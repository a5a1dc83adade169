"""Whom the door lets in, and how it greets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from control.credentials import read_credentials
from control.peers import Access, Credentials, peer_of, role_of
from control.wire import BUSY, NOT_PERMITTED, RpcError
from messages.orders import Peer

NAME = "switchboard"
PROTOCOL = 1
MOST_CLIENTS = 64  # DESIGN section 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """How the door presents itself, and whom it lets in; `credentials` reads a connected socket's peer."""

    version: str
    pid: int
    access: Access
    most_clients: int = MOST_CLIENTS
    credentials: Callable[[Any], Credentials] = read_credentials


def admit(who: Credentials, connected: int, front: Front) -> Peer | RpcError:
    """The peer with its role; or what it is told before the connection closes."""
    role = role_of(who, front.access)
    if role is None:
        remedy = "have an admin name this user or group in SWITCHBOARD_CONTROL__VIEWERS, __OPERATORS or __ADMINS"
        return RpcError(NOT_PERMITTED, f"uid {who.uid} has no role here", {"remedy": remedy})
    if connected >= front.most_clients:
        remedy = "close a connection, or raise SWITCHBOARD_CONTROL__MAX_CLIENTS"
        return RpcError(BUSY, f"{front.most_clients} clients are connected", {"remedy": remedy})
    return peer_of(who, role)


def greet(front: Front, admitted: Peer | RpcError) -> dict[str, object]:
    """The parameters of the hello; with an `error` in them, the connection closes after it."""
    hello: dict[str, object] = {"name": NAME, "version": front.version, "pid": front.pid, "protocol": PROTOCOL}
    if isinstance(admitted, RpcError):
        return {**hello, "role": None, "error": admitted.as_json()}
    return {**hello, "role": admitted.role}
