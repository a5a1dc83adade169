"""Between one call and what it shares with others: a fault of ours on the call's side ends that call and no other."""

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol, TypeVar

OUR_FAULT = "a fault of the gateway"

Broken = Callable[[Exception], None]


class Bulkhead:
    """What is done within is done for one call: the Exception that it raises goes to `broken`, and no further.

    `broken` is called in a turn of the loop of its own, so that nothing waits for it and a second fault stays there;
    `hand_over` is how, where there is no loop.
    """

    __slots__ = ("_broken", "_hand_over")

    def __init__(self, broken: Broken, hand_over: "Callable[[Broken, Exception], object] | None" = None) -> None:
        self._broken = broken
        self._hand_over = hand_over

    def __enter__(self) -> None:
        """The call's part begins."""

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(fault, Exception):
            return False
        (self._hand_over or asyncio.get_running_loop().call_soon)(self._broken, fault)
        return True


def at_once(broken: Broken, fault: Exception) -> None:
    """For a thread that has no loop."""
    broken(fault)


class Mortal(Protocol):
    """Whoever ends by a fault of ours."""

    def failed(self, fault: Exception) -> None:
        """It befell this one."""


M = TypeVar("M", bound=Mortal)


def each(those: Iterable[M], act: Callable[[M], None]) -> None:
    """`act` for one after the other; whom a fault befalls ends, and the next one's turn comes all the same."""
    for one in those:
        with Bulkhead(one.failed):
            act(one)


def in_words(fault: Exception) -> str:
    """Why a call has ended, for the record; what the fault says may be secret: the log alone has it."""
    return f"{OUR_FAULT} ({type(fault).__name__})"
