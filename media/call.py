"""One audio stream on its way from a call to the transcription service: what both protocols share.

A lane is told of frames by the protocol that reads them and sends them on; what it learns goes up the line. Per frame
it takes no lock, logs nothing and makes no message: counters are plain integers that the house reads now and then.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol

from media.bulkhead import Bulkhead, in_words
from media.taps import taps
from media.uplinks import Result
from messages.base import Json
from messages.media import (
    AudioStreamClosed,
    AudioStreamCounts,
    AudioStreamGap,
    AudioStreamLanguage,
    AudioStreamNoted,
    AudioStreamOpened,
    AudioStreamTranscript,
    LanguageSource,
)
from messages.media import Protocol as MediaProtocol
from rules.language_evidence import Standing

if TYPE_CHECKING:
    from media.house import House

SAMPLE_BYTES = {"PCMU": 1, "PCMA": 1, "L16": 2}  # of one channel; RFC 3551 sections 4.5.11 and 4.5.14
HIGH_CHUNKS = 250  # that wait for the service: 5 s of 20 ms; reading stops there where the protocol can bear it
LOW_CHUNKS = 100
LOOK_EVERY = 8  # frames, at what waits
JITTER_GAIN = 1 / 16  # RFC 3550 section 6.4.1
GRACE_S = 1.0  # beyond the service's own time for its last results
CONFIDENCE_DIGITS = 3  # of a language, as it is told
LONGEST_TEXT = 65_536  # characters of one transcript that are told: however they are escaped, the line bears it

GapKind = Literal["gap", "repeat", "step_back", "dropped", "discarded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a call says of a stream before its first audio.

    `voices`: the participant_id of its chunks, where it is another one. Several take turns: chunk 1 is the first's, 2
    the second's, and so on. `high_byte_first`: of 16-bit samples. `plays`: audio can go back into the call.
    """

    conversation_id: str
    participant_id: str
    protocol: MediaProtocol
    codec: str
    sample_rate_hz: int
    channel: str = ""
    voices: tuple[str, ...] = ()
    high_byte_first: bool = False
    plays: bool = False


class Caller(Protocol):
    """The protocol that feeds a lane, as the lane and the gateway's commands see it."""

    def hold(self) -> None:
        """The service is behind: stop reading, where the protocol can bear it."""

    def release(self) -> None:
        """The service has caught up."""

    def heard(self, lane: "Lane", result: Result) -> None:
        """The service's answer."""

    def deserted(self, lane: "Lane", why: str) -> None:
        """The lane has ended before its time: the service is gone for good, or we are at fault."""

    def finished(self, lane: "Lane") -> None:
        """After `end`: the last result has come, and the end is told."""

    def play(self, lane: "Lane", audio: bytes) -> None:
        """Play PCMU into the call."""

    def barge(self, lane: "Lane") -> None:
        """Drop what has not been played yet."""

    def disconnect(self, lane: "Lane", reason: str, output_variables: Mapping[str, str]) -> None:
        """End the call from this side."""


