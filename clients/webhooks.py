"""The door webhooks leave by: guarded addresses, Standard Webhooks headers and signatures."""

import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from standardwebhooks.webhooks import Webhook

from clients.addresses import AddressJudge, Resolve, resolve
from clients.endpoints import endpoint
from clients.faults import refuse_smuggled
from clients.tls import tls_context
from clients.wires import Wires
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import NOTHING, Allowed

ALIKE = 64  # endpoints of which is remembered how they are called
WEBHOOK_ID = "webhook-id"
_endpoint = lru_cache(ALIKE)(endpoint)


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
        self._judge = AddressJudge(allow, resolver)
        self._wires = Wires(context or tls_context())

    def send(self, request: HttpRequest) -> HttpResponse:
        """Status and headers of the answer; raises Refused, Transport, TimedOut or Malformed (genesys.errors)."""
        refuse_smuggled(request)
        receiver = _endpoint(request.url, self._judge.judge(request.url))
        stamp = self._stamp(request.headers[WEBHOOK_ID], request.body or b"")
        written = receiver.written(request.method, [*request.headers.items(), *stamp], request.body)
        return self._wires.exchange(receiver.at, written, request.timeout_s)

    def close(self) -> None:
        """Close every idle connection."""
        self._wires.close()

    def _stamp(self, webhook_id: str, body: bytes) -> list[tuple[str, str]]:
        at, text = self._now(), body.decode()
        stamp = [("webhook-timestamp", str(int(at.timestamp())))]
        if self._signers:
            signatures = " ".join(signer.sign(webhook_id, at, text) for signer in self._signers)
            stamp.append(("webhook-signature", signatures))
        return stamp
