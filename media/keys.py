"""Keys that callers bring: bearers of /media-api and API keys of AudioHook. Source: contracts 7.11."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

from messages.media import MediaKey


class KeyRing:
    """Several keys at once, and others at any time, so that one can be replaced while calls go on."""

    def __init__(self, keys: Iterable[MediaKey] = ()) -> None:
        self.take(keys)

    def take(self, keys: Iterable[MediaKey]) -> None:
        """Know these from now on, and no other."""
        self._keys = tuple((fingerprint(key.key), key) for key in keys)
        secrets: defaultdict[bytes, tuple[bytes, ...]] = defaultdict(tuple)
        for mark, key in self._keys:
            secrets[mark] += (b64decode(key.secret),)
        self._secrets = dict(secrets)

    def find(self, offered: str) -> MediaKey | None:
        """The key that was `offered`; every key is compared in full, so that the time taken tells nothing."""
        mark = fingerprint(offered)
        found = None
        for ours, key in self._keys:
            if compare_digest(mark, ours):
                found = key
        return found

    def secrets(self, offered: str) -> tuple[bytes, ...] | None:
        """The secrets of the key that was `offered`, an empty one where it has none; None where it is unknown."""
        return self._secrets.get(fingerprint(offered))


def fingerprint(secret: str) -> bytes:
    """SHA-256 of `secret`, whatever characters a stranger put into it."""
    return sha256(secret.encode(errors="surrogateescape")).digest()


def bearer(authorization: str | None) -> str | None:
    """The token of an Authorization header; None where it holds none. Source: RFC 6750 section 2.1."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None