class Lane:
    """Opens at once, before anything slow, and tells its end exactly once."""

    __slots__ = (
        "_book",
        "_closed",
        "_code",
        "_guard",
        "_house",
        "_opened_at",
        "_reason",
        "_second_a_byte",
        "_tape",
        "_transit",
        "caller",
        "ending",
        "facts",
        "frames",
        "gaps",
        "held",
        "in_outage",
        "jitter_s",
        "lost",
        "malformed",
        "position_s",
        "repeats",
        "stream_id",
        "taps",
        "uplink",
    )

    def __init__(self, house: "House", facts: Facts, caller: Caller) -> None:
        self.facts, self.caller = facts, caller
        self.stream_id = house.new_id()
        self.frames = self.gaps = self.repeats = self.malformed = self.lost = 0
        self.jitter_s = self.position_s = 0.0
        self.held = self.in_outage = self.ending = False
        self._house = house
        self._opened_at = house.instant()
        self._second_a_byte = _second_a_byte(facts)
        self._transit: float | None = None
        self._reason, self._code = "", 0
        self._closed = False
        self._guard: asyncio.TimerHandle | None = None
        codec, voices = facts.codec.upper(), max(1, len(facts.voices))
        self._book = house.languages.book(self._speaks, codec=codec, rate_hz=facts.sample_rate_hz)
        self.uplink = house.uplink(facts, self)
        house.line.tell(self.opened())
        house.lanes[self.stream_id] = self
        self._tape = house.tape(self, codec, voices, self._opened_at)
        self.taps = taps(self._book, self._tape, voices, high_byte_first=facts.high_byte_first)

    # -- from the protocol ---------------------------------------------------------------------------------------

    def audio(self, sequence: int, audio: bytes) -> None:
        """Send one frame on: the only way that is walked fifty times a second."""
        if self.ending:
            return
        position_s, before = self.position_s, self._transit
        self._transit = transit = monotonic() - position_s
        if before is not None:
            jitter_s = self.jitter_s
            self.jitter_s = jitter_s + (abs(transit - before) - jitter_s) * JITTER_GAIN
        self.position_s = position_s + len(audio) * self._second_a_byte
        for tap in self.taps:
            tap(audio)
        uplink = self.uplink
        uplink.audio(sequence, audio)
        self.frames = frames = self.frames + 1
        if not frames % LOOK_EVERY and uplink.buffered > HIGH_CHUNKS:
            self._hold()

    def gap(self, kind: GapKind, expected: int, got: int, count: int = 1) -> None:
        """The sequence is broken: `got` came where `expected` was due, and `count` frames are concerned."""
        if kind in {"gap", "discarded"}:
            self.gaps += 1
            self._transit = None  # the clocks on both sides of a hole say nothing about each other
        elif kind == "dropped":
            self.lost += count
        else:
            self.repeats += 1
        if self._tape is not None:
            self._tape.gap(kind, expected, got, count)
        event = AudioStreamGap(stream_id=self.stream_id, kind=kind, expected=expected, got=got, count=count)
        self._house.line.tell(event)

    def declared(self, language: str, source: LanguageSource = "call") -> None:
        """The call, its participant's attributes or its queue say which language is spoken."""
        self._book.declared(language, source)

    @property
    def language(self) -> str:
        """The tag of its chunks now, `und` until there is evidence."""
        return self._book.standing.tag

    def note(self, what: str, data: Mapping[str, Json] | None = None) -> None:
        """Put something on the stream's time line."""
        self._house.line.tell(AudioStreamNoted(stream_id=self.stream_id, what=what, data=dict(data or {})))

    def end(self, reason: str, code: int = 0) -> None:
        """No more audio: half-close the stream; its end is told after the last result, or when none comes in time."""
        if self.ending:
            return
        self.ending = True
        self._reason, self._code = reason, code
        wait_s = self._house.plan.service.drain_s + GRACE_S
        self._guard = asyncio.get_running_loop().call_later(wait_s, self._close, "")
        self.uplink.finish()

    # -- from the uplink -----------------------------------------------------------------------------------------

    def heard(self, result: Result) -> None:
        """An answer of the service; one without words only acknowledges."""
        if result.text:
            self._book.text(result.text)
            self._house.line.tell(
                AudioStreamTranscript(
                    stream_id=self.stream_id,
                    sequence=result.sequence,
                    text=result.text[:LONGEST_TEXT],
                    confidence=result.confidence,
                )
            )
        self.caller.heard(self, result)

    def dropped(self, count: int, first: int, last: int) -> None:
        """`count` chunks that were never sent had to go."""
        self.gap("dropped", first, last, count)

    def interrupted(self, why: str) -> None:
        """The service is lost for now; audio waits, within bounds. The call is read: its pings and its end are due."""
        self.in_outage = True
        self.ease()
        self.note("service.lost", {"why": why})

    def restored(self) -> None:
        """The service is back."""
        self.in_outage = False
        self.note("service.back")

    def ended(self, why: str) -> None:
        """The stream to the service is over: after `end` as it should be, else for good."""
        if self.ending:
            self._close("")
            return
        self.note("service.gone", {"why": why})
        self._desert(f"the transcription service is gone: {why}")

    def failed(self, fault: Exception) -> None:
        """A fault of ours, in what this stream shares with none: it ends, at once, and its call with it."""
        if self._closed:
            raise fault  # into the loop's log: there is nothing left to end
        self._blame(fault)
        self.uplink.abort()
        self._desert(in_words(fault))

    # -- from the house ------------------------------------------------------------------------------------------

    def opened(self) -> AudioStreamOpened:
        """The stream as it is now, for who has not heard of it."""
        facts, standing = self.facts, self._book.standing
        return AudioStreamOpened(
            stream_id=self.stream_id,
            conversation_id=facts.conversation_id,
            participant_id=facts.participant_id,
            protocol=facts.protocol,
            codec=facts.codec,
            sample_rate_hz=facts.sample_rate_hz,
            opened_at=self._opened_at,
            channel=facts.channel,
            plays=facts.plays,
            language=standing.tag,
            language_confidence=round(standing.confidence, CONFIDENCE_DIGITS),
            language_source=standing.source,
        )

    def counts(self) -> AudioStreamCounts:
        """The counters as they are now."""
        return AudioStreamCounts(
            stream_id=self.stream_id,
            frames=self.frames,
            gaps=self.gaps,
            repeats=self.repeats,
            malformed=self.malformed,
            dropped=self.lost,
            buffered=self.uplink.buffered,
            lag_ms=round(self.uplink.lag_ms, 1),
            unacknowledged_ms=round(self.uplink.unacknowledged_ms, 1),
            jitter_ms=round(self.jitter_s * 1000, 2),
            position_s=round(self.position_s, 3),
        )

    def ease(self) -> None:
        """Go on reading where the service has caught up, is gone, or is so late that what waits is let go anyway.

        Who is not read cannot be seen to hang up. Who was late once stays `held`, and is read, until it has caught up:
        what is let go makes room for a few frames only, and the end may be behind many.
        """
        if not self.held:
            return
        if self.ending or self.in_outage or self.uplink.buffered <= LOW_CHUNKS:
            self.held = False
            self._house.held.discard(self)
            self.caller.release()
        elif self._is_late:
            self.caller.release()

    def abort(self) -> None:
        """The worker ends and waits no longer."""
        self.ending = True
        self.uplink.abort()
        self._close(self._reason or "the worker has ended")

    @property
    def _is_late(self) -> bool:
        return self.uplink.lag_ms > self._house.plan.service.replay_s * 1000

    def _desert(self, why: str) -> None:
        self.caller.deserted(self, why)  # which may `end` it, with the code that the caller is told
        self.ending = True
        self._close(why)

    def _hold(self) -> None:
        if not self.held and not self.in_outage:
            self.held = True
            self._house.held.add(self)
            self.caller.hold()

    def _speaks(self, standing: Standing) -> None:
        """The language, or what is known of it, is another: chunks from now on are tagged with it."""
        self.uplink.tag(standing.tag)
        self._house.line.tell(
            AudioStreamLanguage(
                stream_id=self.stream_id,
                language=standing.tag,
                confidence=round(standing.confidence, CONFIDENCE_DIGITS),
                source=standing.source,
                evidence=standing.evidence,
            )
        )

    def _blame(self, fault: Exception) -> None:
        self._house.blame(f"stream {self.stream_id} of conversation {self.facts.conversation_id}", fault)

    def _end_tape(self) -> None:
        tape, self._tape = self._tape, None
        if tape is not None:
            tape.close()

    def _close(self, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        if self._guard is not None:
            self._guard.cancel()
        for let_go in (self._book.close, self._end_tape, self.ease):
            with Bulkhead(self._blame):  # the end is told, whatever befalls what the stream lets go of
                let_go()
        self._house.forget(self)
        closed = AudioStreamClosed(
            stream_id=self.stream_id, reason=reason or self._reason, code=self._code, counts=self.counts()
        )
        self._house.line.tell(closed)
        caller = self.caller
        del self.caller  # which has the lane: what has ended is freed at once, not by the next collection
        self.taps = ()
        caller.finished(self)


def _second_a_byte(facts: Facts) -> float:
    """How long one byte lasts; 0 for a codec whose bytes do not tell."""
    sample = SAMPLE_BYTES.get(facts.codec.upper(), 0) * max(1, len(facts.voices))
    return 1 / (sample * facts.sample_rate_hz) if sample else 0.0
