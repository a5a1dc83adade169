"""FLAC files as they grow, by libsndfile (the extra `audio`): half the size again, and nothing lost.

Whatever was written can be decoded whenever the writer dies, but for the last block of 4,096 samples; the header tells
the length only once the file is closed.
"""

import errno
import os

import soundfile  # type: ignore[import-untyped,import-not-found,unused-ignore]

from media.g711 import decoded


class FlacFile:
    """Writes to `descriptor`, a file that is empty, and closes it. Raises OSError."""

    def __init__(self, descriptor: int, *, codec: str, rate_hz: int, channels: int) -> None:
        self._codec = codec
        try:
            self._file = soundfile.SoundFile(
                descriptor, "w", samplerate=rate_hz, channels=channels, subtype="PCM_16", format="FLAC"
            )
        except soundfile.SoundFileError as wrong:
            os.close(descriptor)
            raise _failed(wrong) from wrong

    def write(self, audio: bytes) -> None:
        """Append samples."""
        try:
            self._file.buffer_write(decoded(audio, self._codec), "int16")
        except (soundfile.SoundFileError, AssertionError) as wrong:  # it asserts that all was written
            raise _failed(wrong) from wrong

    def close(self) -> None:
        """Nothing more comes; the header is completed."""
        try:
            self._file.close()
        except soundfile.SoundFileError as wrong:
            raise _failed(wrong) from wrong


def _failed(wrong: Exception) -> OSError:
    """libsndfile does not say why; most often the disk is full."""
    return OSError(errno.EIO, f"the FLAC file cannot be written, the disk may be full ({wrong})")
