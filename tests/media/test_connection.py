"""One WebSocket: how messages are put together, and with which code a connection ends."""

import struct
from dataclasses import replace

import pytest

from messages.media import AudioStreamClosed, AudioStreamOpened, MediaLimits
from tests.media.callers import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    audio_json,
    calling,
    ws_frame,
)
from tests.media.houses import housed
from tests.media.workers import plan

LIMITS = MediaLimits(report_every_s=0.05, count_every_s=0.05, max_frame_bytes=2_000)
GOOD = audio_json(1)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (ws_frame(TEXT, GOOD, reserved=0x40), 1002),
        (ws_frame(TEXT, GOOD, reserved=0x10), 1002),
        (ws_frame(CONTINUATION, GOOD), 1002),
        (ws_frame(TEXT, GOOD[:9], fin=False) + ws_frame(TEXT, GOOD), 1002),
        (ws_frame(3, GOOD), 1002),
        (ws_frame(PING, b"", fin=False), 1002),
        (ws_frame(PING, b"x" * 126), 1002),
        (ws_frame(CLOSE, b"x"), 1002),
        (ws_frame(CLOSE, struct.pack("!H", 999)), 1002),
        (ws_frame(CLOSE, struct.pack("!H", 1006)), 1002),
        (b"\x81\x05hello", 1002),  # not masked
        (ws_frame(BINARY, GOOD), 1003),
        (ws_frame(TEXT, b"x" * 2_001), 1009),
        (ws_frame(TEXT, b"x" * 70_000)[:14], 1009),  # by its head alone
        (ws_frame(TEXT, b"x" * 1_500, fin=False) + ws_frame(CONTINUATION, b"x" * 501, fin=False), 1009),
        (ws_frame(CLOSE, struct.pack("!H", 4001) + b"over"), 4001),
        (ws_frame(CLOSE, b""), 1000),
    ],
)
def test_each_fault_has_its_code(sent: bytes, code: int) -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, GOOD) + sent)
        assert caller.closed()[0] == code
        assert house.line.hears(AudioStreamClosed).code in {code, 1005}


def test_nothing_is_read_after_a_close() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, GOOD) + ws_frame(BINARY, b"") + ws_frame(TEXT, audio_json(2)))
        assert caller.closed()[0] == 1003
        assert house.line.hears(AudioStreamClosed).counts.frames == 1


def test_fragments_are_put_together_with_pings_between_them() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, GOOD[:100], fin=False))
        caller.send(ws_frame(PING, b"still there?") + ws_frame(CONTINUATION, b"", fin=False))
        assert caller.frame() == (PONG, b"still there?")
        caller.send(ws_frame(CONTINUATION, GOOD[100:]))
        house.line.hears(AudioStreamOpened)


def test_a_silent_call_is_closed() -> None:
    with housed(plan(limits=replace(LIMITS, idle_s=0.2))) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, GOOD))
        assert caller.closed() == (1008, "no message for 0.2 s")
        assert house.line.hears(AudioStreamClosed).code == 1008


def test_a_caller_is_pinged_and_lives_while_it_answers() -> None:
    with housed(plan(limits=replace(LIMITS, ping_every_s=0.05))) as house, calling(house.port) as caller:
        caller.upgraded()
        for _ in range(3):
            opcode, payload = caller.frame()
            assert opcode == PING
            caller.send(ws_frame(PONG, payload))
        caller.send(ws_frame(TEXT, GOOD))
        house.line.hears(AudioStreamOpened)


def test_a_caller_that_does_not_answer_pings_is_closed() -> None:
    with housed(plan(limits=replace(LIMITS, ping_every_s=0.1))) as house, calling(house.port) as caller:
        caller.upgraded()
        assert caller.frame()[0] == PING
        assert caller.closed()[0] == 1011


def test_a_connection_that_breaks_has_no_code_of_its_own() -> None:
    with housed(plan(limits=LIMITS)) as house:
        with calling(house.port) as caller:
            caller.upgraded().send(ws_frame(TEXT, GOOD))
            house.line.hears(AudioStreamOpened)
        closed = house.line.hears(AudioStreamClosed)
        assert (closed.code, closed.reason) == (1006, "the connection broke")


def test_a_close_without_a_code_is_1005() -> None:
    with housed(plan(limits=LIMITS)) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, GOOD) + ws_frame(CLOSE, b""))
        assert house.line.hears(AudioStreamClosed).code == 1005


def test_a_caller_that_does_not_answer_a_close_is_cut_off() -> None:
    limits = replace(LIMITS, ping_every_s=0.05)
    with housed(plan(limits=limits), close_s=0.1) as house, calling(house.port) as caller:
        caller.upgraded().send(ws_frame(TEXT, GOOD) + ws_frame(BINARY, b""))
        while caller.frame()[0] != CLOSE:
            pass
        with pytest.raises((EOFError, ConnectionResetError)):
            caller.frame()
        assert house.line.hears(AudioStreamClosed).code == 1003
