"""The nonces of AudioHook's signatures, remembered by all workers of a gateway together.

The memory is a file without a name that the gateway hands to each of its processes, so what one worker has taken no
other takes, nor the next one after it was killed. The lock is a record lock: who is killed lets go of it.
Source: memfd_create(2), fcntl(2).
"""

import fcntl
import mmap

from genesys.audiohook_nonces import TABLE_BYTES, NonceTable
from genesys.audiohook_signature import Nonces


class SharedNonces:
    """`descriptor`: the gateway's memory, TABLE_BYTES of it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._table = NonceTable(memoryview(mmap.mmap(descriptor, TABLE_BYTES)))

    def take(self, key: str, nonce: str, now_s: float) -> bool:
        """Whether `nonce` is new for `key`; it is kept from now on."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
        try:
            return self._table.take(key, nonce, now_s)
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


def nonces_of(descriptor: int | None) -> Nonces:
    """Those of the gateway; None: a worker's own, which has nobody to share them with."""
    return NonceTable(memoryview(bytearray(TABLE_BYTES))) if descriptor is None else SharedNonces(descriptor)
