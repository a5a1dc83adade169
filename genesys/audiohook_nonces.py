"""The nonces of signatures that were good once: inside its window of time a signature is good for one upgrade only."""

from collections import OrderedDict

KEPT_S = 13.0  # as long as any signature can pass: 10 s of age and 3 s of skew; genesys-platform 3.2
MOST = 65_536  # more upgrades in 13 s than a worker can take


class NonceStore:
    """Nonces and when they came, oldest first; the clock is the caller's."""

    def __init__(self, kept_s: float = KEPT_S, most: int = MOST) -> None:
        self._kept_s = kept_s
        self._most = most
        self._came_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._came_at)

    def take(self, key: str, nonce: str, now_s: float) -> bool:
        """Whether `nonce` is new for `key`; it is kept from now on. A full store takes none."""
        self._forget(now_s)
        if (key, nonce) in self._came_at or len(self._came_at) >= self._most:
            return False
        self._came_at[key, nonce] = now_s
        return True

    def _forget(self, now_s: float) -> None:
        while self._came_at:
            first = next(iter(self._came_at))
            if self._came_at[first] + self._kept_s > now_s:
                return
            del self._came_at[first]
