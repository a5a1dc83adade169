"""The door to audio files: looks at one before anybody is told to play it."""

import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from clients.addresses import AddressJudge, Resolve, resolve
from clients.audio_formats import read_sound
from clients.audio_meter import Measured
from clients.audio_source import AudioSource, Unreadable
from clients.carrier import Carrier
from clients.tls import tls_context
from genesys.errors import Fault, Refused, Transport
from messages.audio import AudioFacts, AudioProblem, Level
from rules.addresses import NOTHING, Allowed

K = TypeVar("K")
V = TypeVar("V")
Found = AudioFacts | AudioProblem

MIB = 1 << 20
DECODED = ("pcm_", "mp3", "vorbis", "opus", "flac")  # what libsndfile decodes for sure; others are not held against it


class Meter(Protocol):
    """clients.audio_meter.LoudnessMeter, which says what they raise."""

    def measure(self, file: bytes, ends_at_s: float) -> Measured: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioBounds:
    """`max_bytes` of one file; `remembered` files a door keeps its findings of, for `fresh_s` without asking again."""

    max_bytes: int = 32 * MIB
    remembered: int = 512
    fresh_s: float = 5.0


class Memory(Generic[K, V]):
    """The `most` entries that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What was put there; None where that is forgotten."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Forget the oldest entry where there is no more room."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)


class AudioDoor:
    """One per thread, blocking; https to public or listed addresses only, redirects not followed.

    What it found stays true for as long as the ETag does, and for `fresh_s` whatever that is. Without a `meter`, or
    where it fails, nothing is told of loudness.
    """

    def __init__(
        self,
        bounds: AudioBounds | None = None,
        *,
        meter: Meter | None = None,
        allow: Allowed = NOTHING,
        context: ssl.SSLContext | None = None,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds = bounds or AudioBounds()
        self._meter = meter
        self._clock = clock
        self._judge = AddressJudge(allow, resolver).judge
        self._carrier = Carrier(context or tls_context(), self._judge, self._bounds.max_bytes)
        self._known = Memory[tuple[str, str], Found](self._bounds.remembered)
        self._fresh = Memory[tuple[str, Level], tuple[float, Found]](self._bounds.remembered)

    def inspect(self, url: str, level: Level, timeout_s: float) -> Found:
        """What the file is, or why that cannot be told, within `timeout_s`; raises nothing for what others do."""
        until_s, found = self._fresh.get((url, level)) or (0.0, None)
        if found is None or self._clock() >= until_s:
            found = self._inspect(url, level, self._clock() + timeout_s)
            self._fresh.put((url, level), (self._clock() + self._bounds.fresh_s, found))
        return found

    def forbidden(self, url: str) -> AudioProblem | None:
        """Why nobody may be sent to `url`; None also where its name does not resolve here (contracts 7.10)."""
        try:
            self._judge(url)
        except Refused as refused:
            return AudioProblem(trouble="forbidden", detail=refused.detail)
        except Transport:
            return None
        return None

    def close(self) -> None:
        """Close every idle connection; the meter is shared, and stays."""
        self._carrier.close()

    def _inspect(self, url: str, level: Level, ends_at_s: float) -> Found:
        source = AudioSource(
            self._carrier, url, most_bytes=self._bounds.max_bytes, ends_at_s=ends_at_s, clock=self._clock
        )
        try:
            known = self._recall(url, source.head(), level)
            if known is not None:
                return known
            source.open()
            return self._recall(url, source.etag, level) or self._look(url, source, level, ends_at_s)
        except Unreadable as wrong:
            return wrong.problem
        except Refused as refused:
            return AudioProblem(trouble="forbidden", detail=refused.detail)
        except Fault as fault:
            return AudioProblem(trouble="unreachable", detail=fault.detail)

    def _look(self, url: str, source: AudioSource, level: Level, ends_at_s: float) -> Found:
        try:
            found: Found = self._facts(source, level, ends_at_s)
        except Unreadable as wrong:
            if wrong.problem.trouble == "unreachable":
                raise
            found = wrong.problem
        self._remember(url, source.etag, found)
        return found

    def _facts(self, source: AudioSource, level: Level, ends_at_s: float) -> AudioFacts:
        sound = read_sound(source)
        facts = AudioFacts(
            container=sound.container,
            codec=sound.codec,
            sample_rate_hz=sound.sample_rate_hz,
            channels=sound.channels,
            duration_ms=sound.duration_ms,
            exact=sound.exact,
            size_bytes=source.size,
            etag=source.etag,
            last_modified=source.last_modified,
        )
        if level != "full" or self._meter is None or not sound.codec.startswith(DECODED):
            return facts
        try:
            source.seek(0)
            measured = self._meter.measure(source.read(), ends_at_s)
        except Fault:
            return facts
        if measured.duration_ms is None:
            return replace(facts, loudness=measured.loudness)
        return replace(facts, loudness=measured.loudness, duration_ms=measured.duration_ms, exact=True)

    def _recall(self, url: str, etag: str, level: Level) -> Found | None:
        found = self._known.get((url, etag))
        unmeasured = isinstance(found, AudioFacts) and level == "full" and found.loudness is None
        return None if unmeasured else found

    def _remember(self, url: str, etag: str, found: Found) -> None:
        if etag:
            self._known.put((url, etag), found)
