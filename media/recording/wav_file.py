"""WAV files as they grow: the header is true after every write, so that a file is whole whenever its writer dies.

µ-law and A-law stay what they are (formats 7 and 6): half the size of 16-bit samples and not a bit lost.
Source: Multimedia Programming Interface and Data Specifications 1.0; RFC 2361 for the formats.
"""

import os
import struct

from media.g711 import SAMPLE_BYTES

FORMATS = {"L16": 1, "PCMA": 6, "PCMU": 7}
HEADER = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")  # RIFF, fmt with an empty extension, fact, data


class WavFile:
    """Writes to `descriptor`, a file that is empty, and closes it. Raises OSError."""

    def __init__(self, descriptor: int, *, codec: str, rate_hz: int, channels: int) -> None:
        self._descriptor = descriptor
        self._tag = FORMATS[codec]
        self._rate_hz = rate_hz
        self._channels = channels
        self._block = SAMPLE_BYTES[codec] * channels
        self._bytes = 0
        self._put(self._header(), 0)

    def write(self, audio: bytes) -> None:
        """Append samples as they came."""
        self._put(audio, HEADER.size + self._bytes)
        self._bytes += len(audio)
        self._put(self._header(), 0)

    def close(self) -> None:
        """Nothing more comes."""
        try:
            if self._bytes % 2:
                self._put(b"\0", HEADER.size + self._bytes)  # chunks end on even bytes
        finally:
            os.close(self._descriptor)

    def _put(self, what: bytes, at: int) -> None:
        left = memoryview(what)
        while left:
            written = os.pwrite(self._descriptor, left, at)
            left, at = left[written:], at + written

    def _header(self) -> bytes:
        size, block = self._bytes, self._block
        return HEADER.pack(
            *(b"RIFF", HEADER.size - 8 + size + size % 2, b"WAVE"),
            *(b"fmt ", 18, self._tag, self._channels, self._rate_hz, self._rate_hz * block, block),
            *(8 * block // self._channels, 0),
            *(b"fact", 4, size // block),
            *(b"data", size),
        )
