"""An uplink with all that it touches, and time that the test moves."""

from media.transcription.chunks import ChunkEncoder
from media.transcription.door import StreamEnd
from media.transcription.status import Status
from media.transcription.uplink import Uplink
from messages.media import ServicePlan
from tests.media.transcription.fakes import Ear, FakeStream, FakeTimers, FakeTransport, OneService

PLAN = ServicePlan(
    addresses=("a:1",),
    retry_min_s=1.0,
    retry_max_s=8.0,
    give_up_s=60.0,
    replay_s=30.0,
    replay_bytes=10_000,
    drain_s=5.0,
)
LOST = StreamEnd(code=Status.UNAVAILABLE, message="the connection was lost")


class Call:
    """An uplink, all that it touches, and its jitter: always half of what there could be."""

    def __init__(self, plan: ServicePlan = PLAN, room: int = 1000) -> None:
        self.timers = FakeTimers()
        self.ear = Ear()
        self.way = FakeTransport(room)
        self.services = OneService(self.way)
        encoder = ChunkEncoder(conversation_id="c", participant_id="p", audio_format="PCMU", sample_rate_hz=8000)
        self.uplink = Uplink(
            encoder=encoder,
            services=self.services,
            listener=self.ear,
            plan=plan,
            timers=self.timers,
            chance=lambda: 0.5,
        )

    @property
    def stream(self) -> FakeStream:
        return self.way.streams[-1]

    def speak(self, *sequences: int) -> None:
        for sequence in sequences:
            self.uplink.audio(sequence, b"\xff" * 160)
