"""Where recordings go: which directory will do, what a file is called, who may read it."""

import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

from media.recording.wav_file import WavFile

Form = Literal["wav", "flac"]
INSTALL = "pip install 'genesys-switchboard[audio]'"
OWNER_ONLY = 0o600
UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class SoundFile(Protocol):
    """A file of sound that grows. Both methods raise OSError; after `close` raised it is closed all the same."""

    def write(self, audio: bytes) -> None:
        """Append samples as the call brought them."""

    def close(self) -> None:
        """Nothing more comes."""


Create = Callable[[Path], int]  # the descriptor of a new, empty file; raises OSError


def unusable_directory(directory: Path) -> tuple[str, str] | None:
    """Why nothing can be recorded there, and what to name instead; None where it can be."""
    if directory.is_dir() and os.access(directory, os.W_OK | os.X_OK):
        return None
    return f"{directory} is no directory that can be written", "one that the gateway's user may write, mode 0700"


def missing_flac(form: Form) -> tuple[str, str] | None:
    """Why recordings cannot have this form, and what to set instead; None where they can."""
    if form == "flac" and find_spec("soundfile") is None:
        return "recordings in FLAC need soundfile", f"wav, or install it: {INSTALL}"
    return None


def file_name(stream_id: str, opened_at: str, form: Form) -> str:
    """`20261128T110923Z-<stream id>.wav`, of an RFC 3339 time: sorts by time, fits every file system."""
    stamp = re.sub(r"[^0-9TZ]", "", opened_at.upper().partition(".")[0].removesuffix("Z")) + "Z"
    return f"{stamp}-{UNSAFE.sub('_', stream_id)}.{form}"


def create(path: Path) -> int:
    """A new file for its owner only; raises FileExistsError rather than touch one that is there."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, OWNER_ONLY)


def sound_file(descriptor: int, form: Form, *, codec: str, rate_hz: int, channels: int) -> SoundFile:
    """The file behind `descriptor`, which it closes. Raises OSError."""
    if form == "flac":
        from media.recording.flac_file import FlacFile  # an extra

        return FlacFile(descriptor, codec=codec, rate_hz=rate_hz, channels=channels)
    return WavFile(descriptor, codec=codec, rate_hz=rate_hz, channels=channels)
