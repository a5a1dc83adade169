"""TLS for the transcription service, and the files that a client of it needs."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.certificates import Identity  # trustme behind it loads slowly

PLAIN, TLS, MTLS = "plain", "tls", "mtls"
SECURITY = (PLAIN, TLS, MTLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFiles:
    """PEM files: the authority to trust, and for mTLS a client's certificate and its key."""

    ca_file: Path
    cert_file: Path | None = None
    key_file: Path | None = None

    def names(self) -> dict[str, str | None]:
        """As JSON."""
        parts = {"ca_file": self.ca_file, "cert_file": self.cert_file, "key_file": self.key_file}
        return {name: None if path is None else str(path) for name, path in parts.items()}


def server_context(identity: "Identity", security: str) -> ssl.SSLContext:
    """HTTP/2 over TLS; with MTLS only for clients whose certificate the same authority has issued."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    identity.configure(context)
    if security == MTLS:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=identity.ca_pem.decode())
    return context


def write_files(identity: "Identity", security: str, folder: Path) -> ClientFiles:
    folder.mkdir(parents=True, exist_ok=True)
    ca_file = folder / "transcription-ca.pem"
    identity.write_ca(ca_file)
    if security != MTLS:
        return ClientFiles(ca_file=ca_file)
    cert_file, key_file = folder / "client.pem", folder / "client-key.pem"
    identity.write_client(cert_file, key_file)
    return ClientFiles(ca_file=ca_file, cert_file=cert_file, key_file=key_file)
