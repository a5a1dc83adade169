"""What befalls a call's audio on its way, frame by frame: decided by seeded chance, or by a script. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import chain, repeat
from random import Random

from simulator.forms import BadInput

EVERY_S = (4.0, 8.0)  # of audio, between two bursts or two pauses
HELD_S = (0.2, 1.5)  # what a burst holds back
PAUSED_S = (0.5, 2.0)
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FRAMES = re.compile(r"[1-9][0-9]{0,6}")


class Fate(Enum):
    """Of one frame. HELD frames follow with the next SENT one; a PAUSED one is discarded by the caller's side."""

    SENT = "sent"
    LOST = "lost"
    REPEATED = "repeated"
    HELD = "held"
    PAUSED = "paused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Language:
    """What is spoken from here on; it takes no frame's time."""

    tag: str


Step = Fate | Language
Run = tuple[Step, int]  # so many times in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """`gaps` and `repeats`: of each frame; `drops`: of each call, that its connection breaks somewhere."""

    gaps: float = 0.0
    repeats: float = 0.0
    drops: float = 0.0
    bursts: bool = False
    pauses: bool = False


_FATES = frozenset(fate.value for fate in Fate)


class Mishaps:
    """Of one call of `frames` frames, each `frame_s` long."""

    def __init__(self, likely: Likelihood, chance: Random, frames: int, frame_s: float) -> None:
        self._likely = likely
        self._chance = chance
        self._frame_s = frame_s
        self._at = 0
        self._held = self._paused = 0
        self._burst_at = self._some(EVERY_S) if likely.bursts else None
        self._pause_at = self._some(EVERY_S) if likely.pauses else None
        self._drop_at = chance.randrange(frames) if frames and chance.random() < likely.drops else None

    @property
    def quiet(self) -> bool:
        """Whether nothing will ever happen."""
        unlikely = not (self._likely.gaps or self._likely.repeats)
        return unlikely and self._drop_at is self._burst_at is self._pause_at is None

    def next(self) -> Fate:
        """The next frame's fate."""
        at, self._at = self._at, self._at + 1
        if at == self._drop_at:
            return Fate.DROPPED
        self._begin(at)
        if self._paused:
            self._paused -= 1
            return Fate.PAUSED
        if self._held:
            self._held -= 1
            return Fate.HELD
        if self._likely.gaps and self._chance.random() < self._likely.gaps:
            return Fate.LOST
        if self._likely.repeats and self._chance.random() < self._likely.repeats:
            return Fate.REPEATED
        return Fate.SENT

    def _begin(self, at: int) -> None:
        if self._pause_at is not None and at >= self._pause_at:
            self._paused = self._some(PAUSED_S)
            self._pause_at = at + self._paused + self._some(EVERY_S)
        elif self._burst_at is not None and at >= self._burst_at and not self._paused:
            self._held = self._some(HELD_S)
            self._burst_at = at + self._held + self._some(EVERY_S)

    def _some(self, between_s: tuple[float, float]) -> int:
        return max(1, round(self._chance.uniform(*between_s) / self._frame_s))


class Scripted:
    """What the script says of each frame, and after it nothing more."""

    quiet = False

    def __init__(self, script: Iterable[Run]) -> None:
        self._steps = chain.from_iterable(repeat(step, times) for step, times in script)

    def next(self) -> Step:
        """The next frame's fate, or what is said before it."""
        return next(self._steps, Fate.SENT)


def read_script(text: str) -> tuple[Run, ...]:
    """`sent 10, lost 2, language de-DE, paused 5`: how many frames in a row have which fate, and where the language
    changes; BadInput where it says anything else.
    """
    return tuple(_run(run.split()) for run in text.split(","))


def _run(words: list[str]) -> Run:
    match words:
        case ["language", tag] if _TAG.fullmatch(tag):
            return Language(tag), 1
        case [fate, frames] if fate in _FATES and _FRAMES.fullmatch(frames):
            return Fate(fate), int(frames)
        case _:
            known = ", ".join(sorted(_FATES))
            raise BadInput(
                [
                    f"--script: expected fates and numbers of frames, such as sent 10, lost 2; there are {known}, "
                    "and language with a tag"
                ]
            )
