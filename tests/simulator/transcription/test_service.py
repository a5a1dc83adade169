import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from simulator.box import Box
from simulator.server import Simulator
from simulator.transcription.hearing import PUSHBACK
from simulator.transcription.options import TranscriptionOptions
from simulator.transcription.service import TranscriptionService
from tests.simulator.client import admin
from tests.simulator.transcription.client import WAIT_S, Call, call, channel, chunk, chunks, numbers


def status(error: Any) -> grpc.StatusCode:
    code: grpc.StatusCode = error.code()
    return code


def test_results_acknowledge_and_the_half_close_acknowledges_the_rest(transcription_simulator: Simulator) -> None:
    with call(transcription_simulator) as one:
        one.say(chunks(1, 120))
        one.finish()
        heard = one.rest()
    assert [(result.sequence_number, result.text) for result in heard] == [
        (50, "chunks 1 to 50"),
        (100, "chunks 51 to 100"),
        (120, "chunks 101 to 120"),
    ]
    assert {result.conversation_id for result in heard} == {"call-1"}


def test_the_record_has_everything_that_was_heard(transcription_simulator: Simulator) -> None:
    with call(transcription_simulator) as one:
        one.say([chunk(1), chunk(2, language_code="de"), chunk(5, language_code="de")])
        one.finish()
        one.rest()
    (stream,) = transcription_simulator.streams("call-1")
    assert (stream["runs"], stream["bytes"], stream["ended"]) == ([[1, 2], [5, 5]], 480, "half-closed")
    assert stream["languages"] == [[1, "und"], [2, "de"]]
    assert (stream["audio_format"], stream["sample_rate"], stream["acknowledged"]) == ("PCMU", 8000, 5)
    (lane,) = transcription_simulator.lanes()
    assert (lane["missing"], lane["distinct"]) == ([[3, 4]], 3)
    assert admin(transcription_simulator, "GET", "lanes/call-1").json() == {"lanes": [lane]}
    assert admin(transcription_simulator, "GET", "streams/call-2").json() == {"streams": []}


def test_what_is_said_can_be_scripted(transcription_simulator: Simulator) -> None:
    script = {"conversation_id": "call-1", "every_s": 0.2, "texts": ["Hello.", {"text": "Bye.", "confidence": "0.9"}]}
    assert admin(transcription_simulator, "PUT", "transcripts", script).status_code == 200
    with call(transcription_simulator) as one:
        one.say(chunks(1, 30))
        one.finish()
        heard = one.rest()
    said = [(result.sequence_number, result.text, result.language_confidence) for result in heard]
    assert said == [(10, "Hello.", ""), (20, "Bye.", "0.9"), (30, "", "")]


def test_a_resumed_stream_goes_on_with_the_script_and_nothing_counts_as_doubled(
    transcription_simulator: Simulator,
) -> None:
    transcription_simulator.set_transcripts({"every_chunks": 10, "texts": ["one", "two", "three"]})
    transcription_simulator.add_fault("grpc_status", code="UNAVAILABLE", route="chunk", after=14)
    with call(transcription_simulator) as one:
        one.say(chunks(1, 20))
        assert one.hear().text == "one"
        assert status(one.ended()) is grpc.StatusCode.UNAVAILABLE
    with call(transcription_simulator) as one:
        one.say(chunks(11, 30))
        one.finish()
        assert [result.text for result in one.rest()] == ["two", "three"]
    (lane,) = transcription_simulator.lanes()
    assert (lane["heard"], lane["replayed"], lane["doubled"], lane["streams"]) == ([[1, 30]], 4, 0, [1, 2])


def test_resuming_too_early_counts_as_doubled(transcription_simulator: Simulator) -> None:
    for first in (1, 41):
        with call(transcription_simulator) as one:
            one.say(chunks(first, first + 49))
            one.finish()
            one.rest()
    (lane,) = transcription_simulator.lanes()
    assert (lane["doubled"], lane["replayed"], lane["missing"]) == (10, 0, [])


def test_a_refusal_comes_at_the_chunk_with_or_without_pushback(transcription_simulator: Simulator) -> None:
    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    for options, trailers in (({"retry_after_ms": 500}, [(PUSHBACK, "500")]), ({}, [])):
        transcription_simulator.clear_streams()
        transcription_simulator.add_fault("grpc_status", code=code.name, route="chunk", after=59, **options)
        with call(transcription_simulator) as one:
            one.say(chunks(1, 100))
            assert one.hear().sequence_number == 50
            error: Any = one.ended()
        assert (error.code(), error.details()) == (code, "simulated fault")
        assert [(pair.key, pair.value) for pair in error.trailing_metadata()] == trailers
        (stream,) = transcription_simulator.streams()
        assert (stream["chunks"], stream["ended"], stream["struck"]) == (59, code.name, ["grpc_status"])


