"""What an incarnation is handed: where it reads, who hears how it fares, and the world it lives in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from actors.address import Address
from actors.mailbox import DeadLetterOffice
from actors.timers import Timers
from messages.supervision import FromActor


class Superior(Protocol):
    """Whoever hears how an incarnation fares; told in the control lane."""

    def urge(self, message: FromActor) -> None:
        """Leave `message` ahead of everything else."""


class World(Protocol):
    """Time, chance and identity, handed in so that tests own them."""

    def monotonic(self) -> float:
        """Seconds that never go back; for deadlines."""

    def utc_now(self) -> datetime:
        """The wall clock, aware, in UTC; for records."""

    def random(self) -> float:
        """Uniform in [0, 1); for jitter."""

    def new_id(self) -> str:
        """A fresh UUID 7."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An incarnation's place: where it reads, who watches over it, and the world it lives in."""

    address: Address
    incarnation: int
    superior: Superior
    world: World
    timers: Timers
    office: DeadLetterOffice
