"""The box in a thread with a loop of its own, and the way into that thread."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, Protocol, TypeVar

from simulator import report
from simulator.app import Server
from simulator.box import Box, Transcription
from simulator.forms import BadInput
from simulator.watch import Predicate, Watch

ANSWER_S = 30.0  # how long a call into the box's thread may take

T = TypeVar("T")


class Service(Transcription, Protocol):
    """A transcription service as the thread runs it."""

    @property
    def port(self) -> int: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


MakeService = Callable[[], Service]
"""Called on the thread's loop; BadInput when what was asked for cannot be had."""


class BoxThread:
    """Serves from `start` to `stop`; the ports are the real ones once started."""

    def __init__(self, box: Box, host: str, port: int, make_service: MakeService | None = None) -> None:
        self.host = host
        self.port = port
        self.transcription_port: int | None = None
        self._make_service = make_service
        self._box = box
        self._context: ssl.SSLContext | None = None
        self._loop: asyncio.AbstractEventLoop
        self._watch: Watch
        self._stopping: asyncio.Event
        self._ready: Future[int] = Future()
        self._thread = Thread(target=self._run, name="simulator", daemon=True)

    def start(self, context: ssl.SSLContext | None) -> None:
        """Return when connections are accepted; OSError when an address cannot be had."""
        self._context = context
        self._thread.start()
        try:
            self.port = self._ready.result(ANSWER_S)
        except (OSError, BadInput):
            self._thread.join(ANSWER_S)
            raise

    def stop(self) -> None:
        """Abort every connection and end the thread; harmless when it has ended already."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(ANSWER_S)

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises when it runs in the box's thread; once that has ended, in the caller's."""
        if not self._thread.is_alive():
            return work()

        async def run() -> T:
            return work()

        return self._submit(run()).result(ANSWER_S)

    def wait_for(self, predicate: Predicate, timeout_s: float) -> None:
        """Block until `predicate` holds; TimeoutError, with the counts, when that takes longer."""
        waiting = self._submit(self._watch.until(predicate))
        try:
            waiting.result(timeout_s)
        except TimeoutError:
            waiting.cancel()
            counts = self.call(lambda: report.counts(self._box.world))
            raise TimeoutError(f"not within {timeout_s:g} s; counts: {counts}") from None

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._watch = Watch(self._box.world)
        server = Server(self._box, self.host, self.port, self._context)
        service: Service | None = None
        try:
            await server.start()
            if self._make_service is not None:
                service = self._box.transcription = self._make_service()
                await service.start()
                self.transcription_port = service.port
        except (OSError, BadInput) as error:
            self._ready.set_exception(error)
        else:
            self._ready.set_result(server.port)
            await self._stopping.wait()
        finally:
            if service is not None:
                await service.stop()
            await server.stop()
