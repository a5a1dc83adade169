"""Who may come in, and at which path: every upgrade is judged before it is answered. Source: contracts 4, 7.11."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from picows import WSListener, WSUpgradeRequest

from media.connection import RESTARTING
from media.house import House

RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No upgrade, but this answer; `after_s`: not before so long, so that the time taken tells nothing."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The upgrade is granted, and `listener` has the connection; `max_frame_bytes`: None, what all have."""

    listener: WSListener
    headers: Mapping[str, str] = field(default_factory=dict)
    max_frame_bytes: int | None = None


class Door(Protocol):
    """One path: a protocol's own rules about who may come in."""

    async def judge(self, request: WSUpgradeRequest) -> Admission | Refusal:
        """Asked once an upgrade, in time for the caller's own deadline."""


class Doorway:
    """Finds the door of a request: of its path, or `/first/` for all below `/first`."""

    def __init__(self, house: House, doors: Mapping[str, Door]) -> None:
        self._house = house
        self._doors = doors

    async def judge(self, request: WSUpgradeRequest) -> Admission | Refusal:
        """The answer to one request; what is refused is counted."""
        path = path_of(request)
        if path == "/health":
            return too_busy(f"{RESTARTING}\n") if self._house.draining else Refusal(status=200, body="ok\n")
        door = self._doors.get(path) or self._doors.get("/".join([*path.split("/")[:2], ""]))
        verdict = NOT_FOUND if door is None else await door.judge(request)
        if isinstance(verdict, Refusal):
            self._house.refused += 1
            await asyncio.sleep(verdict.after_s)
        return verdict


NOT_FOUND = Refusal(status=404, body="there is nothing here\n")


def path_of(request: WSUpgradeRequest) -> str:
    """The path that was asked for, without its query."""
    return request.path.decode("ascii", "replace").partition("?")[0]


def too_busy(body: str) -> Refusal:
    """503: the caller may come again."""
    return Refusal(status=503, body=body, headers={"Retry-After": str(RETRY_AFTER_S)})


def is_foreign(request: WSUpgradeRequest, allowed: tuple[str, ...]) -> bool:
    """Whether the request comes from a page on a site that is not `allowed`; what is no browser sends no Origin."""
    origins = request.headers.getall("Origin", [])
    return any(origin not in allowed for origin in origins)
