"""Who of the callers is idle, and which attempt each of the others is making."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from messages.base import Recipient
from messages.rest import CallerReady, Dial, Dialled

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight(Generic[T]):
    """One attempt under way at `caller`; `note` is what its giver has to remember of it."""

    caller: Recipient
    dial: Dial
    note: T


class Flights(Generic[T]):
    """Each caller has at most one attempt; what a late word belongs to is told by call and attempt."""

    def __init__(self) -> None:
        self._idle: dict[str, Recipient] = {}
        self._under_way: dict[str, Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def idle(self) -> int:
        """How many callers have nothing to do."""
        return len(self._idle)

    def under_way(self) -> tuple[Flight[T], ...]:
        """Those that have not ended, the one that was given first before the others."""
        return tuple(self._under_way.values())

    def ready(self, word: CallerReady) -> Flight[T] | None:
        """Its caller has nothing to do; returns the flight that ended with its former incarnation."""
        name = word.caller.name
        if name in self._under_way and not word.started:
            return None  # it had not come to its last message yet when it said so
        self._idle[name] = word.caller
        return self._under_way.pop(name, None)

    def give(self, dial: Dial, note: T) -> Flight[T]:
        """Have an idle caller make this attempt."""
        name = next(iter(self._idle))
        flight = Flight(caller=self._idle.pop(name), dial=dial, note=note)
        self._under_way[name] = flight
        flight.caller.tell(dial)
        return flight

    def landed(self, word: Dialled) -> Flight[T] | None:
        """The flight that `word` ends; None for one that was given up, whose caller is idle again."""
        name = word.caller.name
        flight = self._under_way.get(name)
        if flight is None:
            self._idle[name] = word.caller
            return None
        if (flight.dial.call_id, flight.dial.attempt) != (word.call_id, word.attempt):
            return None
        self._idle[name] = word.caller
        return self._under_way.pop(name)

    def give_up(self, name: str, call_id: str, attempt: int) -> Flight[T] | None:
        """The flight of the caller `name`, if it is still this one; the caller is not idle until it says so."""
        flight = self._under_way.get(name)
        if flight is None or (flight.dial.call_id, flight.dial.attempt) != (call_id, attempt):
            return None
        return self._under_way.pop(name)
