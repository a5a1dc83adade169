"""Where messages to one actor go; the same object for every incarnation that ever answers there."""

from collections.abc import Callable
from typing import Any, TypeAlias

from pykka._envelope import Envelope

from actors.mailbox import CAPACITY, DeadLetterOffice, Mailbox, MailboxFull
from actors.reply import Reply

ASK_TIMEOUT_S = 5.0

Notice: TypeAlias = Callable[[], Any]
"""An answer that an actor leaves for all to read: made in the reader's thread from what does not change any more."""


class Address:
    """Stable reference to a named actor: tell, offer, urge and ask survive its restarts."""

    __slots__ = ("_office", "incarnation", "mailbox", "name", "notice")

    def __init__(self, name: str, office: DeadLetterOffice, capacity: int = CAPACITY) -> None:
        self.name = name
        self.mailbox = Mailbox(name, office, capacity)
        self.incarnation = 0
        self.notice: Notice | None = None
        self._office = office

    def __repr__(self) -> str:
        return f"<Address {self.name}>"

    def tell(self, message: object) -> None:
        """Leave `message`; when the mailbox is full or closed it becomes a dead letter."""
        try:
            self.mailbox.put(Envelope(message))
        except MailboxFull:
            self._office(self.name, message, "its receiver's mailbox is full")

    def offer(self, message: object) -> bool:
        """Leave `message` if there is room; False at once when there is none, so that the giver can say `busy`."""
        try:
            self.mailbox.put(Envelope(message))
        except MailboxFull:
            return False
        return True

    def urge(self, message: object) -> None:
        """Leave `message` in the control lane: for stop, supervision and hang-ups only."""
        self.mailbox.put_first(Envelope(message))

    def tell_elapsed(self, message: object) -> None:
        """Leave a timer's message in its turn, whatever the bound says."""
        self.mailbox.put_always(Envelope(message))

    def request(self, message: object, *, urgent: bool = False) -> Reply:
        """Ask without waiting: the Reply completes with the answer, MailboxFull, or ActorDeadError."""
        reply = Reply()
        try:
            put = self.mailbox.put_first if urgent else self.mailbox.put
            put(Envelope(message, reply_to=reply))
        except MailboxFull as full:
            reply.fail(full)
        return reply

    def next_incarnation(self) -> int:
        """The number of the next actor to read here, from 1; only its supervisor calls it."""
        self.incarnation += 1
        return self.incarnation

    def backlog(self) -> int:
        """How many messages wait."""
        return self.mailbox.depth()


def ask(address: Address, message: object, timeout_s: float = ASK_TIMEOUT_S) -> Any:
    """The answer of `address`; only ever downwards. Raises pykka.Timeout, MailboxFull, ActorDeadError or its crash."""
    return address.request(message).get(timeout=timeout_s)