def test_a_stream_can_be_refused_at_its_opening(transcription_simulator: Simulator) -> None:
    transcription_simulator.add_fault("grpc_status", code="UNAUTHENTICATED", route="stream")
    with call(transcription_simulator) as one:
        assert status(one.ended()) is grpc.StatusCode.UNAUTHENTICATED


def test_a_reset_ends_one_stream_and_an_abort_all_of_its_connection(transcription_simulator: Simulator) -> None:
    transcription_simulator.add_fault("reset", code=2, route="chunk", sequence_number="60")
    transcription_simulator.add_fault("abort", route="chunk", sequence_number="70")
    with channel(transcription_simulator) as line:
        first, second = (Call(line) for _ in range(2))
        second.say(chunks(1, 50, "call-2"))
        assert second.hear().sequence_number == 50
        first.say(chunks(1, 60))
        assert status(first.ended()) is grpc.StatusCode.INTERNAL
        second.say(chunks(51, 69, "call-2"))
        second.say([chunk(70, "call-2")])
        assert status(second.ended()) is grpc.StatusCode.UNAVAILABLE
    ended = {stream["conversation_id"]: stream["ended"] for stream in transcription_simulator.streams()}
    assert ended == {"call-1": "reset", "call-2": "abort"}


def test_a_graceful_restart_lets_streams_end_and_takes_new_ones(transcription_simulator: Simulator) -> None:
    with channel(transcription_simulator) as line, channel(transcription_simulator) as other:
        old = Call(line)
        old.say(chunks(1, 50))
        assert old.hear().sequence_number == 50
        restarted = admin(transcription_simulator, "POST", "transcription/restart", {"grace_s": WAIT_S}).json()
        assert restarted == {"restarting": {"grace_s": WAIT_S, "down_s": 0.0}}
        new = Call(other)  # on the old line it may be there before the goodbye is heard, and be turned away
        new.say(chunks(1, 50, "call-2"))
        assert new.hear().sequence_number == 50
        old.say(chunks(51, 60))
        old.finish()
        assert numbers(old.rest()) == [60]
        new.finish()
        assert new.rest() == []


def listening(folder: Path) -> list[str]:
    """The Unix sockets there at which somebody accepts."""
    found = []
    for path in folder.glob("*.sock"):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                found.append(path.name)
    return found


@pytest.mark.parametrize("down_s", [0.0, 0.01])
def test_restarts_that_overlap_leave_one_server_behind_and_none_at_the_end(down_s: float) -> None:
    async def restarted() -> tuple[list[str], list[str]]:
        service = TranscriptionService(Box(), "127.0.0.1", 0, None)
        folder = Path(service._folder.name)
        await service.start()
        for _ in range(3):
            service.restart(grace_s=0.0, down_s=down_s)
        await asyncio.wait_for(asyncio.gather(*service._restarting), WAIT_S)
        left = listening(folder)
        await service.stop()
        return left, listening(folder)

    assert asyncio.run(restarted()) == (["4.sock"], [])


def test_a_stop_ends_restarts_that_still_wait_for_streams_or_their_turn() -> None:
    async def stopped() -> None:
        service = TranscriptionService(Box(), "127.0.0.1", 0, None)
        await service.start()
        for _ in range(2):
            service.restart(grace_s=0.0, down_s=WAIT_S)
        await asyncio.wait_for(service.stop(), WAIT_S)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", service.port)

    asyncio.run(stopped())


def test_a_restart_without_grace_ends_every_stream(transcription_simulator: Simulator) -> None:
    transcription_simulator.add_fault("restart", route="chunk", after=9)
    with call(transcription_simulator) as one:
        one.say(chunks(1, 10))
        assert status(one.ended()) is grpc.StatusCode.UNAVAILABLE
    with call(transcription_simulator) as one:
        one.say(chunks(1, 50))
        assert one.hear().sequence_number == 50


