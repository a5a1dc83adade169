"""A house of calls with a real transcription service behind it: every call's stream is on one connection."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import grpc

from media.call import Facts
from media.service import service_of, uplinks_of
from media.transcription.transcription_pb2 import AudioChunk, TranscriptResult
from media.transcription.uplink import Uplink
from media.uplinks import UplinkListener
from messages.media import ServicePlan, WorkerPlan
from tests.media.houses import LivingHouse, RecordedLine
from tests.media.transcription.servers import Behaviour, server
from tests.media.workers import PATIENCE_S


class Transcriber:
    """Answers each chunk with its conversation and number; counts streams by conversation, and who opened them."""

    def __init__(self) -> None:
        self.streams: Counter[str] = Counter()
        self.peers: set[str] = set()

    def __call__(self, chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        self.peers.add(context.peer())
        for place, message in enumerate(chunks):
            chunk = AudioChunk.FromString(message)
            self.streams[chunk.conversation_id] += not place
            text = f"{chunk.conversation_id} {chunk.sequence_number}"
            yield TranscriptResult(text=text, sequence_number=chunk.sequence_number).SerializeToString()


class ServedHouse(LivingHouse):
    """Its lanes' uplinks are real ones."""

    async def _open(self) -> None:
        self._service = service_of(self._plan.service)
        self._real = uplinks_of(self._service, self._plan.service)
        await super()._open()

    async def _shut(self) -> None:
        await super()._shut()
        await self._service.close()

    def _uplink(self, facts: Facts, listener: UplinkListener) -> Uplink:  # type: ignore[override]
        return self._real(facts, listener)


@contextmanager
def served(plan: WorkerPlan, behaviour: Behaviour, line: RecordedLine, **service: object) -> Iterator[ServedHouse]:
    """A house by that plan, and the service that it needs."""
    with server(behaviour) as address:
        its = ServicePlan(addresses=(address,), retry_min_s=0.01, retry_max_s=0.05, drain_s=2.0)
        living = ServedHouse(replace(plan, service=replace(its, **service)), PATIENCE_S, PATIENCE_S, line)  # type: ignore[arg-type]
        try:
            yield living
        finally:
            living.close()
