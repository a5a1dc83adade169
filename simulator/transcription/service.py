"""The gRPC server behind the relay: started, restarted with a GOAWAY, stopped."""

import asyncio
import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc

from simulator.box import Box
from simulator.transcription.book import Lane
from simulator.transcription.ears import Ear, Say, ScriptedEar
from simulator.transcription.health import HealthDoor
from simulator.transcription.hearing import Hearing
from simulator.transcription.outbox import Context
from simulator.transcription.recogniser import Recogniser
from simulator.transcription.relay import Orders, Relay
from simulator.transcription.script import chosen
from simulator.transcription_pb2 import AudioChunk

SERVICE = "transcription.TranscriptionService"
OPTIONS = (
    ("grpc.http2.bdp_probe", 0),  # a fixed window: a stream that is read slowly holds its client up soon
    ("grpc.max_concurrent_streams", 10_000),
    ("grpc.so_reuseport", 0),
)
STOP_S = 0.2


class TranscriptionService:
    """Runs on the box's loop; `port` is the real one once started."""

    def __init__(
        self, box: Box, host: str, port: int, context: ssl.SSLContext | None, recogniser: Recogniser | None = None
    ) -> None:
        self._box = box
        self._orders = Orders()
        self._relay = Relay(self._orders, host, port, context)
        self._recogniser = recogniser
        self._health = HealthDoor(SERVICE, lambda: box.world.settings.transcription_health == "serving")
        self._folder = TemporaryDirectory(prefix="simulator-grpc-")
        self._servers: list[grpc.aio.Server] = []  # the last one takes new streams, those before it end theirs
        self._made = 0
        self._turn = asyncio.Lock()  # one restart after the other
        self._restarting: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        return self._relay.port

    async def start(self) -> None:
        """OSError when the address cannot be had."""
        await self._serve()
        await self._relay.start()

    async def stop(self) -> None:
        restarting = tuple(self._restarting)
        for task in restarting:
            task.cancel()
        await asyncio.gather(*restarting, return_exceptions=True)
        await self._relay.stop()
        self._relay.abort()
        await asyncio.gather(*(server.stop(STOP_S) for server in self._servers))
        if self._recogniser is not None:
            await self._recogniser.stop()
        self._folder.cleanup()

    def settings_changed(self) -> None:
        self._health.changed()

    def restart(self, grace_s: float, down_s: float) -> None:
        """GOAWAY on every connection; streams may go on for `grace_s`; connections are refused for `down_s`."""
        task = asyncio.get_running_loop().create_task(self._restart(grace_s, down_s))
        self._restarting.add(task)
        task.add_done_callback(self._restarting.discard)

    async def _restart(self, grace_s: float, down_s: float) -> None:
        async with self._turn:
            if down_s:
                await self._relay.stop()
            old = self._servers[-1]
            await self._serve()  # before the goodbye: who connects then is not turned away with the others
            stopping = asyncio.ensure_future(old.stop(grace_s))
            if down_s:
                await asyncio.sleep(down_s)
                await self._relay.start()
        await stopping
        self._servers.remove(old)

    async def _serve(self) -> None:
        self._made += 1
        path = str(Path(self._folder.name) / f"{self._made}.sock")
        server = grpc.aio.server(options=OPTIONS)
        server.add_generic_rpc_handlers((self._handler(), self._health.handler()))
        server.add_insecure_port(f"unix:{path}")
        await server.start()
        self._servers.append(server)
        self._relay.path = path

    def _handler(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            SERVICE, {"StreamAudio": grpc.stream_stream_rpc_method_handler(self._stream_audio)}
        )

    async def _stream_audio(self, _: object, context: Context) -> None:
        await Hearing(self._box, context, self._orders, self._make_ear, self.restart).run()

    def _make_ear(self, lane: Lane, chunk: AudioChunk, say: Say) -> Ear:
        scripts = self._box.world.transcripts
        scripted = any(script.fits(lane.conversation_id, lane.participant_id) for script in scripts)
        if self._recogniser is not None and not scripted:
            return self._recogniser.ear(chunk, say)
        return ScriptedEar(chosen(scripts, lane.conversation_id, lane.participant_id), lane, say)
