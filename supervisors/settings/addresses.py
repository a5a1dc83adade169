"""Which addresses and URLs a setting may hold. Source: contracts 7.9 and 7.10."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

from rules.addresses import ENDS_IN_A_NUMBER, HOST, SHAPE, Allowed, host_of, is_loopback, objection

MASK = "****"


def genesys_url(url: str, secure: str, plain: str) -> str:
    """`url` without a slash at its end; `plain` is for this machine only, so that no token crosses a network."""
    parts = _parts(url)
    if parts.scheme not in (secure, plain):
        raise ValueError(f"the URL has to start with {secure}://, not {parts.scheme}://")
    if "@" in parts.netloc:
        raise ValueError("the URL carries a user or a password; leave them out")
    if parts.query or parts.fragment:
        raise ValueError("the URL carries a query or a fragment; give only scheme, host, port and path")
    if parts.scheme == plain and not is_loopback(host_of(parts)):
        raise ValueError(f"{plain}:// would show the token to the network; use {secure}://, or {plain}:// to loopback")
    return url.rstrip("/")


def web_url(url: str, allow: Allowed) -> str:
    """`url` if it may be called, as far as that can be said without resolving names; the sending looks again."""
    host = host_of(_parts(url))
    may_be_listed = bool(allow.networks) and host != "localhost" and not _is_literal(host)
    judged = url.replace("http://", "https://", 1) if may_be_listed else url
    wrong = objection(judged, ("127.0.0.1",) if host == "localhost" else (), allow)
    if wrong is not None:
        raise ValueError(wrong)
    return url


def store_url(url: str) -> str:
    """`url` of an SQLite file or a PostgreSQL server; ValueError never repeats it, it may hold a password."""
    if url.startswith("sqlite:///") and url.isprintable():
        return url
    if url.startswith("sqlite:"):
        raise ValueError("the URL of a file is sqlite:///relative/path or sqlite:////absolute/path")
    parts = _parts(url)
    if parts.scheme not in ("postgresql", "postgresql+psycopg"):
        raise ValueError(f"{parts.scheme}:// is no store; use sqlite:/// or postgresql://")
    if "@" in parts.path or parts.fragment:
        raise ValueError("the URL is malformed: write @ / ? # in a password as %40 %2F %3F %23")
    return url


def split_listen(text: str) -> tuple[str, int]:
    """Host and port of `host:port`, `[::1]:port` for IPv6; ValueError says what is wrong."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"{text!r} has to be host:port with a port from 0 to 65535, e.g. 127.0.0.1:8080")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not _is_host(bare) or (":" in bare) != (bare != host):
        raise ValueError(f"{text!r} has to name a host before the port, e.g. 127.0.0.1:8080 or [::1]:8080")
    return bare, int(port)


def masked(url: str) -> str:
    """`url` for people to see: without its password, query and fragment."""
    if url.startswith("sqlite:"):
        return url
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}:{MASK}@{place}" if at and ":" in user else parts.netloc
    return urlunsplit((parts.scheme, netloc, parts.path, MASK if parts.query else "", ""))


def _parts(url: str) -> SplitResult:
    """The parts of a URL with a scheme and a host; ValueError in words that do not repeat the URL."""
    if not SHAPE.fullmatch(url):
        raise ValueError("the URL is too long, or holds white space, control characters or letters outside ASCII")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("the URL is malformed (is its port a number?)") from None
    if not parts.scheme or not _is_host(host_of(parts)):
        raise ValueError("the URL is malformed: it has to look like scheme://host")
    return parts


def _is_host(text: str) -> bool:
    name = text.lower()
    return _is_literal(text) or (HOST.fullmatch(name) is not None and not ENDS_IN_A_NUMBER.search(name))


def _is_literal(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
