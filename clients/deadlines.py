"""Connections under requests whose time-out bounds the whole answer, not each read of it.

requests and urllib3 hand `settimeout` the time that is left for the answer; a plain socket grants that much to every
single read, so that a peer that sends one byte every few seconds is never cut off (reliability section 2, slowloris).
"""

import socket
import ssl
import time
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

HOSTS = 8  # whose connections one adapter keeps


class _WithDeadline(socket.socket):
    """`settimeout` starts a clock that every later read and write runs on."""

    _ends_at_s: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._ends_at_s = None if value is None else time.monotonic() + value
        super().settimeout(value)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._narrow()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._narrow()
        return super().send(*args, **kwargs)

    def _narrow(self) -> None:
        if self._ends_at_s is None:
            return
        left_s = self._ends_at_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the time for the whole answer is over")
        super().settimeout(left_s)


class _TlsWithDeadline(_WithDeadline, ssl.SSLSocket):
    """The same over TLS; the context makes it."""


class _PlainConnection(HTTPConnection):
    """HTTP over a socket with a deadline."""

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        timeout_s = made.gettimeout()
        kept = _WithDeadline(made.family, made.type, made.proto, fileno=made.detach())
        kept.settimeout(timeout_s)
        return kept


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or later against `ca_file` alone, or against certifi's roots; raises OSError where it cannot be read.

    Unlike ssl.create_default_context it listens to no environment variable (SSLKEYLOGFILE, SSL_CERT_FILE).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=str(ca_file or DEFAULT_CA_BUNDLE_PATH))
    context.sslsocket_class = _TlsWithDeadline
    return context


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter with our connections and our context, and nothing retried behind our back.

    It takes requests that are prepared, and raises what urllib3 raises. What requests does beside for every one of
    them (proxies, cookies, encodings, a look for the pool) takes as long as the exchange itself.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._pools: dict[str, HTTPConnectionPool] = {}
        super().__init__(pool_connections=HOSTS, pool_maxsize=1, max_retries=0)

    def send(self, request: PreparedRequest, *_: Any, timeout: Any = None, **__: Any) -> Response:
        """The answer's status and headers; its body is in `raw`."""
        pool = self.get_connection_with_tls_context(request, True)
        response = Response()
        response.raw = raw = pool.urlopen(
            request.method or "GET",
            request.path_url,
            body=request.body,
            headers=request.headers,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            retries=self.max_retries,
            timeout=timeout,
        )
        response.status_code, response.request, response.url = raw.status, request, request.url or ""
        response.headers = raw.headers  # type: ignore[assignment] # another mapping that knows no case
        return response

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """The pool of the request's host, without asking the manager, which takes a tenth of a call's time to look."""
        url = request.url or ""
        origin = "/".join(url.split("/", 3)[:3])
        pool = self._pools.get(origin)
        if pool is None:
            if len(self._pools) == HOSTS:  # the manager closes the one that was asked for longest ago
                self._pools.clear()
            pool = self._pools[origin] = self.poolmanager.connection_from_url(origin)
        return pool

    def close(self) -> None:
        """Close every idle connection."""
        self._pools.clear()
        super().close()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        pools = self.poolmanager.pool_classes_by_scheme
        self.poolmanager.pool_classes_by_scheme = {**pools, "http": _PlainPool}
