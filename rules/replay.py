"""What a stream of audio keeps so that a new stream can go on where the service's acknowledgement ended.

The chunks are in the order in which they were taken; what was sent on the stream in use is a prefix of them, what was
sent at all, on this or a former stream, a prefix at least as long.
"""

from collections import deque
from dataclasses import dataclass
from itertools import islice
from math import inf

LEAST_BYTES = 64  # that a chunk counts as: to keep it takes more than its audio


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`count` chunks, from the sequence number `first` to `last`."""

    count: int
    first: int
    last: int

    def joined(self, later: "Span") -> "Span":
        """Both, as one."""
        return Span(count=self.count + later.count, first=self.first, last=later.last)


class ReplayBuffer:
    """The chunks of one call that no result has acknowledged, at most `keep_s` seconds and `keep_bytes` bytes of them.

    A chunk counts as LEAST_BYTES at least, so that their number is bounded, too.

    What has to go is the oldest. Sent on the stream in use it is only `forgotten`: it cannot be sent again. Otherwise
    it is `dropped`.
    """

    __slots__ = (
        "_bytes",
        "_chunks",
        "_forgotten",
        "_keep_bytes",
        "_keep_s",
        "_look_at",
        "_never",
        "_past",
        "acknowledged",
        "dropped",
        "unreported",
        "unsent",
    )

    def __init__(self, *, keep_s: float, keep_bytes: int) -> None:
        self._keep_s = keep_s
        self._keep_bytes = keep_bytes
        self._chunks: deque[tuple[int, bytes, float]] = deque()  # sequence number, audio, when it was taken
        self._bytes = 0
        self._look_at = -inf  # until then no chunk is too old
        self.unsent = 0  # the last of _chunks: they wait for the stream in use
        self._never = 0  # the last of those: they were on no stream yet
        self._past = 0  # that were sent and are not in _chunks any more
        self.unreported: Span | None = None  # what was dropped since `take_dropped`
        self._forgotten: Span | None = None
        self.dropped = 0  # in all
        self.acknowledged: int | None = None  # the sequence number that the last result gave

    def __len__(self) -> int:
        return len(self._chunks)

    @property
    def sent(self) -> int:
        """How many in all, repetitions not counted."""
        return self._past + len(self._chunks) - self._never

    @property
    def taken(self) -> bool:
        """Whether the stream in use has taken something that it has not acknowledged."""
        return len(self._chunks) > self.unsent

    def keep(self, sequence: int, audio: bytes, now: float) -> None:
        """Take the next chunk, which waits for the stream in use."""
        self.unsent += 1
        self._never += 1
        self.keep_sent(sequence, audio, now)

    def keep_sent(self, sequence: int, audio: bytes, now: float) -> None:
        """Take the next chunk, which the stream in use has already; it only may where none is unsent."""
        self._chunks.append((sequence, audio, now))
        self._bytes = size = self._bytes + _counted(audio)
        if size > self._keep_bytes or now > self._look_at:
            self._make_room(now)

    def _make_room(self, now: float) -> None:
        while self._chunks and (self._bytes > self._keep_bytes or now - self._chunks[0][2] > self._keep_s):
            span = Span(count=1, first=self._chunks[0][0], last=self._chunks[0][0])
            if self.taken:
                self._forgotten = self._forgotten.joined(span) if self._forgotten else span
            else:
                self._drop(span)
            self._pop()
        self._look_at = (self._chunks[0][2] if self._chunks else now) + self._keep_s

    def _drop(self, span: Span) -> None:
        self.unreported = self.unreported.joined(span) if self.unreported else span
        self.dropped += span.count

    def _pop(self) -> None:
        self._bytes -= _counted(self._chunks.popleft()[1])
        left = len(self._chunks)
        self._past += self._never <= left
        self._never = min(self._never, left)
        self.unsent = min(self.unsent, left)

    def next(self) -> tuple[int, bytes]:
        """The chunk to be sent next, its sequence number and its audio; there must be one that is `unsent`."""
        sequence, audio, _ = self._chunks[-self.unsent]
        return sequence, audio

    def advance(self) -> None:
        """The stream in use has taken the `next` one."""
        self.unsent -= 1
        self._never = min(self._never, self.unsent)

    def acknowledge(self, sequence: int) -> None:
        """The service has heard everything up to `sequence` on the stream in use.

        A number that was never sent covers what is below it: services may count in their own steps.
        """
        heard = self._heard(sequence)
        if heard or self.acknowledged is None:
            self.acknowledged = sequence
        if heard:
            self._forgotten = None
        self._past += heard
        if heard == len(self._chunks):  # as where the service keeps up
            self._chunks.clear()
            self._bytes = 0
            return
        popleft = self._chunks.popleft
        for _ in range(heard):
            self._bytes -= _counted(popleft()[1])

    def _heard(self, sequence: int) -> int:
        """How many of those that were sent are acknowledged; one step where the numbers rise by one, as they do."""
        sent = len(self._chunks) - self.unsent
        at = sequence - self._chunks[0][0] if sent else -1
        if 0 <= at < sent and self._chunks[at][0] == sequence:
            return at + 1
        below = 0
        for index, chunk in enumerate(islice(self._chunks, sent)):
            if chunk[0] == sequence:
                return index + 1
            if below == index and chunk[0] < sequence:
                below += 1
        return below

    def rewind(self) -> Span | None:
        """The stream has broken: everything is unsent for the next one.

        Gives what is forgotten and was never acknowledged: whether the service heard it, nobody knows.
        """
        self.unsent = len(self._chunks)
        forgotten, self._forgotten = self._forgotten, None
        return forgotten

    def abandon(self) -> None:
        """There will be no other stream: what the last one has not taken is dropped."""
        while self.taken:
            self._pop()
        self._past = self.sent
        for sequence, _, _ in self._chunks:
            self._drop(Span(count=1, first=sequence, last=sequence))
        self._chunks.clear()
        self._bytes = self.unsent = self._never = 0

    def take_dropped(self) -> Span | None:
        """What was dropped since this was last asked."""
        dropped, self.unreported = self.unreported, None
        return dropped

    def waited_s(self, now: float) -> float:
        """Seconds since the oldest chunk was taken that waits for the stream in use; 0 when none does."""
        return now - self._chunks[-self.unsent][2] if self.unsent else 0.0

    def age_s(self, now: float) -> float:
        """Seconds since the oldest unacknowledged chunk was taken; 0 when there is none."""
        return now - self._chunks[0][2] if self._chunks else 0.0


def _counted(audio: bytes) -> int:
    size = len(audio)
    return size if size > LEAST_BYTES else LEAST_BYTES
