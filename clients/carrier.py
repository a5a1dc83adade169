"""Carries one HTTP exchange at a time over kept-alive connections; every trap of requests' defaults is closed here."""

import ssl
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL
from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError, ReadTimeoutError

from clients.deadlines import DeadlineAdapter
from clients.faults import refuse_smuggled, words_for
from genesys.errors import Malformed, Refused, TimedOut, Transport
from messages.rest import HttpRequest, HttpResponse
from rules.addresses import host_of

BODY_CAP = 1 << 20  # bytes of an answer
CHUNK = 1 << 16
CONNECT_S = 5.0
UNSENDABLE = (InvalidURL, InvalidSchema, InvalidHeader, LocationParseError)

HEADERS = {"User-Agent": "switchboard", "Accept-Encoding": "identity"}
WITH_BODY = {"POST", "PUT", "PATCH"}


class _Session(requests.Session):
    """Sends, and looks for no place that an answer may lead to."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: a redirect is an answer too."""


class Carrier:
    """One requests session for one thread; a body of more than `body_cap` bytes is not read to its end."""

    def __init__(self, adapter: DeadlineAdapter, body_cap: int = BODY_CAP) -> None:
        self._body_cap = body_cap
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
        try:
            answer = self._send(request)
        except UNSENDABLE:
            raise Refused("its URL or one of its headers is nothing that can be sent") from None
        except (HTTPError, OSError) as error:
            raise _fault(request, error) from None
        try:
            return self._read(answer)
        except (HTTPError, OSError) as error:
            raise _fault(request, error) from None
        finally:
            answer.close()

    def close(self) -> None:
        """Close every idle connection."""
        self._session.close()

    def _send(self, request: HttpRequest) -> requests.Response:
        timeout = urllib3.Timeout(connect=min(CONNECT_S, request.timeout_s), total=request.timeout_s)
        prepared = _prepared(request)
        return self._session.send(
            prepared,
            timeout=timeout,  # type: ignore[arg-type] # requests passes it on as it is
            allow_redirects=False,
            stream=True,
        )

    def _read(self, answer: requests.Response) -> HttpResponse:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Malformed("the answer is encoded, although only identity was accepted")
        body = b"".join(_bounded(answer.raw, self._body_cap))
        answer.raw.drain_conn()  # nothing is left of it; gives the connection back
        return HttpResponse(status=answer.status_code, headers=headers, body=body)


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    """The request as requests wants it; its URL and headers were looked at before, and its body is bytes already."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.body, prepared.hooks = request.method, request.url, request.body, {}
    prepared.headers = requests.structures.CaseInsensitiveDict({**HEADERS, **request.headers})
    if request.body is not None or request.method in WITH_BODY:
        prepared.headers["Content-Length"] = str(len(request.body or b""))
    return prepared


def _bounded(raw: Any, cap: int) -> Iterator[bytes]:
    size = 0
    while chunk := raw.read1(CHUNK, decode_content=False):
        size += len(chunk)
        if size > cap:
            raise Malformed(f"the answer is longer than {cap} bytes")
        yield chunk


def _fault(request: HttpRequest, error: Exception) -> Transport:
    """What `error` means; built from the operation and the innermost cause, as requests' own words show the URL."""
    causes = tuple(_causes(error))
    arrived = not any(isinstance(cause, ConnectTimeoutError | ssl.SSLCertVerificationError) for cause in causes)
    target = f"{request.route} at {host_of(urlsplit(request.url))}"
    if any(map(_is_late, causes)):
        return TimedOut(f"{target}: no complete answer within {request.timeout_s:g} s", maybe_sent=arrived)
    return Transport(f"{target}: {words_for(causes[-1])}", maybe_sent=arrived)


def _is_late(cause: BaseException) -> bool:
    if isinstance(cause, NewConnectionError):  # a time-out by its class, and a connection refused by what it says
        return False
    return isinstance(cause, TimeoutError | ConnectTimeoutError | ReadTimeoutError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it was made from, outermost first: urllib3 and requests keep that in `reason` or `args`."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        inner = [getattr(at, "reason", None), *at.args, at.__cause__, at.__context__]
        at = next((cause for cause in inner if isinstance(cause, BaseException) and id(cause) not in seen), None)
