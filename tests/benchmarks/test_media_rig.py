"""The rig that the audio benchmarks trust: what it sends is what arrives, and what is lost it says."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import orjson
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.media import build, gateways
from benchmarks.media.rig import Rig, RigFailed
from benchmarks.media.runs import measure
from media.transcription.transcription_pb2 import AudioChunk, TranscriptResult

STREAM_AUDIO = "/transcription.TranscriptionService/StreamAudio"
FEW = ("--calls", "5", "--warm", "0.1")


@pytest.fixture(scope="module", autouse=True)
def _compiler() -> None:
    try:
        build.rig()
    except build.NotAtHand as why:
        pytest.skip(str(why))


class AudioHookServer:
    """An AudioHook server that knows just what a caller has to hear."""

    def __init__(self) -> None:
        self.audio: list[bytes] = []
        self.positions: list[str] = []

    async def call(self, socket: ServerConnection) -> None:
        answers = {"open": "opened", "ping": "pong", "close": "closed"}
        seq = 0
        async for message in socket:
            if isinstance(message, bytes):
                self.audio.append(message)
                continue
            told = orjson.loads(message)
            seq += 1
            assert told["seq"] == seq
            assert told["serverseq"] == seq - 1
            self.positions.append(told["position"])
            answer = {"version": "2", "id": told["id"], "type": answers[told["type"]], "seq": seq, "clientseq": seq}
            await socket.send(orjson.dumps({**answer, "parameters": {}}).decode())


@contextmanager
def served(server: AudioHookServer) -> Iterator[int]:
    """Its port, while a loop in a thread of its own serves it."""
    loop, up, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    port = 0

    async def run() -> None:
        nonlocal port
        async with serve(server.call, "127.0.0.1", 0) as listening:
            port = next(iter(listening.sockets)).getsockname()[1]
            up.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert up.wait(30)
        yield port
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)
        loop.close()


def test_every_frame_of_the_closed_loop_arrives_in_order_by_way_of_grpc_aio() -> None:
    run = measure(gateways.baseline(None), *FEW, "--ack-every", "10", seconds=0.3)
    assert run.frames_per_s > 0
    assert run.lost == run.done["gaps"] == run.done["foreign"] == run.done["broken"] == 0
    assert run.done["streams"] == run.done["streams_ended"] == run.done["ended"] == 5
    assert run.done["results"] >= run.done["chunks"] // 10


def test_callers_in_real_time_send_fifty_frames_a_second() -> None:
    run = measure(gateways.baseline(None), *FEW, "--real-time", seconds=0.4)
    assert run.lost == 0
    assert run.latency_ms["count"] >= 5 * 50 * 0.4 - 5
    assert run.latency_ms["max"] >= run.latency_ms["p99"] >= run.latency_ms["p50"] > 0


def test_an_audiohook_caller_opens_pings_and_closes_with_exact_positions() -> None:
    server = AudioHookServer()
    with served(server) as port, Rig("--no-sink", "--audiohook", "--real-time", *FEW, "--seconds", "1.2") as rig:
        rig.begin(port)
        assert rig.hear("up")["live"] == 5
        rig.hear("measuring")
        rig.hear("measured")
        done = rig.hear("done")
    assert len(server.audio) == done["sent"]
    assert {len(frame) for frame in server.audio} == {160}
    assert done["pongs"] >= 5
    assert done["ended"] == 5
    seconds = sum(float(position[2:-1]) for position in server.positions[-5:])
    assert seconds == pytest.approx(len(server.audio) * 0.02)


def test_calls_that_are_refused_end_the_run() -> None:
    with Rig(*FEW, "--key", "a stranger's") as rig, gateways.baseline(None)(rig.sink_port) as gateway:
        rig.begin(gateway.port)
        assert rig.hear("up")["refused"] > 0
        with pytest.raises(RigFailed, match="exit code: 3"):
            rig.hear("measuring")


def test_the_sink_counts_what_a_client_leaves_out_and_acknowledges_the_rest() -> None:
    with Rig("--no-load", "--ack-every", "2") as rig, grpc.insecure_channel(f"127.0.0.1:{rig.sink_port}") as channel:
        stream = channel.stream_stream(STREAM_AUDIO, AudioChunk.SerializeToString, TranscriptResult.FromString)
        chunks = [AudioChunk(conversation_id="c-1", audio_data=bytes(160), sequence_number=n) for n in (1, 2, 4, 5)]
        results = list(stream(iter(chunks), timeout=30))
        assert [result.sequence_number for result in results] == [2, 5]
        assert {result.conversation_id for result in results} == {"c-1"}
        done = rig.stop()
    assert (done["chunks"], done["gaps"], done["streams_ended"], done["foreign"]) == (4, 1, 1, 4)


def test_the_sink_takes_chunks_larger_than_a_frame() -> None:
    with Rig("--no-load") as rig, grpc.insecure_channel(f"127.0.0.1:{rig.sink_port}") as channel:
        stream = channel.stream_stream(STREAM_AUDIO, AudioChunk.SerializeToString, TranscriptResult.FromString)
        chunks = [AudioChunk(conversation_id="c-1", audio_data=bytes(100_000), sequence_number=n) for n in range(1, 31)]
        (result,) = stream(iter(chunks), timeout=30)
        assert result.sequence_number == 30
        assert rig.stop()["gaps"] == 0


def test_the_sink_is_healthy() -> None:
    with Rig("--no-load") as rig, grpc.insecure_channel(f"127.0.0.1:{rig.sink_port}") as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check", HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
        )
        assert check(HealthCheckRequest(), timeout=30).status == HealthCheckResponse.SERVING
