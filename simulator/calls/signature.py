"""AudioHook's signature on the upgrade request, as the client makes it. Pure. Source: genesys-platform 3.2."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

COMPONENTS = (
    "@request-target",
    "@authority",
    "audiohook-organization-id",
    "audiohook-session-id",
    "audiohook-correlation-id",
    "x-api-key",
)
LIFETIME_S = 10


def signature_headers(
    values: Mapping[str, str],
    secret: bytes,
    nonce: str,
    created: int,
    *,
    lifetime_s: int = LIFETIME_S,
    components: Sequence[str] = COMPONENTS,
) -> dict[str, str]:
    """`Signature-Input` and `Signature` over `values`, which has each of `components`; `created` is a Unix time."""
    names = " ".join(f'"{name}"' for name in components)
    parameters = (
        f'({names});keyid="{values["x-api-key"]}";nonce="{nonce}";alg="hmac-sha256"'
        f";created={created};expires={created + lifetime_s}"
    )
    lines = [f'"{name}": {values[name]}' for name in components]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    digest = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()
    return {"Signature-Input": f"sig1={parameters}", "Signature": f"sig1=:{digest}:"}
