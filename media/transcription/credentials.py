"""TLS towards the transcription service for the lean transport, from the files that a ServicePlan names."""

import ssl

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
