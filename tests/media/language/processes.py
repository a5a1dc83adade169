"""Spoken-language processes that live for a test, and what one of them answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media.language.spoken import Guesses
from media.language.spoken_process import SpokenProcess

GENEROUS_S = 60.0


@asynccontextmanager
async def running(process: SpokenProcess) -> AsyncIterator["asyncio.Task[None]"]:
    keeping = asyncio.create_task(process.run())
    try:
        yield keeping
    finally:
        keeping.cancel()
        await asyncio.wait({keeping}, timeout=GENEROUS_S)


async def answer(process: SpokenProcess, samples: bytes = b"\0\0" * 400) -> Guesses:
    """What is told once the process takes the question."""
    told: asyncio.Future[Guesses] = asyncio.get_running_loop().create_future()
    await asyncio.wait_for(process.up.wait(), GENEROUS_S)
    assert process.ask(samples, 1000, told.set_result)
    return await asyncio.wait_for(told, GENEROUS_S)
