"""grpcio's own server, with a behaviour that the test gives."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from media.transcription.door import STREAM_AUDIO

Behaviour = Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]
THREADS = 40


class Handler(grpc.GenericRpcHandler):
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        if handler_call_details.method != STREAM_AUDIO:
            return None
        return grpc.stream_stream_rpc_method_handler(self._behaviour)


@contextmanager
def server(
    behaviour: Behaviour,
    *,
    options: dict[str, int] | None = None,
    credentials: grpc.ServerCredentials | None = None,
    health: HealthServicer | None = None,
) -> Iterator[str]:
    """Its address, `127.0.0.1:port`."""
    made = grpc.server(
        ThreadPoolExecutor(THREADS),
        handlers=[Handler(behaviour)],
        options=[("grpc.so_reuseport", 0), *(options or {}).items()],
    )
    if health is not None:
        add_HealthServicer_to_server(health, made)
    if credentials is None:
        port = made.add_insecure_port("127.0.0.1:0")
    else:
        port = made.add_secure_port("127.0.0.1:0", credentials)
    made.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        made.stop(0).wait(10)


def echo(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
    """Every chunk, as it came."""
    yield from chunks
