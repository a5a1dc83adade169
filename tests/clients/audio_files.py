"""Files in memory, for the readers of formats; they count how far they were read."""

from io import BytesIO

from clients.audio_formats import read_sound
from clients.audio_sound import Sound
from clients.audio_source import Unreadable
from messages.audio import AudioProblem


class Bytes(BytesIO):
    """What clients.audio_source.AudioSource is to a reader."""

    @property
    def size(self) -> int:
        return len(self.getbuffer())


def sound(content: bytes) -> Sound:
    """What the file is; fails the test where it is none."""
    return read_sound(Bytes(content))


def trouble(content: bytes) -> AudioProblem:
    """Why it is no audio; fails the test where it is."""
    try:
        found = read_sound(Bytes(content))
    except Unreadable as wrong:
        return wrong.problem
    raise AssertionError(f"it is {found}")
