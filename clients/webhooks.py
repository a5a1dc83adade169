"""The door webhooks leave by: guarded addresses, Standard Webhooks headers and signatures."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from clients.addresses import PinningAdapter, Resolve, resolve
from clients.carrier import Carrier
from clients.deadlines import tls_context
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import NOTHING, Allowed

WEBHOOK_ID = "webhook-id"


def utc_now() -> datetime:
    """The wall clock: receivers compare it with theirs."""
    return datetime.now(UTC)


class WebhookDoor:
    """Signs at the moment of sending, with every one of `secrets` (`whsec_…`; several while keys are rotated)."""

    def __init__(
        self,
        secrets: Sequence[str] = (),
        *,
        allow: Allowed = NOTHING,
        context: ssl.SSLContext | None = None,
        resolver: Resolve = resolve,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._signers = tuple(Webhook(secret) for secret in secrets)
        self._now = now
        self._carrier = Carrier(PinningAdapter(context or tls_context(), allow, resolver), body_cap=None)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Status and headers of the answer; raises Refused, Transport or TimedOut (genesys.errors)."""
        return self._carrier.carry(replace(request, headers={**request.headers, **self._stamp(request)}))

    def close(self) -> None:
        """Close every idle connection."""
        self._carrier.close()

    def _stamp(self, request: HttpRequest) -> dict[str, str]:
        at, webhook_id = self._now(), request.headers[WEBHOOK_ID]
        body = (request.body or b"").decode()
        stamp = {"webhook-timestamp": str(int(at.timestamp()))}
        if self._signers:
            stamp["webhook-signature"] = " ".join(signer.sign(webhook_id, at, body) for signer in self._signers)
        return stamp
