"""An actor's mailbox: bounded, closable, with a control lane, and longer-lived than any incarnation that reads it.

`Reading` is one incarnation's view of it and stands in for pykka's inbox. `queue.SimpleQueue` carries the messages
because it is 2.9 times as fast as pykka's `queue.Queue`; see docs/architecture.md.
"""

from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import pykka
from pykka._envelope import Envelope  # documented for implementors of actor types only as ActorInbox's element

CAPACITY = 10_000  # messages; past it a sender hears `busy` at once

DeadLetterOffice = Callable[[str, object, str], None]
"""Called as (receiver's name, message, why) for what can no longer be delivered."""

WAKE: Envelope[Any] = Envelope(None)


class MailboxFull(Exception):  # noqa: N818 - a refusal, named for what the sender is told
    """The receiver has as much waiting as it may; nothing was queued."""


class Fenced(Exception):  # noqa: N818 - it is not an error
    """The incarnation that reads has been abandoned; it takes no more messages."""


class Mailbox:
    """Any thread puts, one incarnation at a time reads. Nothing here ever blocks."""

    def __init__(self, name: str, office: DeadLetterOffice, capacity: int = CAPACITY) -> None:
        self.name = name
        self.capacity = capacity
        self.high_water = 0
        self._office = office
        self.lane: SimpleQueue[Envelope[Any]] = SimpleQueue()
        self._put, self._size = self.lane.put, self.lane.qsize  # looked up once: they run a million times a second
        self.control: deque[Envelope[Any]] = deque()
        self._closed = False
        self.on_put: Callable[[], None] | None = None  # how a pooled actor learns that it has something to do

    def put(self, envelope: Envelope[Any], /) -> None:
        """Queue behind what waits; raises MailboxFull at capacity, ActorDeadError when closed."""
        size = self._size()
        if size >= self.high_water:
            if size >= self.capacity:
                raise MailboxFull(f"{self.name} has {self.capacity} messages waiting")
            self.high_water = size + 1
        self.put_always(envelope)

    def put_always(self, envelope: Envelope[Any]) -> None:
        """Queue whatever the bound says: for timers, whose number the orders in flight already bound."""
        self._put(envelope)
        if self.on_put is not None:
            self.on_put()
        if self._closed:  # before or in between: whoever comes second clears up, so nothing can stay behind
            self._bury_all()

    def put_first(self, envelope: Envelope[Any]) -> None:
        """Queue in the control lane: ahead of everything in the ordinary lane, whatever the bound says."""
        self.control.append(envelope)
        self.put_always(WAKE)

    def get_nowait(self) -> Envelope[Any] | None:
        """The next message, the control lane first; None when nothing waits."""
        try:
            while True:
                envelope = self.urgent() if self.control else self.lane.get_nowait()
                if envelope is not WAKE:
                    return envelope
        except Empty:
            return None

    def urgent(self) -> Envelope[Any]:
        """The next of the control lane, or WAKE when another thread was quicker (it is burying what waits)."""
        try:
            return self.control.popleft()
        except IndexError:
            return WAKE

    def give_back(self, envelope: Envelope[Any]) -> None:
        """Put what a fenced reader took ahead of everything, for its successor."""
        if envelope is not WAKE:
            self.control.appendleft(envelope)
        self.put_always(WAKE)

    def nudge(self) -> None:
        """Wake whoever reads, without a message."""
        self.put_always(WAKE)

    def depth(self) -> int:
        """How many messages wait, counting wake-ups of the control lane."""
        return self.lane.qsize()

    def idle(self) -> bool:
        """Whether nothing at all waits."""
        return self.lane.empty() and not self.control

    @property
    def closed(self) -> bool:
        """Whether it takes no more messages."""
        return self._closed

    def close(self) -> None:
        """Take no more messages, and bury what waits: nobody is there to read, and nobody is expected."""
        self._closed = True
        self._bury_all()

    def open(self) -> None:
        """Take messages (again): a reader is on its way."""
        self._closed = False

    def _bury_all(self) -> None:
        while (envelope := self.get_nowait()) is not None:
            self._bury(envelope)

    def _bury(self, envelope: Envelope[Any]) -> None:
        if envelope.reply_to is not None:
            dead = pykka.ActorDeadError(f"{self.name} is not running")
            envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))
        else:
            self._office(self.name, envelope.message, "its receiver is gone")


class Reading:
    """One incarnation's view of its mailbox: the `put`, `get` and `empty` that pykka calls on an inbox."""

    __slots__ = ("_control", "_mailbox", "_take", "fenced")

    def __init__(self, mailbox: Mailbox) -> None:
        self.fenced = False
        self._mailbox = mailbox
        self._control, self._take = mailbox.control, mailbox.lane.get

    def put(self, envelope: Envelope[Any], /) -> None:
        """As Mailbox.put."""
        self._mailbox.put(envelope)

    def get(self) -> Envelope[Any]:
        """The next message, the control lane first; waits for one. Raises Fenced once `fenced` is set."""
        while True:
            envelope = self._mailbox.urgent() if self._control else self._take()
            if self.fenced:
                self._mailbox.give_back(envelope)
                raise Fenced
            if envelope is not WAKE:
                return envelope

    def empty(self) -> bool:
        """True, always: pykka asks only to throw away what a dead incarnation left, and that is the next one's."""
        return True
