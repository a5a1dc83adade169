"""A real recogniser behind the service: pocketsphinx in processes of its own, so that streams do not wait for it."""

import asyncio
import importlib.util
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import orjson

from simulator.forms import BadInput
from simulator.transcription.ears import Ear, Say
from simulator.transcription.script import Line
from simulator.transcription.sphinx import HEAD
from simulator.transcription.utterances import FRAME_S, RATES_HZ, WINDOW_S, Ends, Utterance
from simulator.transcription_pb2 import AudioChunk

ANSWER_S = 30.0  # for one utterance; then the process is ended and the utterance has no text
WAITING = 64  # utterances, of all streams together; more have no text
_HOME = str(Path(__file__).resolve().parents[2])


def missing_recogniser() -> str | None:
    """Why there is none, in words; None: it can be used."""
    if importlib.util.find_spec("pocketsphinx") is None:
        return "--recogniser pocketsphinx: it is not installed; pip install 'genesys-switchboard[recogniser]'"
    return None


class Recogniser:
    """`workers` processes, started when the first utterance has to be recognised; each does one at a time.

    `tally` is told `transcription.recognised` and `transcription.unrecognised`.
    """

    def __init__(self, vocabulary: str, workers: int, tally: Callable[[str], None]) -> None:
        if problem := missing_recogniser():
            raise BadInput([problem])
        self._vocabulary = vocabulary
        self._tally = tally
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._workers = [_Worker(vocabulary) for _ in range(workers)]
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._waiting = 0

    def ear(self, chunk: AudioChunk, say: Say) -> Ear:
        """What listens to the stream that begins with `chunk`."""
        from pocketsphinx import Endpointer

        rate_hz = chunk.sample_rate if chunk.sample_rate in RATES_HZ else RATES_HZ[0]
        endpointer = Endpointer(WINDOW_S, sample_rate=rate_hz, frame_length=FRAME_S)
        return RecognisingEar(self, Ends(endpointer, rate_hz), say)

    async def text(self, utterance: Utterance) -> str:
        """The words; empty when there are none, or no process had the time for it."""
        if not utterance.audio:
            return ""
        if self._waiting >= WAITING:
            self._tally("transcription.unrecognised")
            return ""
        self._waiting += 1
        worker = await self._free.get()
        try:
            heard = await worker.text(utterance)
        finally:
            self._waiting -= 1
            self._free.put_nowait(worker)
        self._tally("transcription.recognised" if heard is not None else "transcription.unrecognised")
        return heard or ""

    async def stop(self) -> None:
        for worker in self._workers:
            await worker.stop()


class _Worker:
    def __init__(self, vocabulary: str) -> None:
        self._vocabulary = vocabulary
        self._process: Process | None = None

    async def text(self, utterance: Utterance) -> str | None:
        """None when the process ended or took too long."""
        heard = None
        try:
            async with asyncio.timeout(ANSWER_S):
                heard = await self._asked(utterance)
        except (TimeoutError, OSError, EOFError):
            pass
        finally:
            if heard is None:  # its answer may still come: it must not be taken for the next one's
                await self.stop()
        return heard

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _asked(self, utterance: Utterance) -> str:
        process = await self._running()
        assert process.stdin is not None
        process.stdin.write(HEAD.pack(len(utterance.audio), utterance.rate_hz) + utterance.audio)
        await process.stdin.drain()
        return (await _line(process))["text"]

    async def _running(self) -> Process:
        if self._process is None:
            path = os.pathsep.join(filter(None, [_HOME, os.environ.get("PYTHONPATH")]))
            command = [sys.executable, "-m", "simulator.transcription.sphinx", self._vocabulary]
            environment = os.environ | {"PYTHONPATH": path}
            self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
            await _line(self._process)
        return self._process


async def _line(process: Process) -> dict[str, str]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError("the recogniser has ended")
    read: dict[str, str] = orjson.loads(line)
    return read


class RecognisingEar:
    """Says one utterance after the other, in their order."""

    def __init__(self, recogniser: Recogniser, ends: Ends, say: Say) -> None:
        self._recogniser = recogniser
        self._ends = ends
        self._say = say
        self._heard: asyncio.Queue[Utterance] = asyncio.Queue()
        self._speaker = asyncio.get_running_loop().create_task(self._speak())

    def hear(self, chunk: AudioChunk) -> None:
        self._put(self._ends.hear(chunk))

    async def finish(self) -> None:
        self._put(self._ends.finish())
        await self._heard.join()

    def close(self) -> None:
        self._speaker.cancel()

    def _put(self, ended: list[Utterance]) -> None:
        for utterance in ended:
            self._heard.put_nowait(utterance)

    async def _speak(self) -> None:
        while True:
            utterance = await self._heard.get()
            self._say(utterance.sequence, Line(text=await self._recogniser.text(utterance)))
            self._heard.task_done()
