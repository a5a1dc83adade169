"""The bearer keys of callers: read from the setting, compared in constant time, named for the record. Pure."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from messages.orders import Peer

KEY = re.compile(r"[A-Za-z0-9._~+/-]{16,512}=*")  # b64token of RFC 6750 section 2.1; shorter ones could be guessed
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
FINGERPRINT = 8  # hexadecimal digits of a key's SHA-256 that name it where it was given no name


class BadKeys(ValueError):  # noqa: N818 - named for what it is
    """An entry of the setting is no key: a configuration error. Its words never repeat the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key as it is kept: its name, and the digest that a bearer's is compared with."""

    name: str
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key that is accepted; none at all means that nobody is asked for one."""

    known: tuple[Key, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.known)

    def name_of(self, bearer: str) -> str | None:
        """The name of the key that `bearer` is; None for a stranger. Takes as long for either."""
        digest, found = _digest(bearer), None
        for key in self.known:
            if hmac.compare_digest(key.digest, digest):
                found = key.name
        return found


def read_keys(entries: Iterable[str]) -> Keys:
    """The keys of SWITCHBOARD_HTTP__KEYS: `key` or `name:key` each, several while they are rotated; else BadKeys."""
    return Keys(tuple(_key(number, entry.strip()) for number, entry in enumerate(entries, 1)))


def bearer_of(authorization: str) -> str | None:
    """The token in an Authorization header; None where it is of another scheme. Source: RFC 6750 section 2.1."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def peer(name: str = "") -> Peer:
    """Who gives orders over HTTP, as the record will say it: by the name of the key, where one was asked for."""
    return Peer(role="operator", pid=-1, key=name)


def _key(number: int, entry: str) -> Key:
    name, colon, key = entry.rpartition(":")
    if not KEY.fullmatch(key):
        raise BadKeys(f"key {number} has to be 16 to 512 of A-Z a-z 0-9 . _ ~ + / - (and = at its end)")
    if colon and not NAME.fullmatch(name):
        raise BadKeys(f"the name of key {number} has to be 1 to 64 of A-Z a-z 0-9 . _ -")
    digest = _digest(key)
    return Key(name=name or f"key-{digest.hex()[:FINGERPRINT]}", digest=digest)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
