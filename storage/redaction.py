"""What must not get into a record although an order or an outcome carries it: the secrets of URLs. Pure."""

import re
from typing import Any

import orjson

from storage.record import canonical

URL = re.compile(r"([a-z][a-z0-9+.-]*://)(\S*)", re.IGNORECASE)
ALL_URL = re.compile(r"\s*([a-z][a-z0-9+.-]*://)(.*)", re.IGNORECASE | re.DOTALL)
WITHHELD = "(not recorded)"
USERINFO = re.compile(r"^[^/?#]*@")
REST = re.compile(r"[?#].*$", re.DOTALL)


def redacted(document: bytes) -> bytes:
    """Canonical JSON without query, fragment and user:password of any URL in it, alone or inside a sentence."""
    if b"://" not in document or not (b"?" in document or b"@" in document or b"#" in document):
        return document
    return canonical(_walk(orjson.loads(document)))


def without(document: bytes, names: frozenset[str]) -> bytes:
    """Canonical JSON of an object in which the values under `names` are withheld."""
    if not names:
        return document
    return canonical({name: WITHHELD if name in names else held for name, held in orjson.loads(document).items()})


def redacted_text(text: str) -> str:
    """`text` with what is secret cut out of its URLs; one that begins as a URL is taken to be nothing else."""
    if "://" not in text:
        return text
    whole = ALL_URL.fullmatch(text)
    return _cut(whole) if whole else URL.sub(_cut, text)


def _cut(found: re.Match[str]) -> str:
    return found[1] + REST.sub("", USERINFO.sub("", found[2]))


def _walk(value: Any) -> Any:
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, dict):
        return {name: _walk(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_walk(held) for held in value]
    return value
