"""Which addresses a stream may be opened to, and what the upgrade may carry there."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_PORTS = {"ws": 80, "wss": 443}
_CLEAN = re.compile(r"[!-~]+")  # visible ASCII: no white space, no control characters
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_HEADER_VALUE = re.compile(r"[\t -~\x80-\xff]*")


class BadAddressError(ValueError):
    """This URL or header is refused before anything is sent; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a WebSocket URL leads; `secure` is wss."""

    host: str
    port: int
    secure: bool


def address_of(url: str) -> Address:
    """The address in `url`; BadAddressError unless it is wss, or ws to this very machine (contract 7.10)."""
    if not _CLEAN.fullmatch(url):
        raise BadAddressError("the URL holds white space, control characters or letters outside ASCII; encode them")
    parts = _split(url)
    if parts.scheme not in _PORTS:
        raise BadAddressError(f"a stream's URL starts with wss://, not {parts.scheme or 'no scheme'}")
    if parts.username is not None or parts.password is not None:
        raise BadAddressError("the URL holds a user or a password; send them in a header")
    host = parts.hostname or ""
    _check_host(host)
    if parts.scheme == "ws" and not is_loopback(host):
        raise BadAddressError(f"plain ws:// to {host} would show the token to the network; use wss://{host}")
    return Address(host=host, port=parts.port or _PORTS[parts.scheme], secure=parts.scheme == "wss")


def check_headers(headers: Mapping[str, str]) -> None:
    """BadAddressError when a header could smuggle in another one; never names the value."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise BadAddressError(f"{name!r} is not the name of a header")
        if not _HEADER_VALUE.fullmatch(value):
            raise BadAddressError(f"the header {name} holds a line break or a control character; remove it")


def is_loopback(host: str) -> bool:
    """Whether `host` means this machine without asking a name server. Source: RFC 6761 section 6.3."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadAddressError(f"the URL cannot be read: {error}") from error
    return parts


def _check_host(host: str) -> None:
    try:
        encoded = host.encode("idna")
    except UnicodeError as error:
        raise BadAddressError(f"{host!r} is not the name of a host") from error
    if not encoded:
        raise BadAddressError("the URL names no host")
