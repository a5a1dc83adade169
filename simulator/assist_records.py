"""What the box remembers of Agent Assist actions. Plain data; `at_s`: since it started."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """One send frame: `seq` counts those of all sessions; `socket` is the number of the WebSocket that it came on.

    `outcome`: `result`, `error.` and the code, `repeated`, or the action of the fault that kept it from being heard.
    """

    at_s: float
    seq: int
    socket: int
    outcome: str


@dataclass(slots=True)
class Action:
    """Everything heard under one correlation id; once it was carried out, its `answer` is the answer for ever."""

    correlation_id: str
    action_type: str
    agent_id: str
    session_id: str
    effects: int = 0
    effected_at_s: float | None = None
    ended_at_s: float | None = None
    answer: dict[str, Any] | None = None
    frames: list[Arrival] = field(default_factory=list)


@dataclass(slots=True)
class AssistBook:
    """Actions by correlation id, in the order in which they were first heard of; and how many are under way.

    `most_in_flight` is the most that ever were at once, with those that came one too many.
    """

    actions: dict[str, Action] = field(default_factory=dict)
    in_flight: int = 0
    most_in_flight: int = 0
    heard: int = 0
