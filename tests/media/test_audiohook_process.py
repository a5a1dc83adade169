"""AudioHook in a worker process, told by its line what to do."""

from messages.media import (
    AudioStreamClosed,
    AudioStreamOpened,
    DisconnectStream,
    DrainWorker,
    PlayIntoStream,
    WorkerDrained,
)
from tests.audiohook import EXTERNAL, STEREO
from tests.media.audiohook_house import hooked
from tests.media.workers import plan, working


def test_a_session_is_played_into_and_ended_by_the_gateway() -> None:
    with working(plan()) as worker, hooked(worker.port) as call:
        call.opened(EXTERNAL)
        opened = worker.hears(AudioStreamOpened)
        worker.tell(PlayIntoStream(stream_id=opened.stream_id, audio=bytes(range(256)) * 10))
        assert call.hear_audio() == bytes(range(256)) * 10
        worker.tell(DisconnectStream(stream_id=opened.stream_id, output_variables={"queue": "sales"}))
        assert call.hear()["parameters"] == {"reason": "completed", "outputVariables": {"queue": "sales"}}
        assert call.close("disconnect") == []
        assert worker.hears(AudioStreamClosed).reason == "ended by the gateway: completed"


def test_a_drain_sends_sessions_elsewhere_and_waits_for_their_close() -> None:
    with working(plan()) as worker, hooked(worker.port) as call:
        call.opened(STEREO)
        call.audio(160)
        worker.tell(DrainWorker(within_s=0.05))
        assert call.refusal() == ("error", "the server is restarting")
        assert call.close("disconnect") == []
        assert {worker.hears(AudioStreamClosed).reason for _ in range(2)} == {"the server is restarting"}
        worker.hears(WorkerDrained)
        assert worker.exit_code() == 0
