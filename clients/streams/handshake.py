"""From a URL to an open WebSocket: TCP, TLS and the upgrade, blocking, within one deadline."""

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from websocket import (
    WebSocket,
    WebSocketBadStatusException,
    WebSocketConnectionClosedException,
    WebSocketException,
    WebSocketTimeoutException,
)

from clients.streams.addresses import Address, BadAddressError, address_of, check_headers
from clients.streams.tls import facts
from clients.streams.upgrade import UpgradeSocket
from rules.retry_after import retry_after_s

TLS_FAILED, NO_CLOSE_FRAME = 1015, 1006  # RFC 6455 section 7.4.1

_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),  # s
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),  # s
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),  # ms: sent and not acknowledged for so long is dead
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One connect as it was asked for; its repr shows no token."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    subprotocols: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaken:
    """An open WebSocket: a non-blocking socket and the bytes that came right behind the upgrade."""

    sock: socket.socket
    leftover: bytes
    tls_version: str | None
    tls_cipher: str | None


class HandshakeError(Exception):
    """No WebSocket came of it; the fields are StreamClosed's."""

    def __init__(
        self, reason: str, *, code: int = NO_CLOSE_FRAME, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.http_status = status
        self.retry_after_s = retry_after


def shake(wanted: Wanted, context: ssl.SSLContext) -> Shaken:
    """Open what is `wanted`; HandshakeError for whatever the network, the peer or the caller did wrong.

    Name resolution cannot be interrupted and may outlast `timeout_s`. Proxies named in the environment are not used,
    redirects not followed. No text made here holds a header or a query.
    """
    deadline = time.monotonic() + wanted.timeout_s
    try:
        address = address_of(wanted.url)
        check_headers(wanted.headers)
    except BadAddressError as refused:
        raise HandshakeError(str(refused)) from refused
    where = f"{address.host}:{address.port}"
    try:
        return _open(wanted, address, context, deadline)
    except (TimeoutError, WebSocketTimeoutException) as error:
        raise HandshakeError(f"{where} was not open within {wanted.timeout_s:g} s") from error
    except ssl.SSLError as error:
        raise HandshakeError(f"{where}: TLS failed: {_tls_reason(error)}", code=TLS_FAILED) from error
    except (OSError, WebSocketConnectionClosedException) as error:
        raise HandshakeError(f"{where}: {error}") from error


def _open(wanted: Wanted, address: Address, context: ssl.SSLContext, deadline: float) -> Shaken:
    with ExitStack() as undo:
        sock = socket.create_connection((address.host, address.port), timeout=_remaining(deadline))
        undo.callback(sock.close)
        for option in _SOCKET_OPTIONS:
            sock.setsockopt(*option)
        if address.secure:
            sock.settimeout(_remaining(deadline))
            sock = context.wrap_socket(sock, server_hostname=address.host)
            undo.callback(sock.close)
        version, cipher = facts(sock)
        leftover = _upgrade(wanted, sock, deadline)
        sock.setblocking(False)
        undo.pop_all()
        return Shaken(sock=sock, leftover=leftover, tls_version=version, tls_cipher=cipher)


def _upgrade(wanted: Wanted, sock: socket.socket, deadline: float) -> bytes:
    bounded = UpgradeSocket(sock, deadline)
    library = WebSocket(enable_multithread=False)
    try:
        library.connect(  # type: ignore[no-untyped-call]
            wanted.url,
            socket=bounded,
            header=[f"{name}: {value}" for name, value in wanted.headers.items()],
            subprotocols=list(wanted.subprotocols),
            suppress_origin=True,
            redirect_limit=0,
        )
    except WebSocketBadStatusException as error:
        raise _refused(error) from error
    except (WebSocketTimeoutException, WebSocketConnectionClosedException):
        raise
    except WebSocketException as error:
        raise _not_upgraded(error, library.status) from error
    if library.headers.get("sec-websocket-extensions"):
        raise HandshakeError("the server switched on an extension nobody asked for", status=library.status)
    return bounded.leftover


def _refused(error: WebSocketBadStatusException) -> HandshakeError:
    waits = retry_after_s((error.resp_headers or {}).get("retry-after"), datetime.now(UTC))
    status = error.status_code
    return HandshakeError(f"the upgrade was answered with HTTP {status}", status=status, retry_after=waits)


def _not_upgraded(error: WebSocketException, status: int | None) -> HandshakeError:
    if status is not None and 300 <= status < 400:
        told = f"the upgrade was answered with a redirect (HTTP {status}), which is not followed; correct the URL"
        return HandshakeError(told, status=status)
    return HandshakeError(f"the upgrade was answered wrongly: {str(error)[:200]}", status=status)


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}; the authority is set with the CA file"
    return getattr(error, "reason", None) or str(error)


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining
