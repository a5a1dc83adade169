import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc
import pytest

from media.call import Facts
from media.listening import CannotListen
from media.service import service_of, uplinks_of
from media.transcription.transcription_pb2 import AudioChunk, TranscriptResult
from media.transcription.uplink import FINISHED
from media.uplinks import Result
from messages.media import ServicePlan
from tests.media.transcription.calls import Kind, run
from tests.media.transcription.servers import server

FACTS = Facts(conversation_id="c-1", participant_id="p-1", protocol="media-api", codec="PCMU", sample_rate_hz=8000)


@dataclass
class Lane:
    """What hears the uplink."""

    ended_with: "asyncio.Future[str]"
    results: list[Result] = field(default_factory=list)

    def heard(self, result: Result) -> None:
        self.results.append(result)

    def dropped(self, count: int, first: int, last: int) -> None:
        raise AssertionError

    def interrupted(self, why: str) -> None:
        """The first address is nobody's."""

    def restored(self) -> None:
        """The second one answers."""

    def ended(self, why: str) -> None:
        self.ended_with.set_result(why)

    def failed(self, fault: Exception) -> None:
        raise AssertionError


def transcribe(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
    for message in chunks:
        chunk = AudioChunk.FromString(message)
        text = f"{chunk.conversation_id} {chunk.participant_id} {chunk.audio_format} {chunk.sample_rate}"
        yield TranscriptResult(text=text, sequence_number=chunk.sequence_number).SerializeToString()


@pytest.mark.parametrize("transport", ["lean", "grpcio"])
def test_a_lane_s_audio_is_transcribed_by_the_first_address_that_answers(transport: Kind) -> None:
    async def trip(address: str) -> None:
        plan = ServicePlan(addresses=("127.0.0.1:1", address), transport=transport, retry_min_s=0.01, drain_s=20.0)
        service = service_of(plan)
        try:
            lane = Lane(asyncio.get_running_loop().create_future())
            uplink = uplinks_of(service, plan)(FACTS, lane)
            for sequence in range(1, 51):
                uplink.audio(sequence, b"\xff" * 160)
            uplink.finish()
            assert await lane.ended_with == FINISHED
            assert {result.text for result in lane.results} == {"c-1 p-1 PCMU 8000"}
            assert [result.sequence for result in lane.results] == list(range(1, 51))
            assert [facts.in_use for facts in service.facts()] == [False, True]
        finally:
            await service.close()

    with server(transcribe) as address:
        run(lambda: trip(address))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (ServicePlan(addresses=()), "set TRANSCRIPTION_GRPC_ADDR"),
        (ServicePlan(addresses=("nowhere",)), "give host:port"),
        (ServicePlan(addresses=("a:1",), plaintext=False, ca_file="/no/such/file.pem"), "No such file"),
        (
            ServicePlan(addresses=("a:1",), plaintext=False, ca_file=__file__),
            "the transcription service's certificates",
        ),
    ],
)
def test_a_plan_that_cannot_work_is_refused_in_words(plan: ServicePlan, words: str) -> None:
    async def trip() -> None:
        with pytest.raises(CannotListen, match=words):
            service_of(plan)

    run(trip)
