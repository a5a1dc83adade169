"""Carries one HTTP exchange at a time: a requests session over kept connections of our own.

Every trap of requests' defaults is closed here.
"""

import ssl
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter

from clients.endpoints import endpoint
from clients.faults import refuse_smuggled
from clients.wires import Wires
from genesys.errors import Malformed, Transport
from messages.rest import HttpRequest, HttpResponse

IDENTITY = "identity"

Locate = Callable[[str], str]
"""The address, or the name to look up, that a URL's connection is made to; may raise Refused or Transport."""


class WireAdapter(BaseAdapter):
    """requests' way out over clients.wires; takes requests that are prepared, and raises what those raise.

    Source: requests' documentation, "Transport Adapters".
    """

    def __init__(self, context: ssl.SSLContext, locate: Locate, most_bytes: int) -> None:
        super().__init__()
        self._wires = Wires(context)
        self._locate = locate
        self._most_bytes = most_bytes

    def send(self, request: requests.PreparedRequest, *_: Any, timeout: Any = None, **__: Any) -> requests.Response:
        """The answer, with its body there, cut off once it has more than `most_bytes`."""
        url, method, body = str(request.url), str(request.method), request.body
        assert body is None or isinstance(body, bytes)
        called = endpoint(url, self._locate(url))
        written = called.written(method, request.headers.items(), body)
        answer = self._wires.exchange(called.at, written, timeout, self._most_bytes)
        response = requests.Response()
        response.status_code, response.request, response.url = answer.status, request, url
        response.headers = answer.headers  # type: ignore[assignment] # by their names in lower case
        response.raw = BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Close every idle connection."""
        self._wires.close()


class _Session(requests.Session):
    """Sends, and looks for no place that an answer may lead to."""

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[Any]:
        """None: a redirect is an answer too."""
        return iter(())


class Carrier:
    """One requests session for one thread; a body is cut off once it has more than `most_bytes`."""

    def __init__(self, context: ssl.SSLContext, locate: Locate, most_bytes: int) -> None:
        adapter = WireAdapter(context, locate, most_bytes)
        self._session = session = _Session()
        session.trust_env = False  # else .netrc replaces the bearer, and proxies and CA files come from the environment
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("https://", adapter)
        session.mount("http://", adapter)

    def carry(self, request: HttpRequest) -> HttpResponse:
        """The answer, within `request.timeout_s` from the first byte to the last; redirects are answers too.

        Raises Refused, Transport, TimedOut or Malformed, whose words hold neither headers nor query.
        """
        refuse_smuggled(request)
        prepared = _prepared(request)
        try:
            answer = self._session.send(prepared, timeout=request.timeout_s, allow_redirects=False, proxies={})
        except Transport as fault:
            raise type(fault)(f"{request.route} at {fault.detail}", maybe_sent=fault.maybe_sent) from None
        if request.method != "HEAD" and answer.headers.get("content-encoding", IDENTITY).lower() != IDENTITY:
            raise Malformed("the answer is encoded, although only identity was accepted")
        return HttpResponse(status=answer.status_code, headers=answer.headers, body=answer.content)

    def close(self) -> None:
        """Close every idle connection."""
        self._session.close()


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    """The request as requests wants it; its URL and headers were looked at before, and its body is bytes already."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.body, prepared.hooks = request.method, request.url, request.body, {}
    prepared.headers = request.headers  # type: ignore[assignment] # sent as they are
    return prepared
