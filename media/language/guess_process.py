"""The door to a process that tells languages: one question at a time, killed when late, started again when it died."""

import asyncio
import os
import random
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from loguru import logger

from media.language.guess_wire import MOST_ANSWER, Refused, guesses_in, question
from media.language.spoken import Guesses
from rules.retries import full_jitter

START_S = 120.0  # for a large model from a slow disk
RETRY_BASE_S, RETRY_CAP_S = 1.0, 60.0
MOST_FAILURES = 5  # in a row; then there is no such evidence until the worker is started anew

LOST = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """`heard` is called on the loop with the answer, or with nothing where there is none."""

    said: bytes
    rate_hz: int
    heard: Callable[[Guesses], None]


class GuessProcess:
    """`run` keeps the process, `worker` with a descriptor and `told` as its last arguments; `ask` never waits.

    `evidence` is what it judges by, in words. At most `most_waiting` questions wait for their turn; with `early` also
    for the process to come up.
    """

    def __init__(
        self,
        worker: Sequence[str],
        told: str,
        *,
        evidence: str,
        deadline_s: float,
        most_waiting: int,
        early: bool = False,
        base_s: float = RETRY_BASE_S,
    ) -> None:
        self._command, self._told, self._evidence = tuple(worker), told, evidence
        self._deadline_s = deadline_s
        self._base_s = base_s
        self._questions: asyncio.Queue[Question] = asyncio.Queue(most_waiting)
        self._early = early
        self._over = False
        self.up = asyncio.Event()  # the model is in memory
        self.failures = 0  # in a row

    @property
    def busy(self) -> bool:
        """Whether `ask` would turn the next question away: not up, given up, or enough to do."""
        return self._over or self._questions.full() or not (self._early or self.up.is_set())

    def ask(self, said: bytes, rate_hz: int, heard: Callable[[Guesses], None]) -> bool:
        """Tell `heard` what these 16-bit samples, or a text with the rate 0, are in; False: too busy, never called."""
        if self.busy:
            return False
        self._questions.put_nowait(Question(said, rate_hz, heard))
        return True

    async def run(self) -> None:
        """Keep the process up until it has failed too often or this is cancelled."""
        try:
            await self._keep()
        finally:
            self._over = True
            self._forget()

    async def _keep(self) -> None:
        while self.failures < MOST_FAILURES:
            try:
                await self._live()
            except Refused as wrong:
                logger.error("no language is told by its {}: {}", self._evidence, wrong)
                return
            except LOST as wrong:
                self.failures += 1
                what, many = self._evidence, self.failures
                logger.warning("the process that tells languages by {} was lost ({} in a row): {!r}", what, many, wrong)
            await asyncio.sleep(full_jitter(self.failures, self._base_s, RETRY_CAP_S, random.random()))
        logger.error("no language is told by its {} any more: {} processes failed", self._evidence, self.failures)

    async def _live(self) -> None:
        """One life of the process; raises one of LOST, or Refused."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = await _whole(self._start(theirs))
            try:
                await self._serve(ours)
            finally:
                self.up.clear()
                self._forget()
                await _end(process)

    async def _serve(self, ours: socket.socket) -> None:
        ours.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours, limit=MOST_ANSWER)
        try:
            guesses_in(await asyncio.wait_for(reader.readuntil(b"\n"), START_S))
            self.up.set()
            while True:
                await self._answer(await self._questions.get(), reader, writer)
                self.failures = 0
        finally:
            writer.close()

    async def _start(self, theirs: socket.socket) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            str(theirs.fileno()),
            self._told,
            pass_fds=[theirs.fileno()],
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env={
                "PYTHONPATH": os.pathsep.join(sys.path),
                "OMP_NUM_THREADS": "1",
                "HF_HUB_OFFLINE": "1",
                "LC_ALL": "C.UTF-8",
            },
        )

    async def _answer(self, asked: Question, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guesses: Guesses = []
        try:
            async with asyncio.timeout(self._deadline_s):
                writer.write(question(asked.said, asked.rate_hz))
                await writer.drain()
                guesses = guesses_in(await reader.readuntil(b"\n"))
        finally:
            _tell(asked, guesses)

    def _forget(self) -> None:
        """Nobody answers what waits."""
        while not self._questions.empty():
            _tell(self._questions.get_nowait(), [])


def _tell(asked: Question, guesses: Guesses) -> None:
    """In a turn of the loop of its own: who asked is one of many, and a fault there stays there."""
    asyncio.get_running_loop().call_soon(asked.heard, guesses)


async def _whole(starting: Coroutine[None, None, Process]) -> Process:
    """A start that is cancelled is waited for all the same, and its process ended: else nobody would know it."""
    start = asyncio.create_task(starting)
    try:
        return await asyncio.shield(start)
    except asyncio.CancelledError:
        await asyncio.wait({start})
        if start.exception() is None:
            await _end(start.result())
        raise


async def _end(process: Process) -> None:
    """Kill it and wait for that, also where that wait is cancelled."""
    if process.returncode is None:
        process.kill()
    gone = asyncio.create_task(process.wait())
    try:
        await asyncio.shield(gone)
    except asyncio.CancelledError:
        await gone
        raise
