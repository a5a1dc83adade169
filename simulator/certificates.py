"""A certificate authority made for one run, and the TLS context of a server on this machine that it vouches for."""

import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")
VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """The server's TLS context and the authority that a client must trust, as PEM."""

    context: ssl.SSLContext
    ca_pem: bytes
    authority: trustme.CA
    certificate: trustme.LeafCert

    def write_ca(self, path: Path) -> None:
        path.write_bytes(self.ca_pem)

    def configure(self, context: ssl.SSLContext) -> None:
        """Have another context of this server show the same certificate."""
        self.certificate.configure_cert(context)

    def write_client(self, cert_file: Path, key_file: Path) -> None:
        """A certificate by which a client may prove who it is, and its key."""
        made = self.authority.issue_cert("client.localhost", common_name="transcription client")
        cert_file.write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
        key_file.touch(mode=0o600)
        key_file.write_bytes(made.private_key_pem.bytes())


def make_identity(newest: str = "1.3") -> Identity:
    """A fresh identity; the server speaks TLS 1.2 and up to `newest`, or `newest` only where that is older than 1.2.

    Versions below 1.2 need an OpenSSL that still has them; its security level is lowered here for their sake.
    """
    authority = trustme.CA(organization_name="Genesys Cloud in the box")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert(*NAMES)
    certificate.configure_cert(context)
    _cap(context, newest)
    return Identity(context, authority.cert_pem.bytes(), authority, certificate)


def _cap(context: ssl.SSLContext, newest: str) -> None:
    version = VERSIONS[newest]
    if version >= ssl.TLSVersion.TLSv1_2:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = version
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = version
        context.maximum_version = version
