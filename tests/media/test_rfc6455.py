"""RFC 6455 against a running worker, case by case, at both doors; a call beside it goes on whatever comes.

The cases are those of Autobahn's test suite that a server without extensions has to pass.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.audiohook import upgrade_headers
from tests.media.callers import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Caller, calling, ws_frame
from tests.media.workers import KEY, WorkerProcess, plan, working

DOORS = ("/media-api", "/audiohook")
RESERVED_BITS = (0x40, 0x20, 0x10, 0x70)
RESERVED_OPCODES = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
NO_CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999)
CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
TEXT_OF_125 = "κόσμε".encode() + b"x" * 115
CUT_TEXT = "κόσμε".encode()[:-1]


def close(code: int, reason: bytes = b"") -> bytes:
    return ws_frame(CLOSE, struct.pack("!H", code) + reason)


PROTOCOL_ERRORS = {
    **{
        f"reserved bits {bits:#x} of {kind}": ws_frame(kind, b"{}", reserved=bits)
        for bits in RESERVED_BITS
        for kind in (TEXT, BINARY, PING, PONG)
    },
    **{f"opcode {opcode}": ws_frame(opcode, b"") for opcode in RESERVED_OPCODES},
    **{f"close with {code}": close(code) for code in NO_CODES},
    **{
        f"{name} of 126 bytes": ws_frame(kind, b"x" * 126)
        for name, kind in (("ping", PING), ("pong", PONG), ("close", CLOSE))
    },
    **{
        f"fragmented {name}": ws_frame(kind, b"", fin=False)
        for name, kind in (("ping", PING), ("pong", PONG), ("close", CLOSE))
    },
    "close of one byte": ws_frame(CLOSE, b"\x03"),
    "continuation of nothing": ws_frame(CONTINUATION, b"{}"),
    "continuation of what was whole": ws_frame(PING, b"") + ws_frame(CONTINUATION, b"", fin=False),
    "message within a message": ws_frame(TEXT, b"{", fin=False) + ws_frame(TEXT, b"}"),
    "fragment within a message": ws_frame(TEXT, b"{", fin=False) + ws_frame(BINARY, b"}", fin=False),
    "not masked": b"\x81\x02{}",
    "a size in 2 bytes that takes 1": b"\x81\xfe\x00\x7d" + bytes(4 + 125),
    "a size in 8 bytes that takes 2": b"\x81\xff" + struct.pack("!Q", 65_535) + bytes(4),
    "a size with its highest bit": b"\x82\xff" + struct.pack("!Q", 1 << 63) + bytes(4),
}


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerProcess]:
    with working(plan()) as running:
        yield running


@pytest.fixture(scope="module")
def other(worker: WorkerProcess) -> Iterator[Caller]:
    """A call that is there all the time."""
    with calling(worker.port) as caller:
        yield caller.upgraded()


@contextmanager
def upgraded(worker: WorkerProcess, path: str) -> Iterator[Caller]:
    """A call at that door that may be closed on."""
    headers = upgrade_headers(KEY) if path == "/audiohook" else {}
    with calling(worker.port) as caller:
        yield caller.upgraded(path, **headers)


def still_answers(caller: Caller) -> bool:
    caller.send(ws_frame(PING, b"there?"))
    return caller.frame() == (PONG, b"there?")


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("what", PROTOCOL_ERRORS)
def test_who_breaks_the_protocol_is_closed_on_with_1002(
    worker: WorkerProcess, other: Caller, path: str, what: str
) -> None:
    with upgraded(worker, path) as caller:
        caller.send(PROTOCOL_ERRORS[what])
        assert caller.closed()[0] == 1002
    assert still_answers(other)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("code", CODES)
def test_a_close_is_answered_with_its_code(worker: WorkerProcess, path: str, code: int) -> None:
    with upgraded(worker, path) as caller:
        caller.send(close(code, "κόσμε".encode()))
        assert caller.closed()[0] == code


@pytest.mark.parametrize("path", DOORS)
def test_a_close_may_be_as_long_as_it_may(worker: WorkerProcess, path: str) -> None:
    with upgraded(worker, path) as caller:
        caller.send(close(1000, TEXT_OF_125[:123]))
        assert caller.closed()[0] == 1000


@pytest.mark.parametrize("path", DOORS)
def test_a_close_whose_reason_is_no_utf_8_is_answered_with_1007(
    worker: WorkerProcess, other: Caller, path: str
) -> None:
    with upgraded(worker, path) as caller:
        caller.send(close(1000, CUT_TEXT))
        assert caller.closed()[0] == 1007
    assert still_answers(other)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("payload", [b"", b"x", bytes(125), b"\xff\xfe" * 60])
def test_a_ping_is_answered_with_what_it_held(worker: WorkerProcess, path: str, payload: bytes) -> None:
    with upgraded(worker, path) as caller:
        caller.send(ws_frame(PONG, b"not asked for") + ws_frame(PING, payload))
        assert caller.frame() == (PONG, payload)


@pytest.mark.parametrize("path", DOORS)
def test_pings_are_answered_between_the_fragments_of_a_message_and_byte_by_byte(
    worker: WorkerProcess, path: str
) -> None:
    with upgraded(worker, path) as caller:
        caller.send(ws_frame(TEXT, b"{", fin=False))
        for byte in ws_frame(PING, b"one") + ws_frame(CONTINUATION, b"", fin=False) + ws_frame(PING, b"two"):
            caller.send(bytes([byte]))
        assert [caller.frame(), caller.frame()] == [(PONG, b"one"), (PONG, b"two")]


def test_a_message_that_is_no_utf_8_is_malformed_and_a_run_of_them_is_1007(worker: WorkerProcess) -> None:
    most = plan().limits.max_malformed
    with upgraded(worker, "/media-api") as caller:
        caller.send(ws_frame(TEXT, CUT_TEXT) * (most - 1))
        assert still_answers(caller)
        caller.send(ws_frame(TEXT, CUT_TEXT))
        assert caller.closed()[0] == 1007


@pytest.mark.parametrize(("path", "size"), [("/media-api", 65_537), ("/audiohook", 65_537), ("/audiohook", 1_048_577)])
def test_a_text_that_is_too_long_ends_its_own_call_with_1009(
    worker: WorkerProcess, other: Caller, path: str, size: int
) -> None:
    with upgraded(worker, path) as caller:
        caller.send(ws_frame(TEXT, b"x" * size))
        assert caller.closed()[0] == 1009
    assert still_answers(other)
