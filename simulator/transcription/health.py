"""grpc.health.v1 by hand: its two messages are two bytes, and the answer follows the settings.

Source: the gRPC health checking protocol, health.proto.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import grpc

NAME = "grpc.health.v1.Health"
SERVING, NOT_SERVING, SERVICE_UNKNOWN = b"\x08\x01", b"\x08\x02", b"\x08\x03"
_NAME_FIELD = 0x0A  # field 1, length-delimited


class HealthDoor:
    """Answers for the whole server ("") and for one service; `healthy` says how it is now."""

    def __init__(self, service: str, healthy: Callable[[], bool]) -> None:
        self._known = ("", service)
        self._healthy = healthy
        self._change = asyncio.Event()

    def changed(self) -> None:
        """Those who watch are told."""
        change, self._change = self._change, asyncio.Event()
        change.set()

    def handler(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            NAME,
            {
                "Check": grpc.unary_unary_rpc_method_handler(self.check),
                "Watch": grpc.unary_stream_rpc_method_handler(self.watch),
            },
        )

    async def check(self, asked: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        if _service(asked) not in self._known:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"there is no service {_service(asked)}")
        return self._now()

    async def watch(self, asked: bytes, _: grpc.aio.ServicerContext[bytes, bytes]) -> AsyncIterator[bytes]:
        told = b""
        while True:
            change = self._change  # before it is asked: a change while the answer is written is not missed
            now = self._now() if _service(asked) in self._known else SERVICE_UNKNOWN
            if now != told:
                told = now
                yield now
            await change.wait()

    def _now(self) -> bytes:
        return SERVING if self._healthy() else NOT_SERVING


def _service(asked: bytes) -> str:
    """The name in a HealthCheckRequest; names are shorter than 128 bytes here."""
    if len(asked) < 2 or asked[0] != _NAME_FIELD:
        return ""
    return asked[2 : 2 + asked[1]].decode(errors="replace")
