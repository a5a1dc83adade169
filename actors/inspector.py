"""InspectorActor: looks at audio files, one after the other, on a thread of its own; waits for the network."""

from collections import Counter
from typing import Protocol

from actors.base import GatewayActor, Seat
from messages.audio import AudioFacts, AudioInspected, AudioProblem, InspectAudio, Level, ToInspector
from rules.audio import LoudnessLimits, judge

TIMEOUT_S = 5.0  # the default of SWITCHBOARD_AUDIO__TIMEOUT_S


class AudioDoor(Protocol):
    """Where files are looked at; clients.audio.AudioDoor."""

    def inspect(self, url: str, level: Level, timeout_s: float) -> AudioFacts | AudioProblem:
        """What the file is, or why that cannot be told, within `timeout_s`."""

    def forbidden(self, url: str) -> AudioProblem | None:
        """Why nobody may be sent to `url`."""

    def close(self) -> None:
        """Close what is idle."""


class InspectorActor(GatewayActor[ToInspector]):
    """Give a URL always to the same inspector (rules.audio.chosen): its door remembers what it has seen."""

    def __init__(
        self, seat: Seat, *, door: AudioDoor, limits: LoudnessLimits | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        super().__init__(seat)
        self._door = door
        self._limits = limits or LoudnessLimits()
        self._timeout_s = timeout_s
        self._ends: Counter[str] = Counter()

    def handle(self, message: ToInspector) -> None:
        message.reply_to.tell(self._inspect(message))

    def stopped(self) -> None:
        self._door.close()

    def release(self) -> None:
        self._door.close()

    def facts(self) -> dict[str, int]:
        return dict(self._ends)

    def _inspect(self, asked: InspectAudio) -> AudioInspected:
        if asked.level == "off":
            problem = self._door.forbidden(asked.url)
            if problem is None:
                return AudioInspected(inspection_id=asked.inspection_id, facts=None)
            self._ends[problem.trouble] += 1
            return judge(asked, problem, self._limits)
        found = self._found(asked)
        self._ends["read" if isinstance(found, AudioFacts) else found.trouble] += 1
        return judge(asked, found, self._limits)

    def _found(self, asked: InspectAudio) -> AudioFacts | AudioProblem:
        left_s = asked.deadline_s - self.world.monotonic()
        if left_s <= 0:
            return AudioProblem(trouble="unreachable", detail="there was no time left to look at it")
        return self._door.inspect(asked.url, asked.level, min(left_s, self._timeout_s))
