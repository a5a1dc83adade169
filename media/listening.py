"""The port: every worker of a gateway listens at the same one, and the kernel deals the calls out."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial

import aiofastnet

from media.arrival import HANDSHAKE_S
from messages.media import WorkerPlan

BACKLOG = 1_024
RECEIVE_BYTES = 128 * 1024  # the kernel's buffer for a call, and so the most that one read brings


class CannotListen(Exception):  # noqa: N818 - told as it is
    """The worker cannot begin with these settings; the text says what to do."""


async def listen(plan: WorkerPlan, arrival: Callable[[], asyncio.Protocol]) -> asyncio.Server:
    """Take connections at the plan's address; CannotListen when that cannot be."""
    context = _certificate(plan)
    try:
        server = await _create_server(encrypted=context is not None)(
            arrival,
            plan.host,
            plan.port,
            backlog=BACKLOG,
            ssl=context,
            ssl_handshake_timeout=None if context is None else HANDSHAKE_S,
            reuse_port=True,
            start_serving=False,
        )
        for bound in server.sockets:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        await server.start_serving()
    except OSError as error:
        raise CannotListen(_why_not(plan, error)) from error
    return server


def _create_server(*, encrypted: bool) -> Callable[..., Awaitable[asyncio.Server]]:
    """aiofastnet's TLS costs less a frame, asyncio's plain sockets 4 KB less a call; the poll reads those."""
    loop = asyncio.get_running_loop()
    return partial(aiofastnet.create_server, loop) if encrypted else loop.create_server


def port_of(server: asyncio.Server) -> int:
    """Where it listens."""
    return int(server.sockets[0].getsockname()[1])


def _certificate(plan: WorkerPlan) -> ssl.SSLContext | None:
    if plan.cert_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(plan.cert_file, plan.key_file)
    except OSError as error:  # ssl.SSLError is one
        files = plan.cert_file if plan.key_file is None else f"{plan.cert_file} and {plan.key_file}"
        raise CannotListen(f"the certificate in {files} cannot be used: {error.strerror or error}") from error
    return context


def _why_not(plan: WorkerPlan, error: OSError) -> str:
    place = f"{plan.host}:{plan.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{place} is in use by another program: choose another SWITCHBOARD_MEDIA_LISTEN"
    if error.errno == errno.EACCES:
        return f"this user may not listen at {place}: choose a port above 1023"
    return f"cannot listen at {place}: {error.strerror or error}"
