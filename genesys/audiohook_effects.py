"""What a session asks of whoever holds its socket."""

from dataclasses import dataclass, field

from genesys.audiohook_media import Media, Samples
from genesys.audiohook_messages import Open
from messages.base import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Write this text before anything else that waits."""

    frame: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """`opened` is said; `media` is None for a session without audio."""

    opening: Open
    media: Media | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something for the time line of the session's streams."""

    what: str
    data: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The next sample would have been at `begins` and is at `ends`: what lies between will never come.

    `ends` is below `begins` where the client's count goes back.
    """

    begins: Samples
    ends: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The call's language is declared."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """The client ends the session: send what is pending, then `closed`."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush:
    """This integration takes no events: send none any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowDown:
    """Send neither events nor audio for so long."""

    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The session ends with `disconnect`, which is said already; `info` is why."""

    info: str


Effect = Say | Begun | Noted | Skipped | Spoken | Flush | Hush | SlowDown | Broken
