"""What every TLS connection outward is made with."""

import ssl
from pathlib import Path

from requests.adapters import DEFAULT_CA_BUNDLE_PATH


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or later against `ca_file` alone, or against certifi's roots; raises OSError where it cannot be read.

    Unlike ssl.create_default_context it listens to no environment variable (SSLKEYLOGFILE, SSL_CERT_FILE).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=str(ca_file or DEFAULT_CA_BUNDLE_PATH))
    return context