def test_a_result_that_a_restart_keeps_from_being_written_acknowledges_nothing(
    transcription_simulator: Simulator,
) -> None:
    longer_than_a_window = "x" * 3_000_000
    transcription_simulator.set_transcripts({"every_chunks": 1, "texts": ["short", longer_than_a_window]})
    transcription_simulator.add_fault("restart", route="chunk", sequence_number="3")
    with call(transcription_simulator) as one:
        one.say([chunk(1)])
        assert one.hear().sequence_number == 1
        one.say([chunk(2)])
        transcription_simulator.wait_for(lambda world: world.count["transcription.chunks"] == 2, WAIT_S)
        one.say([chunk(3)])
        transcription_simulator.wait_for(lambda world: world.streams.live == 0, WAIT_S)
    (stream,) = transcription_simulator.streams()
    assert (stream["acknowledged"], [result["sequence"] for result in stream["results"]]) == (1, [1])
    with call(transcription_simulator) as one:
        one.say([chunk(2)])
        assert one.hear().sequence_number == 2
    (lane,) = transcription_simulator.lanes()
    assert (lane["replayed"], lane["doubled"]) == (1, 0)


def test_while_it_is_down_connections_are_refused_and_then_it_is_back(transcription_simulator: Simulator) -> None:
    transcription_simulator.restart_transcription(down_s=0.5)
    deadline_s = time.monotonic() + WAIT_S
    outcomes: list[grpc.StatusCode | None] = []
    while not outcomes or outcomes[-1] is not None:
        assert time.monotonic() < deadline_s
        with call(transcription_simulator) as one:
            one.say(chunks(1, 1))
            one.finish()
            outcomes.append(_outcome(one))
    assert set(outcomes[:-1]) <= {grpc.StatusCode.UNAVAILABLE}
    assert outcomes[:-1]


def _outcome(one: Any) -> grpc.StatusCode | None:
    try:
        one.rest()
    except grpc.RpcError as error:
        return status(error)
    return None


def test_a_slow_service_is_felt_by_its_client(transcription_simulator: Simulator) -> None:
    transcription_simulator.add_fault("stall", route="chunk", after=5)
    big = [chunk(number, audio_data=b"\xff" * 16_000) for number in range(1, 200)]
    with call(transcription_simulator) as one:
        one.say(big)
        transcription_simulator.wait_for(lambda world: world.count["faults.stall"] == 1, WAIT_S)
    (stream,) = transcription_simulator.streams()
    assert stream["chunks"] == 5


def test_a_stream_can_be_read_at_a_pace(transcription_simulator: Simulator) -> None:
    transcription_simulator.add_fault("slow", chunks_per_s=100, route="stream")
    began_s = time.monotonic()
    with call(transcription_simulator) as one:
        one.say(chunks(1, 30))
        one.finish()
        assert numbers(one.rest()) == [30]
    assert time.monotonic() - began_s >= 0.29


def test_a_silent_stream_hears_everything_and_says_nothing(transcription_simulator: Simulator) -> None:
    transcription_simulator.add_fault("silence", route="stream")
    with call(transcription_simulator) as one:
        one.say(chunks(1, 100))
        one.finish()
        assert one.rest() == []
    (stream,) = transcription_simulator.streams()
    assert (stream["chunks"], stream["acknowledged"]) == (100, 0)
    assert {result["fate"] for result in stream["results"]} == {"lost"}


def test_results_are_lost_doubled_and_under_a_wrong_id(transcription_simulator: Simulator) -> None:
    transcription_simulator.set_transcripts({"every_chunks": 1})
    transcription_simulator.add_fault("mute_answers", route="result", sequence_number="1")
    transcription_simulator.add_fault("duplicate", route="result", copies=2, sequence_number="2")
    transcription_simulator.add_fault("wrong_id", route="result", id="call-9", sequence_number="3")
    with call(transcription_simulator) as one:
        one.say(chunks(1, 4))
        one.finish()
        heard = one.rest()
    assert numbers(heard) == [2, 2, 2, 3, 4]
    assert [result.conversation_id for result in heard][3:] == ["call-9", "call-1"]
    (stream,) = transcription_simulator.streams()
    assert [result["fate"] for result in stream["results"]] == ["lost", "duplicate", "wrong_id", "sent"]


def test_a_late_result_is_overtaken(transcription_simulator: Simulator) -> None:
    transcription_simulator.set_transcripts({"every_chunks": 1})
    transcription_simulator.add_fault("latency", route="result", latency_ms=300, sequence_number="1")
    with call(transcription_simulator) as one:
        one.say(chunks(1, 3))
        one.finish()
        assert numbers(one.rest()) == [2, 3, 1]


