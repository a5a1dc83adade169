"""Live audio, from the call's socket to the operator's: seen while it lasts, ended on record whatever ends it."""

import os
import signal
import socket
from collections.abc import Iterator

import pytest
import websocket

from tests.media.audiohook_house import hooked
from tests.media.workers import KEY as HOOK_KEY
from tests.trips.studio import KEY, Caller, Studio, studios
from tests.trips.wire import PATIENCE_S


@pytest.fixture
def studio() -> Iterator[Studio]:
    with studios() as opened:
        yield opened


def test_a_call_is_seen_while_it_lasts_and_is_on_record_after_it(studio: Studio) -> None:
    caller = studio.call("c-1")
    caller.speak(10)
    caller.speak(5, skipping=3)
    while (gap := studio.event("stream.gap")).get("missing") is None:
        pass  # of what the service did not take in time
    assert gap["missing"] == 3
    shown = studio.until("c-1", lambda shown: shown["frames"] == 16)
    assert (shown["state"], shown["protocol"], shown["codec"], shown["gaps"]) == ("live", "media-api", "PCMU", 1)
    assert [row["stream_id"] for row in studio.wire.call("stream.list")["streams"]] == [shown["stream_id"]]
    caller.hang_up()
    studio.event("stream.closed")
    records = studio.records("c-1")
    assert studio.missing("c-1") == 3
    assert (records["stream.closed"]["frames"], records["stream.closed"]["gaps"]) == (16, 1)
    assert studio.show("c-1")["state"] == "ended"
    assert studio.wire.call("stream.list")["live"] == 0


def test_a_worker_that_is_killed_takes_only_its_own_calls_along_and_is_back(studio: Studio) -> None:
    callers = {f"c-{number}": studio.call(f"c-{number}") for number in range(8)}
    workers = {name: studio.show(name)["worker"] for name in callers}
    victim = workers["c-0"]
    lost = {name for name, worker in workers.items() if worker == victim}
    os.kill(int(studio.wire.call("actor.show", name=victim)["facts"]["pid"]), signal.SIGKILL)
    assert studio.event("media.ready")["worker"] == victim
    for name in lost:
        assert callers[name].close_code() == 0
        closed = studio.records(name)["stream.closed"]
        assert closed["reason"] == f"its audio worker {victim} was lost: it was killed by SIGKILL"
    for name in set(callers) - lost:
        callers[name].speak(3)
        studio.until(name, lambda shown: shown["frames"] == 4)
    assert studio.wire.call("stream.list")["live"] == len(callers) - len(lost)
    studio.await_well()
    studio.call("c-new")


def test_a_drain_takes_no_more_calls_and_ends_those_there_are_in_good_order(studio: Studio) -> None:
    caller = studio.call("c-1")
    drained = studio.wire.call("gateway.drain", timeout_s=20)
    assert (drained["drained"], drained["audio_workers"]) == (True, 0)
    assert caller.close_code() in {1000, 1001}
    assert "lost" not in studio.records("c-1")["stream.closed"]["reason"]
    host, _, port = studio.address.rpartition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    studio.wire.call("gateway.resume")
    for number in (1, 2):
        studio.ready(studio.wire, f"media.{number}")
    studio.call("c-3")


def test_who_calls_during_a_drain_is_told_to_come_again_and_is_not_waited_for() -> None:
    with studios(media__drain_s=60, media_keys=f"{KEY},{HOOK_KEY}") as studio:
        hook = studio.hook()
        idle = {"media.1", "media.2"} - {studio.show(hook.conversation_id)["worker"]}
        asked = studio.wire.ask("gateway.drain", timeout_s=50)
        studio.await_drained(*idle)
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            Caller(studio.address, "c-late")
        assert refused.value.status_code == 503
        with hooked(int(studio.address.rpartition(":")[2])) as late:
            assert late.refusal() == ("error", "the server is restarting")
            hook.speak(5)
            hook.hang_up()
            assert studio.wire.result(asked)["drained"] is True


def test_streams_of_a_gateway_that_is_killed_are_closed_on_record_at_the_next_start(studio: Studio) -> None:
    caller = studio.call("c-1")
    studio.house.kill()
    assert caller.close_code() in {0, 1001}
    studio.come_back()
    while "stream.closed" not in (records := studio.records("c-1")):
        pass
    assert records["stream.closed"]["reason"] == "the gateway ended"
    assert studio.wire.call("audit.verify")["ok"] is True
    studio.call("c-2")


def test_a_gateway_that_is_told_to_stop_leaves_no_worker_behind(studio: Studio) -> None:
    caller = studio.call("c-1")
    studio.house.terminate()
    assert studio.house.process.code() == 0
    assert caller.close_code() in {1000, 1001}
    assert not studio.house.process.left_something_running()
