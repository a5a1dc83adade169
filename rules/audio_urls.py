"""URLs of audio that Genesys fetches: which are fit for it, their file's extension, their query.

Source: contracts 2.3, 3.3, 3.4, 7.9 and 7.10.
"""

import re
from urllib.parse import unquote_plus, urlsplit

from rules.addresses import Allowed, objection, shape_objection

PARTS = re.compile(r"((?:[^:/?#]+:)?(?://[^/?#]*)?)([^?#]*)(.*)", re.DOTALL)  # RFC 3986 appendix B: origin, path, rest
FORMATS = ("wav", "mp3", "ogg")  # what the media server plays in a barge; contracts 3.3


def url_objection(url: str, allow: Allowed, addresses: tuple[str, ...] | None = None) -> str | None:
    """Why Genesys must not be told to fetch `url`; None when nothing is wrong. The words never repeat the URL.

    `addresses` are those of its host, empty where the name does not resolve here, which is no objection; None before
    they are known: then only what is wrong for sure is objected to, and it has to be asked again.
    """
    wrong = shape_objection(url)
    if wrong is None and "#" in url:  # never sent, and read differently by different parsers
        wrong = "it must not have a fragment"
    if wrong is not None:
        return wrong
    if addresses is None and allow.networks and urlsplit(url).scheme == "http":
        return None  # it may lead into a network that is listed
    return objection(url, addresses or (), allow)


def extension(url: str) -> str:
    """What follows the last dot in the last part of the path, as it is written; empty where there is none."""
    return _name(url).rpartition(".")[2] if "." in _name(url) else ""


def with_extension(url: str, new: str) -> str:
    """`url` with the extension of its path replaced, or added where it has none; all else as it was."""
    origin, path, rest = _parts(url)
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] if "." in name else name
    return f"{origin}{folder}{slash}{stem}.{new}{rest}"


def without_query(url: str) -> str:
    """A `url` that nothing is wrong with as it may be shown and put on record: its query may be a signature."""
    origin, path, _rest = _parts(url)
    return origin + path


def normalized(url: str) -> str:
    """`url` with the parameter `normalize=true` in the place of any it had; the others byte for byte as they were."""
    address, _mark, query = url.partition("?")
    kept = [part for part in query.split("&") if query and unquote_plus(part.partition("=")[0]) != "normalize"]
    return f"{address}?{'&'.join([*kept, 'normalize=true'])}"


def _name(url: str) -> str:
    return _parts(url)[1].rpartition("/")[2]


def _parts(url: str) -> tuple[str, str, str]:
    found = PARTS.fullmatch(url)
    assert found is not None, "the pattern matches any text"
    return found[1], found[2], found[3]
