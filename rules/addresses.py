"""Which URLs from outside this gateway may call, or may have Genesys fetch: SSRF is refused here.

The caller resolves the name once, asks here about every address, and connects to one of those very addresses.
Source: contracts 7.9 and 7.10, reliability section 2.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address

SHAPE = re.compile(r"[!-~]{1,2048}")  # printable ASCII without white space
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")
ENDS_IN_A_NUMBER = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)$")  # what inet_aton would take for an address; WHATWG URL 3.5
CARRIES_IPV4 = tuple(
    ip_network(block) for block in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)  # RFC 4291, 6052, 8215, 3056, 4380
RELAY_6TO4 = ip_network("192.88.99.0/24")  # RFC 7526


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the operator lists in SWITCHBOARD_URLS__ALLOW: hosts by name, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def lists(self, host: str, address: Address) -> bool:
        """Whether `host` or the network of `address` is on the list."""
        plain = _unmapped(address)
        return host in self.hosts or any(plain in network for network in self.networks)


NOTHING = Allowed()


def allowed(entries: str) -> Allowed:
    """The list in `entries`, comma-separated hosts and CIDRs; ValueError names the entry that is neither."""
    hosts, networks = set(), []
    for entry in filter(None, (part.strip().lower().rstrip(".") for part in entries.split(","))):
        try:
            networks.append(ip_network(entry.strip("[]")))
        except ValueError as wrong:
            if "/" in entry or not HOST.fullmatch(entry) or ENDS_IN_A_NUMBER.search(entry):
                raise ValueError(f"{entry!r} is neither a host nor a network: {wrong}") from None
            hosts.add(entry)
    return Allowed(hosts=frozenset(hosts), networks=tuple(networks))


def objection(url: str, addresses: tuple[str, ...], allow: Allowed = NOTHING) -> str | None:
    """Why `url`, whose host resolved to `addresses`, must not be called; None when it may.

    A literal address counts as its own resolution; no address at all (the name does not resolve here) is no
    objection. The words never repeat the URL, whose query may be secret.
    """
    wrong = shape_objection(url)
    if wrong is not None:
        return wrong
    parts = urlsplit(url)
    host = host_of(parts)
    literal = _literal(host)
    found = (literal,) if literal else tuple(ip_address(address.split("%")[0]) for address in addresses)
    if (host in allow.hosts) or (found and all(allow.lists(host, address) for address in found)):
        return None
    if parts.scheme != "https":
        return "it has to be https, unless SWITCHBOARD_URLS__ALLOW lists its target"
    for address in found:
        if not (allow.lists(host, address) or is_public(address)):
            return f"{host} is at {address}, which is no public address and not in SWITCHBOARD_URLS__ALLOW"
    return None


def shape_objection(url: str) -> str | None:
    """Why `url` is no plain http(s) URL: white space, controls, credentials, odd hosts; None when it is one."""
    if not SHAPE.fullmatch(url) or "\\" in url:
        return "it is empty, too long, or has white space, control, non-ASCII characters or a backslash in it"
    return _origin_objection(origin_of(url))


def origin_of(url: str) -> str:
    """Scheme, host and port of `url` as they are written there: what comes before its path, query and fragment."""
    found = ORIGIN.match(url)
    return found[0] if found else url


@lru_cache(maxsize=1024)
def _origin_objection(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return "it is no well-formed URL"
    if parts.scheme not in {"http", "https"}:
        return "it has to be an http or https URL"
    if "@" in parts.netloc:
        return "it must not carry a user or password"
    if port == 0 or parts.netloc.endswith(":"):
        return "its port is missing or 0"
    return _host_objection(host_of(parts))


def _host_objection(host: str) -> str | None:
    literal = _literal(host)
    if literal is not None:
        return None
    if ENDS_IN_A_NUMBER.search(host):
        return "its host is a number that is no plain IPv4 address"
    return None if HOST.fullmatch(host) else "its host is missing or malformed"


def host_of(parts: SplitResult) -> str:
    """The host of a split URL: lower case, without brackets and without the root's dot."""
    return (parts.hostname or "").removesuffix(".")


def is_literal(host: str) -> bool:
    """Whether `host` is an address and no name."""
    return _literal(host) is not None


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its own name or literal address."""
    literal = _literal(host)
    return host == "localhost" if literal is None else _unmapped(literal).is_loopback


def is_public(address: Address) -> bool:
    """Whether `address` is on the public internet, and no other address in disguise."""
    plain = _unmapped(address)
    if isinstance(plain, IPv6Address) and any(plain in block for block in CARRIES_IPV4):
        return False
    return plain.is_global and not plain.is_multicast and plain not in RELAY_6TO4


def _unmapped(address: Address) -> Address:
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=1024)
def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
