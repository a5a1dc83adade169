"""One stream of the service: chunks in, results out, faults wherever they are armed."""

import asyncio
from collections.abc import Callable

import grpc
from google.protobuf.message import DecodeError

from simulator.box import Box
from simulator.faults import Fault
from simulator.transcription.book import HeardStream, Lane, Said
from simulator.transcription.ears import Ear, Say
from simulator.transcription.outbox import Context, Outbox
from simulator.transcription.relay import CANCEL, Orders
from simulator.transcription.results import latency_s, messages
from simulator.transcription.script import Line
from simulator.transcription_pb2 import AudioChunk

MakeEar = Callable[[Lane, AudioChunk, Say], Ear]
Restart = Callable[[float, float], None]
PUSHBACK = "grpc-retry-pushback-ms"
"""Trailing metadata: how long a client shall wait. Source: gRPC proposal A6."""


class Hearing:
    """Lives as long as its stream; `run` returns when that has ended well."""

    def __init__(self, box: Box, context: Context, orders: Orders, make_ear: MakeEar, restart: Restart) -> None:
        self._box, self._world = box, box.world
        self._context = context
        self._orders = orders
        self._make_ear = make_ear
        self._restart = restart
        self._outbox = Outbox(context)
        self._stream: HeardStream = box.world.streams.open(box.now_s(), context.peer())
        self._lane: Lane | None = None
        self._ear: Ear | None = None
        self._silent = False
        self._gap_s = 0.0  # between two chunks, when the stream is to be read slowly
        self._world.tally("transcription.streams")

    async def run(self) -> None:
        try:
            await self._meet({"route": "stream"})
            await self._listen()
            await self._finish()
            self._end("half-closed")
        finally:
            self._end("cancelled")
            self._outbox.close()
            if self._ear is not None:
                self._ear.close()

    async def _listen(self) -> None:
        while isinstance(raw := await self._context.read(), bytes):  # else it is EOF
            chunk = await self._read(raw)
            await self._meet(_occasion("chunk", chunk))
            self._hear(chunk)
            if self._gap_s:
                await asyncio.sleep(self._gap_s)

    async def _read(self, raw: bytes) -> AudioChunk:
        try:
            return AudioChunk.FromString(raw)
        except DecodeError:
            self._end("INVALID_ARGUMENT")
            await self._context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not an AudioChunk")

    async def _finish(self) -> None:
        if self._ear is not None:
            await self._ear.finish()
        await self._outbox.drained()

    def _hear(self, chunk: AudioChunk) -> None:
        if self._lane is None:
            self._lane = self._world.streams.lane(self._stream, chunk.conversation_id, chunk.participant_id)
            self._stream.audio_format, self._stream.sample_rate = chunk.audio_format, chunk.sample_rate
            self._ear = self._make_ear(self._lane, chunk, self._say)
        assert self._ear is not None
        size_bytes = len(chunk.audio_data)
        self._lane.backward += self._stream.hear(chunk.sequence_number, size_bytes, chunk.language_code)
        self._lane.hear(chunk.sequence_number, size_bytes)
        self._world.tally("transcription.chunks")
        self._ear.hear(chunk)

    def _say(self, sequence: int, line: Line) -> None:
        assert self._lane is not None
        self._lane.said += bool(line.text)
        occasion = {
            "route": "result",
            "conversation_id": self._lane.conversation_id,
            "participant_id": self._lane.participant_id,
            "sequence_number": str(sequence),
        }
        fault = self._box.plan.choose(occasion)
        if fault is not None:
            self._note(fault)
        if self._silent or (fault is not None and fault.action == "mute_answers"):
            self._record(sequence, line, "lost")
            return
        wait_s = latency_s(self._world.settings, self._box.chance)
        put = self._outbox.put if fault is None or not fault.latency_s else self._outbox.put_aside
        fate = "sent" if fault is None else fault.action
        for message, counts in messages(self._lane.conversation_id, sequence, line, fault):
            put(
                message,
                wait_s + (0.0 if fault is None else fault.latency_s),
                (lambda: self._record(sequence, line, fate)) if counts else (lambda: None),
            )

    def _record(self, sequence: int, line: Line, fate: str) -> None:
        assert self._lane is not None
        self._stream.results.append(Said(sequence=sequence, text=line.text, fate=fate))
        self._stream.result_count += 1
        if fate not in ("lost", "wrong_id", "junk"):
            self._stream.acknowledged = max(self._stream.acknowledged, sequence)
            self._lane.acknowledged = max(self._lane.acknowledged, sequence)
        self._world.tally("transcription.results")

    async def _meet(self, occasion: dict[str, str]) -> None:
        """Suffer what is armed for this occasion; does not return when that ends the stream."""
        fault = self._box.plan.choose(occasion)
        if fault is None:
            return
        self._note(fault)
        await asyncio.sleep(fault.latency_s)
        match fault.action:
            case "grpc_status":
                await self._refuse(fault)
            case "reset":
                await self._break(fault.action, self._orders.reset(fault.options.get("code", CANCEL)))
            case "abort":
                await self._break(fault.action, self._orders.abort())
            case "restart":
                self._restart(fault.options.get("grace_s", 0.0), fault.options.get("down_s", 0.0))
            case "stall":
                await asyncio.Event().wait()
            case "silence":
                self._silent = True
            case "slow":
                self._gap_s = 1 / fault.options["chunks_per_s"]
            case _:
                pass

    async def _refuse(self, fault: Fault) -> None:
        code = fault.options["code"]
        wait_ms = fault.options.get("retry_after_ms")
        trailers = () if wait_ms is None else ((PUSHBACK, str(int(wait_ms))),)
        await self._outbox.drained()
        self._end(code)
        await self._context.abort(grpc.StatusCode[code], fault.options.get("message", "simulated fault"), trailers)

    async def _break(self, action: str, order: bytes) -> None:
        self._end(action)
        await self._outbox.order(order)
        await asyncio.Event().wait()  # until gRPC hears of it and cancels this

    def _note(self, fault: Fault) -> None:
        self._stream.struck.append(fault.action)
        self._world.tally(f"faults.{fault.action}")

    def _end(self, how: str) -> None:
        """How the stream ended, as the first one to say so has it."""
        if self._stream.ended is None:
            self._stream.ended, self._stream.ended_at_s = how, self._box.now_s()
            self._world.tally("transcription.ended")


def _occasion(route: str, chunk: AudioChunk) -> dict[str, str]:
    return {
        "route": route,
        "conversation_id": chunk.conversation_id,
        "participant_id": chunk.participant_id,
        "language": chunk.language_code,
        "sequence_number": str(chunk.sequence_number),
    }
