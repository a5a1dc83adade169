"""The one TLS context of all outgoing streams: 30 KB a connection where one context each takes 716 KB."""

import socket
import ssl
from pathlib import Path

ACCEPTED_VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})  # contract 1: at least 1.2, checked on the live socket


class WeakTlsError(ssl.SSLError):
    """The live socket speaks an older TLS than we accept."""


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Verifies chain and host name against `ca_file` alone, or the system's authorities; at least TLS 1.2.

    Built by hand: ssl.create_default_context would write the session keys to the file named by SSLKEYLOGFILE, and
    websocket-client's own context would trust the bundle named by WEBSOCKET_CLIENT_CA_BUNDLE.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        context.load_verify_locations(cafile=str(ca_file))
    return context


def checked_version(version: str | None) -> str:
    """The version as given; WeakTlsError unless it is accepted."""
    if version not in ACCEPTED_VERSIONS:
        raise WeakTlsError(f"the connection speaks {version or 'no TLS'}; at least TLS 1.2 is needed")
    return version


def facts(sock: socket.socket) -> tuple[str | None, str | None]:
    """Version and cipher of the live socket, (None, None) on a plain one; WeakTlsError if the version is too old."""
    if not isinstance(sock, ssl.SSLSocket):
        return None, None
    cipher = sock.cipher()
    return checked_version(sock.version()), cipher[0] if cipher else None