def test_results_keep_their_order_whatever_their_latency(transcription_simulator: Simulator) -> None:
    transcription_simulator.set_transcripts({"every_chunks": 1})
    transcription_simulator.change_settings(transcription_latency="log_normal", transcription_latency_ms=5)
    with call(transcription_simulator) as one:
        one.say(chunks(1, 50))
        one.finish()
        assert numbers(one.rest()) == list(range(1, 51))


@pytest.mark.parametrize("what", ["json", "binary", "utf8"])
def test_junk_is_no_result(transcription_simulator: Simulator, what: str) -> None:
    transcription_simulator.add_fault("junk", route="result", what=what, instead=True)
    with call(transcription_simulator) as one:
        one.say(chunks(1, 50))
        assert status(one.ended()) is grpc.StatusCode.INTERNAL


def test_what_is_no_chunk_is_refused(transcription_simulator: Simulator) -> None:
    with channel(transcription_simulator) as line:
        method: Any = line.stream_stream("/transcription.TranscriptionService/StreamAudio")
        stream = method(iter([b"\xff\xff"]), timeout=WAIT_S)
        with pytest.raises(grpc.RpcError):
            next(stream)
        assert stream.code() is grpc.StatusCode.INVALID_ARGUMENT


def health(line: grpc.Channel, service: bytes = b"") -> bytes:
    method: Any = line.unary_unary("/grpc.health.v1.Health/Check")
    answer: bytes = method(bytes([0x0A, len(service)]) + service if service else b"", timeout=WAIT_S)
    return answer


def test_health_follows_the_settings(transcription_simulator: Simulator) -> None:
    service = b"transcription.TranscriptionService"
    with channel(transcription_simulator) as line:
        assert health(line) == health(line, service) == b"\x08\x01"
        method: Any = line.unary_stream("/grpc.health.v1.Health/Watch")
        watch = method(b"", timeout=WAIT_S)
        assert next(watch) == b"\x08\x01"
        transcription_simulator.change_settings(transcription_health="not_serving")
        assert next(watch) == b"\x08\x02"
        assert health(line, service) == b"\x08\x02"
        with pytest.raises(grpc.RpcError) as caught:
            health(line, b"other.Service")
        assert status(caught.value) is grpc.StatusCode.NOT_FOUND


@pytest.fixture(params=["tls", "mtls"])
def secured(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with Simulator(transcription=TranscriptionOptions(security=request.param)) as box:
        yield box


def test_it_works_over_tls_faults_included(secured: Simulator) -> None:
    secured.add_fault("reset", route="chunk", after=50)
    with call(secured) as one:
        one.say(chunks(1, 51))
        assert one.hear().sequence_number == 50
        assert status(one.ended()) is grpc.StatusCode.CANCELLED


def test_mtls_turns_a_client_without_a_certificate_away() -> None:
    with Simulator(transcription=TranscriptionOptions(security="mtls")) as box:
        files = box.transcription_files
        assert files is not None
        credentials = grpc.ssl_channel_credentials(files.ca_file.read_bytes())
        with grpc.secure_channel(box.transcription_addr, credentials) as line:
            with pytest.raises(grpc.RpcError) as caught:
                health(line)
            assert status(caught.value) is grpc.StatusCode.UNAVAILABLE


def test_a_box_without_a_service_says_so(genesys_simulator: Simulator) -> None:
    with pytest.raises(LookupError):
        _ = genesys_simulator.transcription_addr
    assert admin(genesys_simulator, "POST", "transcription/restart", {}).status_code == 400


def test_streams_that_ended_can_be_forgotten(transcription_simulator: Simulator) -> None:
    with call(transcription_simulator) as one:
        one.say(chunks(1, 1))
        one.finish()
        one.rest()
    transcription_simulator.wait_for(lambda world: world.streams.live == 0, WAIT_S)
    assert admin(transcription_simulator, "DELETE", "streams").json() == {"removed": 1}
    assert transcription_simulator.streams() == transcription_simulator.lanes() == []


def test_a_call_that_ends_without_a_word_is_cancelled(transcription_simulator: Simulator) -> None:
    with call(transcription_simulator) as one:
        one.say([chunk(1)])
        transcription_simulator.wait_for(lambda world: world.count["transcription.chunks"] == 1)
        one.cancel()
    transcription_simulator.wait_for(lambda world: world.streams.live == 0)
    (stream,) = transcription_simulator.streams()
    assert stream["ended"] == "cancelled"
