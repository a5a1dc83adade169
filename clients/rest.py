"""The door to Genesys's REST API: one per caller, blocking."""

import ssl
from urllib.parse import urlsplit

from clients.carrier import BODY_CAP, Carrier
from clients.deadlines import DeadlineAdapter, tls_context
from genesys.errors import Refused
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import host_of, is_loopback, shape_objection


class RestDoor:
    """Keeps its connections alive; share one `context` (deadlines.tls_context) among doors: it costs 700 KB."""

    def __init__(self, context: ssl.SSLContext | None = None, body_cap: int = BODY_CAP) -> None:
        self._carrier = Carrier(DeadlineAdapter(context or tls_context()), body_cap)

    def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status. Raises Refused, Transport, TimedOut or Malformed (genesys.errors)."""
        objection = rest_objection(request.url)
        if objection is not None:
            raise Refused(f"{request.route} is not sent: {objection}")
        return self._carrier.carry(request)

    def close(self) -> None:
        """Close every idle connection."""
        self._carrier.close()


def rest_objection(url: str) -> str | None:
    """Why no REST call goes to `url`: malformed, or http to anywhere but this machine (contracts 7.10)."""
    wrong = shape_objection(url)
    if wrong is not None:
        return wrong
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_loopback(host_of(parts)):
        return "http is for loopback only; use https"
    return None
