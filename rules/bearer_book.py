"""Bearers that were asked about not long ago, by their hash: a thousand at most, each for a while. Pure."""

from collections import OrderedDict
from hashlib import sha256

MOST = 1_000
KNOWN_S = 60.0  # how long a token that was revoked may still open a call
UNKNOWN_S = 10.0


class BearerBook:
    """Times are monotonic, in seconds."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._found: OrderedDict[bytes, tuple[bool, float]] = OrderedDict()

    def known(self, bearer: str, now_s: float) -> bool | None:
        """Whether Genesys knew it; None where that is to be asked (anew)."""
        known, until_s = self._found.get(_key(bearer), (False, float("-inf")))
        return known if now_s < until_s else None

    def note(self, bearer: str, known: bool, now_s: float) -> None:
        """What Genesys said."""
        key = _key(bearer)
        self._found[key] = (known, now_s + (KNOWN_S if known else UNKNOWN_S))
        self._found.move_to_end(key)
        if len(self._found) > self._most:
            self._found.popitem(last=False)


def _key(bearer: str) -> bytes:
    return sha256(bearer.encode()).digest()
