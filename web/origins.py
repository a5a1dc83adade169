"""Which requests a browser sends for somebody else's page. Pure."""

import re
from urllib.parse import urlsplit

from rules.addresses import host_of, is_loopback

AUTHORITY = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
PORTS = {"http": 80, "https": 443}


def foreign(origin: str | None, host: str | None, *, keyless: bool) -> str | None:
    """Why a request with these two headers is not answered; None when it is.

    Without keys the door trusts everybody on this machine, and so must not be talked to by a page whose name was
    made to point here (DNS rebinding): its `Host` has to be this machine's own name.
    """
    if keyless and host is not None and not _names_this_machine(host):
        return "the Host header is not this machine's own, and this door has no keys"
    if origin is None or (host is not None and _same(origin, host)):
        return None
    return "the Origin header is another site's"


def _names_this_machine(host: str) -> bool:
    if not AUTHORITY.fullmatch(host):
        return False
    try:
        return is_loopback(host_of(urlsplit(f"//{host}")))
    except ValueError:
        return False


def _same(origin: str, host: str) -> bool:
    """Whether `origin` is this server as `host` calls it; a proxy may have taken the TLS off."""
    scheme, _, authority = origin.partition("://")
    default = PORTS.get(scheme.lower())
    if default is None or not AUTHORITY.fullmatch(authority):
        return False
    ours, theirs = host.lower(), authority.lower()
    return theirs == ours or theirs == ours.removesuffix(f":{default}")
