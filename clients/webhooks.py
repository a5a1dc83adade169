"""The door webhooks leave by: guarded addresses, Standard Webhooks headers and signatures."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from clients.addresses import DEFAULT_PORTS, AddressJudge, Resolve, resolve
from clients.deadlines import tls_context
from clients.faults import refuse_smuggled
from clients.wires import Destination, Wires
from genesys.errors import Refused
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import NOTHING, Allowed, host_of

ALIKE = 64  # endpoints of which is remembered how they are called
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
        self._judge = AddressJudge(allow, resolver)
        self._wires = Wires(context or tls_context())

    def send(self, request: HttpRequest) -> HttpResponse:
        """Status and headers of the answer; raises Refused, Transport, TimedOut or Malformed (genesys.errors)."""
        refuse_smuggled(request)
        endpoint = _endpoint(request.url, self._judge.judge(request.url))
        return self._wires.exchange(endpoint.at, self._written(request, endpoint.called), request.timeout_s)

    def close(self) -> None:
        """Close every idle connection."""
        self._wires.close()

    def _written(self, request: HttpRequest, called: str) -> bytes:
        body = request.body or b""
        lines = [f"{request.method} {called}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines += self._stamp(request.headers[WEBHOOK_ID], body)
        lines.append(f"Content-Length: {len(body)}\r\n\r\n")
        return "\r\n".join(lines).encode("ascii") + body

    def _stamp(self, webhook_id: str, body: bytes) -> list[str]:
        at, text = self._now(), body.decode()
        stamp = [f"webhook-timestamp: {int(at.timestamp())}"]
        if self._signers:
            signatures = " ".join(signer.sign(webhook_id, at, text) for signer in self._signers)
            stamp.append(f"webhook-signature: {signatures}")
        return stamp


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """`called`: the first line from behind the method on, and the headers that are always the same."""

    at: Destination
    called: str


@lru_cache(ALIKE)
def _endpoint(url: str, address: str) -> _Endpoint:
    parts = urlsplit(url)
    try:
        target = parse_url(url).request_uri
    except LocationParseError:
        raise Refused("its URL is nothing that can be sent") from None
    called = f"{target} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: switchboard\r\nAccept-Encoding: identity"
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return _Endpoint(Destination(address, port, host_of(parts), parts.scheme == "https"), called)
