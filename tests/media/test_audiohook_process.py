"""AudioHook in a worker process, told by its line what to do."""

import pytest

from messages.media import (
    AudioHookPlan,
    AudioStreamClosed,
    AudioStreamOpened,
    DisconnectStream,
    DrainWorker,
    PlayIntoStream,
    WorkerDrained,
    WorkerReport,
)
from tests.audiohook import EXTERNAL, ORGANIZATION, STEREO
from tests.media.audiohook_house import hooked
from tests.media.callers import until_it_drains
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


def test_a_session_that_begins_during_a_drain_is_told_to_come_again_and_ends_as_one_should() -> None:
    with working(plan()) as worker, hooked(worker.port, ORGANIZATION) as call:
        call.opened(EXTERNAL)
        worker.tell(DrainWorker(within_s=60))
        until_it_drains(worker.port)
        with hooked(worker.port) as late:
            assert late.refusal() == ("error", "the server is restarting")
            assert late.close("disconnect") == []
        call.ping()


@pytest.mark.parametrize("ends_by_itself", [True, False])
def test_whoever_is_turned_away_is_no_call_and_does_not_prolong_the_drain(ends_by_itself: bool) -> None:
    guard = AudioHookPlan(guard_s=120.0)
    with working(plan(audiohook=guard)) as worker, hooked(worker.port, ORGANIZATION) as call:
        call.opened(EXTERNAL)
        worker.tell(DrainWorker(within_s=60))
        until_it_drains(worker.port)
        with hooked(worker.port) as late:
            assert late.refusal()[0] == "error"
            worker.hears(WorkerReport)  # may be from before
            assert worker.hears(WorkerReport).calls == 1
            if not ends_by_itself:
                worker.tell(DrainWorker(within_s=0))
                assert call.refusal()[0] == "error"
            call.close("disconnect")
            worker.hears(WorkerDrained)
            assert worker.exit_code() == 0
