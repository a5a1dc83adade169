"""The demo's receiver of webhooks: what arrived at the simulator's sinks, and whether its signature holds.

Written from the specification, not with the gateway's own library, so that a wrong signature cannot agree with itself.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Symmetric".
"""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

SCHEME = "v1,"


def new_secret() -> str:
    """A signing secret as SWITCHBOARD_WEBHOOKS__SECRET wants it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def is_signed(delivery: Mapping[str, Any], secret: str) -> bool:
    """Whether one of the signatures in the headers is that of `secret` over id, time and the very bytes that came."""
    headers = delivery["headers"]
    signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.{delivery['raw']}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = SCHEME + base64.b64encode(hmac.digest(key, signed.encode(), "sha256")).decode()
    return any(hmac.compare_digest(one, right) for one in headers.get("webhook-signature", "").split(" "))


def rows(sink: str, deliveries: Iterable[Mapping[str, Any]], secret: str) -> list[tuple[str, ...]]:
    """What the table shows of each: where to, about what, how it was answered, whether its signature holds."""
    return [
        (sink, told(delivery["body"]), str(delivery["status"]), "holds" if is_signed(delivery, secret) else "is wrong")
        for delivery in deliveries
    ]


def told(body: Mapping[str, Any]) -> str:
    """The subject of a webhook and what became of it, in its own words."""
    subject = body.get("interaction_id") or body.get("sessionId") or ""
    return f"{subject} {body.get('executionState') or body.get('status') or ''}".strip()
