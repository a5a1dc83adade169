"""The nonces of signatures that were good once: inside its window of time a signature is good for one upgrade only.

They are kept as marks in a table of fixed size, in any memory that can be written: what several processes map is one
table for all of them. Whoever takes a nonce has the table to himself for that long.
"""

from hashlib import sha256
from struct import Struct

KEPT_S = 13.0  # as long as any signature can pass: 10 s of age and 3 s of skew; genesys-platform 3.2
BUCKETS, PLACES = 2_048, 32  # in all more upgrades than a machine takes in 13 s
MARK_BYTES = 16  # of SHA-256
_MARKS_BYTES = PLACES * MARK_BYTES  # of a bucket: first every place's mark, then until when each is kept; zero: nothing
_TIMES, _TIME = Struct(f"<{PLACES}d"), Struct("<d")
_BUCKET_BYTES = _MARKS_BYTES + _TIMES.size
TABLE_BYTES = BUCKETS * _BUCKET_BYTES


class NonceTable:
    """TABLE_BYTES of memory, all zero at first; the clock is the caller's."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory

    def take(self, key: str, nonce: str, now_s: float) -> bool:
        """Whether `nonce` is new for `key`; it is kept from now on. A full bucket takes none."""
        digest = sha256(f"{key}\0{nonce}".encode("utf-8", "surrogateescape")).digest()
        mark, number = digest[:MARK_BYTES], int.from_bytes(digest[MARK_BYTES:]) % BUCKETS
        bucket = self._memory[number * _BUCKET_BYTES : (number + 1) * _BUCKET_BYTES]
        kept_until_s = _TIMES.unpack_from(bucket, _MARKS_BYTES)
        found = bytes(bucket[:_MARKS_BYTES]).find(mark)
        if found >= 0 and kept_until_s[found // MARK_BYTES] > now_s:
            return False
        place = next((place for place, until_s in enumerate(kept_until_s) if until_s <= now_s), None)
        if place is None:
            return False
        bucket[place * MARK_BYTES : (place + 1) * MARK_BYTES] = mark
        _TIME.pack_into(bucket, _MARKS_BYTES + place * _TIME.size, now_s + KEPT_S)
        return True
