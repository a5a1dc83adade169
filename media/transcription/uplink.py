"""One call's audio on its way to the service, over as many streams as it takes."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from media.bulkhead import Bulkhead
from media.transcription.chunks import DecodeError, Encoder, decoded
from media.transcription.door import StreamEnd, TranscriptionTransport, TranscriptStream
from media.transcription.status import Status
from media.transcription.timers import Timer, Timers
from media.uplinks import UplinkListener
from messages.media import ServicePlan
from rules.replay import ReplayBuffer, Span
from rules.resume import Broken, Patience, delay_s, refusal

HOLDS_S = 1.0  # a new stream without a result holds when it has lived for so long and taken something
REPORT_DROPS_S = 1.0
FINISHED = "finished"


class Services(Protocol):
    """Where streams are opened."""

    def transport(self) -> TranscriptionTransport:
        """The way to the address in use."""

    def ended(self, transport: TranscriptionTransport, end: StreamEnd) -> None:
        """A stream of `transport` has ended so."""


class Uplink:
    """Sends, keeps what is not acknowledged, opens a new stream when one breaks and goes on where the service was.

    `audio` is the hot path: it allocates the encoded chunk and its place in the replay buffer. What is kept is audio
    alone: a chunk that is sent later, or again, is encoded then, and tagged with the language as it is known by then.
    """

    __slots__ = (
        "_attempt",
        "_attempts",
        "_chance",
        "_draining",
        "_encoder",
        "_finishing",
        "_holding",
        "_listener",
        "_lost_at",
        "_opened_at",
        "_over",
        "_patience",
        "_plan",
        "_replay",
        "_reporting",
        "_retry",
        "_services",
        "_stream",
        "_time",
        "_timers",
        "buffered",
        "reconnects",
    )

    def __init__(
        self,
        *,
        encoder: Encoder,
        services: Services,
        listener: UplinkListener,
        plan: ServicePlan,
        timers: Timers,
        chance: Callable[[], float],
    ) -> None:
        self._encoder = encoder
        self._services = services
        self._listener = listener
        self._plan = plan
        self._patience = Patience(min_s=plan.retry_min_s, max_s=plan.retry_max_s, give_up_s=plan.give_up_s)
        self._timers = timers
        self._time = timers.time
        self._chance = chance
        self._replay = ReplayBuffer(keep_s=plan.replay_s, keep_bytes=plan.replay_bytes)
        self._attempt: _Attempt | None = None
        self._stream: TranscriptStream | None = None
        self._retry: Timer | None = None
        self._holding: Timer | None = None
        self._reporting: Timer | None = None
        self._draining: Timer | None = None
        self._lost_at: float | None = None  # since when no stream holds
        self._attempts = 0  # since then
        self._opened_at = 0.0
        self._finishing = False
        self._over = False
        self.buffered = 0  # chunks that wait for the service
        self.reconnects = 0
        self._open()

    # --- the call's side -------------------------------------------------------------------------------------

    def audio(self, sequence: int, audio: bytes) -> None:
        """The next chunk; `sequence` as `chunks.ChunkEncoder.chunk` takes it."""
        stream = self._stream
        if stream is not None and not self.buffered and stream.send(self._encoder.chunk(sequence, audio)):
            self._replay.keep_sent(sequence, audio, self._time())
        else:
            self._keep(sequence, audio)

    def _keep(self, sequence: int, audio: bytes) -> None:
        replay = self._replay
        if self._over:
            replay.dropped += 1
            return
        replay.keep(sequence, audio, self._time())
        self.buffered = replay.unsent
        if replay.unreported is not None and self._reporting is None:
            self._reporting = self._later(REPORT_DROPS_S, self._report)

    def tag(self, language: str) -> None:
        """The language of the chunks from now on, BCP 47."""
        self._encoder.tag(language)

    def finish(self) -> None:
        """No audio comes any more; what is kept is sent, and results are waited for, `drain_s` at most."""
        if self._finishing or self._over:
            return
        self._finishing = True
        self._draining = self._later(self._plan.drain_s, self._drained)
        if self._retry is not None:
            self._retry.cancel()
            self._retry = self._later(0.0, self._open)
        else:
            self._pump()

    def abort(self) -> None:
        """Cancel; the listener hears nothing any more."""
        if not self._over:
            self._leave()
            del self._listener

    def failed(self, fault: Exception) -> None:
        """A fault of ours in what a stream or a timer brought; the call is to end."""
        if not self._over:
            self._listener.failed(fault)

    def _later(self, delay_s: float, act: Callable[[], None]) -> Timer:
        return self._timers.call_later(delay_s, partial(self._apart, act))

    def _apart(self, act: Callable[[], None]) -> None:
        with Bulkhead(self.failed):
            act()

    # --- read by whoever reports -----------------------------------------------------------------------------

    @property
    def sent(self) -> int:
        """Chunks that a stream has taken, repetitions not counted."""
        return self._replay.sent

    @property
    def acknowledged(self) -> int | None:
        """The sequence number of the last result; None before there is one."""
        return self._replay.acknowledged

    @property
    def dropped(self) -> int:
        """Chunks that were let go unsent."""
        return self._replay.dropped

    @property
    def lag_ms(self) -> float:
        """How long the oldest chunk has waited that is still to be sent; 0 when none waits."""
        return self._replay.waited_s(self._time()) * 1000

    @property
    def unacknowledged_ms(self) -> float:
        """Age of the oldest chunk that no result covers; it grows while the service has nothing to say."""
        return self._replay.age_s(self._time()) * 1000

    # --- streams ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._retry = None
        self._opened_at = self._time()
        transport = self._services.transport()
        self._attempt = attempt = _Attempt(self, transport)
        self._stream = transport.open(attempt)
        if self._lost_at is not None:
            self.reconnects += 1
            self._await_hold()
        self._pump()

    def _pump(self) -> None:
        stream, replay, encode = self._stream, self._replay, self._encoder.chunk
        if stream is None:
            return
        while replay.unsent and stream.send(encode(*replay.next())):
            replay.advance()
        self.buffered = replay.unsent
        if not self.buffered and self._finishing:
            stream.finish()

    def room(self, attempt: "_Attempt") -> None:
        """The stream of `attempt` takes more."""
        if attempt is self._attempt:
            self._pump()

    def result(self, attempt: "_Attempt", message: bytes) -> None:
        """The stream of `attempt` has an answer; a stream that was given up has none."""
        if attempt is not self._attempt:
            return
        try:
            result = decoded(message)
        except DecodeError as error:
            self._garbled(str(error))
            return
        self._replay.acknowledge(result.sequence)
        if self._lost_at is not None:
            self._held()
        self._listener.heard(result)

    def _garbled(self, why: str) -> None:
        if self._stream is not None:
            self._stream.abort()
        if self._attempt is not None:
            message = f"an answer that is no TranscriptResult: {why}"
            self.broke(self._attempt, StreamEnd(code=Status.INTERNAL, message=message))

    def broke(self, attempt: "_Attempt", end: StreamEnd) -> None:
        """The stream of `attempt` is over: the end of the call, or a reason for another."""
        if attempt is not self._attempt:
            return
        self._attempt = self._stream = None
        self._services.ended(attempt.transport, end)
        if self._finishing and end.code is Status.OK and not self.buffered:
            self._end(FINISHED)
            return
        broken = self._broken(end)
        why = refusal(broken, self._patience)
        if why:
            unsure = self._replay.rewind()  # what the broken stream took nobody takes again: it is dropped
            self._end(_and(f"{why} ({end.message})" if end.message else why, unsure))
        else:
            self._interrupt(end)
            self._attempts += 1
            self._retry = self._later(delay_s(broken, self._patience, self._chance()), self._open)

    # --- outages ---------------------------------------------------------------------------------------------

    def _broken(self, end: StreamEnd) -> Broken:
        now = self._time()
        return Broken(
            code=end.code,
            pushback_s=end.retry_after_s,
            unprocessed=end.unprocessed,
            attempts=self._attempts,
            lost_s=0.0 if self._lost_at is None else now - self._lost_at,
        )

    def _interrupt(self, end: StreamEnd) -> None:
        unsure = self._replay.rewind()
        self.buffered = self._replay.unsent
        self._stop_holding()
        if self._lost_at is None or unsure is not None:
            self._lost_at = self._time() if self._lost_at is None else self._lost_at
            self._listener.interrupted(_why(end, unsure))

    def _await_hold(self) -> None:
        self._stop_holding()
        self._holding = self._later(HOLDS_S, self._check_hold)

    def _stop_holding(self) -> None:
        if self._holding is not None:
            self._holding.cancel()
            self._holding = None

    def _check_hold(self) -> None:
        now = self._time()
        silent = not self.buffered and now - self._opened_at > self._plan.connect_s  # a call that says nothing
        if self._replay.taken or silent:
            self._held()
        elif self._lost_at is not None and now - self._lost_at >= self._plan.give_up_s:
            self._end(f"the service took nothing for {now - self._lost_at:.0f} s")
        else:
            self._await_hold()

    def _held(self) -> None:
        self._stop_holding()
        self._lost_at = None
        self._attempts = 0
        self._listener.restored()

    # --- drops -----------------------------------------------------------------------------------------------

    def _report(self) -> None:
        self._reporting = None
        span = self._replay.take_dropped()
        if span is not None:
            self._listener.dropped(span.count, span.first, span.last)

    # --- the end ---------------------------------------------------------------------------------------------

    def _drained(self) -> None:
        self._end(f"no end of the results within {self._plan.drain_s:g} s")

    def _end(self, why: str) -> None:
        if not self._over:
            self._leave()
            self._replay.abandon()
            self.buffered = 0
            listener = self._listener
            with Bulkhead(listener.failed):
                self._report()
                del self._listener  # which has the uplink: both are freed at once, not by the next collection
                listener.ended(why)

    def _leave(self) -> None:
        self._over = True
        for timer in (self._retry, self._holding, self._reporting, self._draining):
            if timer is not None:
                timer.cancel()
        stream, self._stream, self._attempt = self._stream, None, None
        if stream is not None:
            stream.abort()


class _Attempt:
    """One stream's listener: what comes from it is known to come from it, and a fault in it stays with this call."""

    __slots__ = ("_uplink", "transport")

    def __init__(self, uplink: Uplink, transport: TranscriptionTransport) -> None:
        self._uplink = uplink
        self.transport = transport

    def on_result(self, message: bytes) -> None:
        with Bulkhead(self._uplink.failed):
            self._uplink.result(self, message)

    def on_room(self) -> None:
        with Bulkhead(self._uplink.failed):
            self._uplink.room(self)

    def on_end(self, end: StreamEnd) -> None:
        with Bulkhead(self._uplink.failed):
            self._uplink.broke(self, end)


def _why(end: StreamEnd, unsure: Span | None) -> str:
    return _and(f"{end.code.name}: {end.message}" if end.message else end.code.name, unsure)


def _and(why: str, unsure: Span | None) -> str:
    if unsure is None:
        return why
    lost = f"{unsure.count} unacknowledged chunks ({unsure.first} to {unsure.last}) are too old to be sent again"
    return f"{why}; {lost}"
