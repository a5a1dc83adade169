"""What the door needs of actors, without knowing any: the addresses it writes to and the replies it waits for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from messages.base import Recipient

JOURNAL = "audit"  # the name of the actor that writes it


class Reply(Protocol):
    """The answer to one question, now or later."""

    def then(self, callback: Callable[[Any], None], /) -> None:
        """Call `callback(self)` once it is there, in whatever thread that happens."""

    def get(self, *, timeout: float | None = None) -> Any:
        """The answer; raises what the answerer raised."""


class Correspondent(Recipient, Protocol):
    """An actor's address."""

    @property
    def notice(self) -> Callable[[], Any] | None:
        """What the actor has left for all to read, if it has: an answer without asking, in the reader's thread."""

    def offer(self, message: object, /) -> bool:
        """Leave `message` if there is room; False at once when there is none."""

    def request(self, message: object, /, *, urgent: bool = False) -> Reply:
        """Ask without waiting; `urgent` overtakes what is queued."""

    def backlog(self) -> int:
        """How many messages wait."""


class Addresses(Protocol):
    """Who can be written to."""

    def find(self, name: str, /) -> Correspondent | None:
        """The address of that name, if there is one."""

    def names(self) -> Iterable[str]:
        """All names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What `Reply.get` may raise: the actor's mailbox is full, it is not running, it crashed on the question."""

    full: type[Exception]
    gone: type[Exception]
    crashed: type[Exception]
