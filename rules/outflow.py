"""What goes back into an AudioHook session, and when: events and audio, each at its own pace.

Answers (`pong`, `closed`, `disconnect` …) never come here: they are written at once and only counted.
Source: genesys-platform 3.9, 5.6.
"""

from collections import deque
from dataclasses import dataclass

from rules.pacing import Pace

LONGEST_HOLD_S = 60.0  # whatever a retryAfter asks; ours: a session is not silent for ever
NEVER_S = float("-inf")
AT_ONCE_S = 1e-6  # a shorter wait is none: what is left of a subtraction


@dataclass(frozen=True, slots=True, kw_only=True)
class OutflowLimits:
    """Rates are messages a second of each kind; sizes are bytes; `audio_bytes` of PCMU are 4 minutes."""

    per_s: float = 5.0
    burst: int = 25
    message_bytes: int = 60_000  # entities of one event; with the envelope under 64,000
    frame_bytes: int = 64_000  # longest binary message; even
    short_frame_bytes: int = 1_600  # 200 ms of PCMU: five of them a second keep up with the call
    short_frame_s: float = 0.2
    events: int = 256
    audio_bytes: int = 1_920_000


class Outflow:
    """Two bounded queues and their paces; time comes in as an argument (monotonic seconds)."""

    def __init__(self, limits: OutflowLimits) -> None:
        self._limits = limits
        self._texts = Pace(per_s=limits.per_s, burst=limits.burst)
        self._frames = Pace(per_s=limits.per_s, burst=limits.burst)
        self._events: deque[bytes] = deque()
        self._audio = bytearray()
        self._held_until_s = self._framed_at_s = NEVER_S
        self.dropped_events = 0

    @property
    def waiting(self) -> tuple[int, int]:
        """Events, and bytes of audio."""
        return len(self._events), len(self._audio)

    def put_event(self, entity: bytes, *, first: bool = False) -> bool:
        """Queue an encoded entity; False: there is no room, or it is too long, and it is dropped and counted."""
        if len(self._events) >= self._limits.events or len(entity) > self._limits.message_bytes:
            self.dropped_events += 1
            return False
        if first:
            self._events.appendleft(entity)
        else:
            self._events.append(entity)
        return True

    def put_audio(self, audio: bytes) -> bool:
        """Queue audio behind what waits; False: there is no room for it, and nothing of it is taken."""
        if len(self._audio) + len(audio) > self._limits.audio_bytes:
            return False
        self._audio += audio
        return True

    def drop_audio(self) -> int:
        """Forget the audio that waits; its bytes."""
        dropped = len(self._audio)
        self._audio.clear()
        return dropped

    def clear_events(self) -> None:
        """Forget the events that wait: nobody wants them any more."""
        self._events.clear()

    def said(self, now_s: float) -> None:
        """A text message was written past the queue."""
        self._texts = self._texts.after(now_s)

    def hold(self, now_s: float, for_s: float) -> None:
        """The client asked for silence."""
        self._held_until_s = max(self._held_until_s, now_s + min(for_s, LONGEST_HOLD_S))

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until `take_events` or `take_frame` has something, None while nothing waits."""
        waits = [*([self._text_wait_s(now_s)] if self._events else ()), *self._frame_waits_s(now_s)]
        return min(waits, default=None)

    def take_events(self, now_s: float) -> list[bytes]:
        """The entities of the next event message: all that wait and fit into one; empty: not now."""
        if not self._events or self._text_wait_s(now_s) > 0:
            return []
        self._texts = self._texts.after(now_s)
        taken, room = [self._events.popleft()], self._limits.message_bytes
        room -= len(taken[0]) + 1
        while self._events and len(self._events[0]) < room:
            room -= len(self._events[0]) + 1
            taken.append(self._events.popleft())
        return taken

    def take_frame(self, now_s: float) -> bytes:
        """The next binary message, empty: not now. Long audio goes in as few and as equal frames as can be."""
        if any(wait_s > 0 for wait_s in self._frame_waits_s(now_s)) or not self._audio:
            return b""
        self._frames, self._framed_at_s = self._frames.after(now_s), now_s
        count = -(-len(self._audio) // self._limits.frame_bytes)
        size = -(-len(self._audio) // count)
        size += size % 2  # whole samples of L16
        frame = bytes(self._audio[:size])
        del self._audio[:size]
        return frame

    def _text_wait_s(self, now_s: float) -> float:
        return self._rounded(max(self._texts.wait_s(now_s), self._held_until_s - now_s))

    def _frame_waits_s(self, now_s: float) -> tuple[float, ...]:
        """One number while audio waits: short frames keep their distance, so that more may join them."""
        if not self._audio:
            return ()
        wait_s = max(self._frames.wait_s(now_s), self._held_until_s - now_s)
        if len(self._audio) < self._limits.short_frame_bytes:
            wait_s = max(wait_s, self._framed_at_s + self._limits.short_frame_s - now_s)
        return (self._rounded(wait_s),)

    def _rounded(self, wait_s: float) -> float:
        return wait_s if wait_s > AT_ONCE_S else 0.0
