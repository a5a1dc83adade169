"""Processes that tell languages and live for a test, and what one of them answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media.language.guess_process import GuessProcess
from media.language.spoken import Guesses

GENEROUS_S = 60.0


@asynccontextmanager
async def running(process: GuessProcess) -> AsyncIterator["asyncio.Task[None]"]:
    keeping = asyncio.create_task(process.run())
    try:
        yield keeping
    finally:
        keeping.cancel()
        await asyncio.wait({keeping}, timeout=GENEROUS_S)


async def answer(process: GuessProcess, said: bytes = b"\0\0" * 400, rate_hz: int = 1000) -> Guesses:
    """What is told once the process takes the question."""
    told: asyncio.Future[Guesses] = asyncio.get_running_loop().create_future()
    await asyncio.wait_for(process.up.wait(), GENEROUS_S)
    assert process.ask(said, rate_hz, told.set_result)
    return await asyncio.wait_for(told, GENEROUS_S)
