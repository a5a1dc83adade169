"""Streams under test, and the certificates for their peers."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme

from clients.streams import Streams
from messages.streams import StreamOpened
from tests.clients.stream_peers import Ear, Peer


@cache
def authority() -> trustme.CA:
    """The authority the tests' clients trust."""
    return trustme.CA()


def server_tls(*hosts: str, issuer: trustme.CA | None = None) -> ssl.SSLContext:
    """A server's context with a certificate for `hosts`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (issuer or authority()).issue_cert(*(hosts or ("localhost",))).configure_cert(context)
    return context


@contextmanager
def ca_file() -> Iterator[Path]:
    """The authority's certificate as a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ca.pem"
        authority().cert_pem.write_to_path(str(path))
        yield path


@contextmanager
def plane(**options: Any) -> Iterator[Streams]:
    """A started plane that trusts `authority`, stopped at the end."""
    with ca_file() as path:
        streams = Streams(**{"ca_file": path, "connects_per_s": 1_000.0, **options})
    streams.start()
    try:
        yield streams
    finally:
        assert streams.stop(0.1)


def connect(streams: Streams, server: Peer, ear: Ear) -> int:
    """An open stream to `server`."""
    stream_id = streams.connect(server.url, headers={}, listener=ear)
    assert ear.expect(StreamOpened).stream_id == stream_id
    return stream_id
