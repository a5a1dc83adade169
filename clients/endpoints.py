"""Where a request goes, and how it is written: pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from genesys.errors import Refused
from rules.addresses import host_of, origin_of

DEFAULT_PORTS = {"http": 80, "https": 443}
WITH_BODY = {"POST", "PUT", "PATCH"}
ALIKE = 64  # origins of which is remembered how they are called
PLAIN = re.compile(
    r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)+(?:\?[A-Za-z0-9_~.&=-]*)?"
)  # nothing to encode or resolve in it


@dataclass(frozen=True, slots=True)
class Destination:
    """A connection's other end: an `address` (or a name to look up), which is `host` by its certificate if `tls`."""

    address: str
    port: int
    host: str
    tls: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`called`: the first line from behind the method on, and the headers that are always the same."""

    at: Destination
    called: str

    def written(self, method: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> bytes:
        """One request, whole. Of `headers` none may hold a line break (clients.faults.refuse_smuggled)."""
        lines = [f"{method} {self.called}", *(f"{name}: {value}" for name, value in headers)]
        if body is not None or method in WITH_BODY:
            lines.append(f"Content-Length: {len(body or b'')}")
        return "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")


def endpoint(url: str, address: str) -> Endpoint:
    """The endpoint of `url`, which rules.addresses finds well-formed, at `address`; raises Refused."""
    origin = origin_of(url)
    at, always = _at(origin, address)
    return Endpoint(at, f"{_target(url[len(origin) :], url)} HTTP/1.1\r\n{always}")


@lru_cache(ALIKE)
def _at(origin: str, address: str) -> tuple[Destination, str]:
    parts = urlsplit(origin)
    always = f"Host: {parts.netloc}\r\nUser-Agent: switchboard\r\nAccept-Encoding: identity"
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return Destination(address, port, host_of(parts), parts.scheme == "https"), always


def _target(path: str, url: str) -> str:
    if PLAIN.fullmatch(path):
        return path
    try:
        return parse_url(url).request_uri
    except LocationParseError:
        raise Refused("its URL is nothing that can be sent") from None
