"""The process around a worker: its signals, its limits, its log and its exit code."""

import asyncio
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from loguru import logger

from media.listening import CannotListen
from media.worker import Worker
from rules.worker_log import LIBRARY_LINE, LINE

BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h
FLUSH_S = 2.0  # for the gateway to read the last lines
COLLECT_AFTER = 50_000  # new containers; what a call holds is freed by counting references


def main(arguments: Sequence[str]) -> int:
    """Work until the gateway hangs up or says so; 0, or 78 when the settings do not let it begin."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        sys.stderr.write("usage: python -m media DESCRIPTOR  (started by the gateway, with one end of a socket pair)\n")
        return BAD_CONFIGURATION
    for told_to_all in (signal.SIGINT, signal.SIGTERM):  # by a terminal, by systemd: the gateway says what follows
        signal.signal(told_to_all, signal.SIG_IGN)
    start_log()
    allow_sockets()
    try:
        asyncio.run(_work(socket.socket(fileno=int(arguments[0]))))
    except CannotListen as why:
        sys.stderr.write(f"media worker: {why}\n")
        return BAD_CONFIGURATION
    return 0


async def _work(inherited: socket.socket) -> None:
    worker = Worker()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(tell_of)
    inherited.setblocking(False)
    await loop.connect_accepted_socket(lambda: worker.line, inherited)
    try:
        await worker.work(freeze)
    finally:
        await worker.line.flush(FLUSH_S)


def tell_of(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the loop says by itself, but for clients that leave during the handshake of TLS, as balancers' probes do.

    aiofastnet 1.2 tells these by the class of their error, of which logging makes a traceback of its own; errors that
    are of the same class it keeps to itself.
    """
    error = context.get("exception")
    if not (isinstance(error, type) and issubclass(error, OSError)):
        loop.default_exception_handler(context)


def end(code: int) -> NoReturn:
    """Be gone, now: a thread that still reads models is not waited for."""
    sys.stderr.flush()
    os._exit(code)


def freeze() -> None:
    """Leave what was imported out of every collection: twice the throughput at 500 calls. Source: media-plane."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 50, 100)
    gc.enable()


def allow_sockets() -> None:
    """As many open files as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def start_log() -> None:
    """Warnings to standard error, tracebacks without values: a value may be a bearer."""
    logger.remove()
    logger.add(sys.stderr, level="INFO", format=LINE, backtrace=False, diagnose=False)
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: not str(record.msg).startswith("WS parser error"))  # callers' faults are counted
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format=LIBRARY_LINE)
