"""TLS towards the transcription service, from the files that a ServicePlan names."""

import ssl
from pathlib import Path

import grpc

from messages.media import ServicePlan


def tls_context(plan: ServicePlan) -> ssl.SSLContext | None:
    """What the lean transport connects with; None for plain text.

    Raises OSError or ssl.SSLError when a file cannot be read or is none.
    """
    if plan.plaintext:
        return None
    context = ssl.create_default_context(cafile=plan.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    if plan.cert_file is not None:
        context.load_cert_chain(plan.cert_file, plan.key_file)
    return context


def channel_credentials(plan: ServicePlan) -> grpc.ChannelCredentials | None:
    """What the reference transport connects with; None for plain text. Raises OSError."""
    if plan.plaintext:
        return None
    return grpc.ssl_channel_credentials(
        root_certificates=_read(plan.ca_file), private_key=_read(plan.key_file), certificate_chain=_read(plan.cert_file)
    )


def _read(file: str | None) -> bytes | None:
    return None if file is None else Path(file).read_bytes()
