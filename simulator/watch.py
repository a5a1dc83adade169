"""Waiting for the world to be as one wants it: woken by every change, never by a clock."""

import asyncio
from collections.abc import Callable

from simulator.state import World

Predicate = Callable[[World], object]


class Watch:
    """Costs nothing while nobody waits."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._change = asyncio.Event()
        world.on_change = self._changed

    async def until(self, predicate: Predicate) -> None:
        """Return as soon as `predicate` holds; what it raises is raised here."""
        while not predicate(self._world):
            await self._change.wait()

    def _changed(self) -> None:
        self._change.set()  # wakes those who wait now
        self._change.clear()
