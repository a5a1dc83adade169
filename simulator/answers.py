"""What every desk does with an answer: later or at once, to a session that may have gone meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from simulator import frames
from simulator.faults import Fault
from simulator.sessions import Session
from simulator.socket_faults import strike
from simulator.state import World


def later(delay_s: float, work: Callable[..., object], *given: object) -> None:
    """Call `work` with what is given when the delay is over; without a delay before this returns."""
    if delay_s > 0:
        asyncio.get_running_loop().call_later(delay_s, work, *given)
    else:
        work(*given)


def say(session: Session, told: Mapping[str, Any]) -> None:
    """One text frame, counted nowhere."""
    session.write(frames.frame(frames.TEXT, orjson.dumps(told)))


def deliver(world: World, session: Session, fault: Fault | None, answers: list[bytes]) -> None:
    """Strike the session if there is a fault, then write the answers; each is counted as sent or lost."""
    if fault is not None:
        strike(session, fault)
    for answer in answers:
        world.tally("answers.sent" if session.write(answer) else "answers.lost")
