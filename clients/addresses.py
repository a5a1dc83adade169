"""Connections to URLs from outside: resolved once, judged by rules.addresses, and made to that very address."""

import socket
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from genesys.errors import Refused, Transport
from rules.addresses import NOTHING, Allowed, host_of, is_literal, objection, shape_objection

Resolve = Callable[[str], tuple[str, ...]]
"""The addresses of a host name; raises OSError when there are none."""

ALIKE = 64  # judgements of one URL and what its host resolved to, which are the same every time
_shape_objection = lru_cache(ALIKE)(shape_objection)
_objection = lru_cache(ALIKE)(objection)


def resolve(host: str) -> tuple[str, ...]:
    """The system's answer, IPv4 first; a literal address is its own. A dead resolver blocks as resolv.conf says."""
    if is_literal(host):
        return (host,)
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    ordered = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in ordered))


class AddressJudge:
    """Says where a URL leads, if a connection may be made to there; whoever asks connects to that very address."""

    def __init__(self, allow: Allowed = NOTHING, resolver: Resolve = resolve) -> None:
        self._allow = allow
        self._resolve = resolver

    def judge(self, url: str) -> str:
        """The address to connect to; raises Refused, or Transport where the name does not resolve here."""
        wrong = _shape_objection(url)
        if wrong is None:
            host = host_of(urlsplit(url))
            try:
                addresses = self._resolve(host)
            except OSError as error:
                raise Transport(f"{host} does not resolve: {error.strerror}", maybe_sent=False) from None
            wrong = _objection(url, addresses, self._allow)
        if wrong is not None:
            raise Refused(f"this URL is not called: {wrong}")
        return addresses[0]
