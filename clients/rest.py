"""The door to Genesys's REST API: one per caller, blocking."""

import ssl
from functools import lru_cache
from urllib.parse import urlsplit

from clients.carrier import Carrier
from clients.tls import tls_context
from genesys.errors import Malformed, Refused
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import host_of, is_loopback, origin_of, shape_objection

BODY_CAP = 1 << 20  # bytes of an answer
ALIKE = 64  # origins of which is remembered what was found


class RestDoor:
    """Keeps its connections alive; share one `context` (clients.tls) among doors: it costs 700 KB."""

    def __init__(self, context: ssl.SSLContext | None = None, body_cap: int = BODY_CAP) -> None:
        self._carrier = Carrier(context or tls_context(), _host, body_cap)
        self._body_cap = body_cap

    def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status. Raises Refused, Transport, TimedOut or Malformed (genesys.errors)."""
        objection = rest_objection(request.url)
        if objection is not None:
            raise Refused(f"{request.route} is not sent: {objection}")
        answer = self._carrier.carry(request)
        if len(answer.body) > self._body_cap:
            raise Malformed(f"the answer is longer than {self._body_cap} bytes")
        return answer

    def close(self) -> None:
        """Close every idle connection."""
        self._carrier.close()


def rest_objection(url: str) -> str | None:
    """Why no REST call goes to `url`: malformed, or http to anywhere but this machine (contracts 7.10)."""
    return shape_objection(url) or _open_objection(origin_of(url))


@lru_cache(ALIKE)
def _open_objection(origin: str) -> str | None:
    parts = urlsplit(origin)
    if parts.scheme == "http" and not is_loopback(host_of(parts)):
        return "http is for loopback only; use https"
    return None


def _host(url: str) -> str:
    return _host_of_origin(origin_of(url))


@lru_cache(ALIKE)
def _host_of_origin(origin: str) -> str:
    return host_of(urlsplit(origin))
