"""Connections under requests whose time-out bounds the whole answer, not each read of it.

requests and urllib3 hand `settimeout` the time that is left for the answer; a plain socket grants that much to every
single read, so that a peer that sends one byte every few seconds is never cut off (reliability section 2, slowloris).
"""

import socket
import ssl
import time
from pathlib import Path
from typing import Any

from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool


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
    """requests' adapter with our connections and our context, and nothing retried behind our back."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=8, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        pools = self.poolmanager.pool_classes_by_scheme
        self.poolmanager.pool_classes_by_scheme = {**pools, "http": _PlainPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the roots to the context: requests would add certifi's to those of `ca_file`."""
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None
