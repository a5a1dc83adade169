"""The door to a process that tells languages: real processes, some of them bad ones."""

import asyncio
import sys

import pytest

from media.language.guess_process import MOST_FAILURES, GuessProcess
from media.language.guess_wire import MOST_BYTES, Refused, guesses_in, line, question
from media.language.spoken import Guesses
from tests.media.language.processes import GENEROUS_S, answer, running

# What each answers, once it has read a question of `size` bytes at `rate` Hz.
PREFACE = """
import os, socket, struct, sys, time
asked = socket.socket(fileno=int(sys.argv[1])); questions = asked.makefile("rb")
def say(text): asked.sendall(text.encode() + b"\\n")
def hear():
    header = questions.read(8)
    if len(header) < 8: sys.exit(0)
    size, rate = struct.unpack("!II", header); questions.read(size); return size, rate
"""
MOST_WAITING = 2
GOOD = (
    'say(\'{}\')\nwhile True:\n    size, rate = hear(); say(\'{"guesses": [["de", %s], ["nl", 0.1]]}\' % (size / rate))'
)
LATE = "say('{}')\nhear(); questions.read()"
DYING = "say('{}')\nhear(); os._exit(3)"
DEAD = "os._exit(1)"
BABBLING = "say('{}')\nhear(); say('what?')"
REFUSING = 'say(\'{"refused": "no such model"}\')'


def worker(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", PREFACE + code)


def a_process(code: str, deadline_s: float = GENEROUS_S, *, early: bool = False) -> GuessProcess:
    return GuessProcess(
        worker(code),
        "/model",
        evidence="sound",
        deadline_s=deadline_s,
        most_waiting=MOST_WAITING,
        early=early,
        base_s=0.0,
    )


def test_it_asks_and_hears() -> None:
    async def trip() -> None:
        process = a_process(GOOD)
        async with running(process):
            assert await answer(process, b"\0\0" * 400) == [("de", 0.8), ("nl", 0.1)]
            assert await answer(process, b"\0\0" * 300) == [("de", 0.6), ("nl", 0.1)]

    asyncio.run(trip())


def test_a_fault_in_who_asked_leaves_the_others_their_process() -> None:
    async def trip() -> None:
        process, faults = a_process(GOOD), list[object]()
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: faults.append(told["exception"]))
        async with running(process):
            assert await answer(process)
            assert process.ask(b"", 100, {}.__getitem__)  # type: ignore[arg-type]
            assert await answer(process)
        assert len(faults) == 1

    asyncio.run(trip())


def test_before_it_is_up_nothing_is_asked() -> None:
    process = a_process(GOOD)
    assert process.busy
    assert not process.ask(b"", 8000, lambda _guesses: None)


def test_one_that_may_be_asked_early_answers_when_it_is_up() -> None:
    async def trip() -> None:
        process, told = a_process(GOOD, early=True), asyncio.get_running_loop().create_future()
        assert process.ask(b"\0" * 40, 100, told.set_result)
        async with running(process):
            assert await asyncio.wait_for(told, GENEROUS_S) == [("de", 0.4), ("nl", 0.1)]
        assert not process.ask(b"", 100, lambda _guesses: None), "it is over"

    asyncio.run(trip())


def test_what_was_asked_of_one_that_never_comes_up_is_answered_with_nothing() -> None:
    async def trip() -> None:
        process, told = a_process(REFUSING, early=True), list[Guesses]()
        process.ask(b"", 8000, told.append)
        async with running(process) as keeping:
            await asyncio.wait_for(keeping, GENEROUS_S)
        assert told == [[]]

    asyncio.run(trip())


def test_a_process_that_is_late_is_killed_and_another_one_started() -> None:
    async def trip() -> None:
        process = a_process(LATE, deadline_s=0.05)
        async with running(process):
            assert await answer(process) == []
            assert await answer(process) == []
            assert process.failures >= 1

    asyncio.run(trip())


@pytest.mark.parametrize("code", [DYING, BABBLING])
def test_a_process_that_breaks_down_is_started_again(code: str) -> None:
    async def trip() -> None:
        process = a_process(code)
        async with running(process):
            assert await answer(process) == []
            assert await answer(process) == []

    asyncio.run(trip())


def test_one_that_never_comes_up_is_given_up() -> None:
    async def trip() -> None:
        process = a_process(DEAD)
        async with running(process) as keeping:
            await asyncio.wait_for(keeping, GENEROUS_S)
            assert process.failures == MOST_FAILURES
            assert process.busy

    asyncio.run(trip())


def test_one_that_refuses_is_not_asked_again() -> None:
    async def trip() -> None:
        process = a_process(REFUSING)
        async with running(process) as keeping:
            await asyncio.wait_for(keeping, GENEROUS_S)
            assert process.failures == 0

    asyncio.run(trip())


def test_an_end_that_comes_while_a_start_fails_is_the_end() -> None:
    async def trip() -> None:
        process = GuessProcess(("/no/such/program",), "", evidence="sound", deadline_s=1.0, most_waiting=1)
        keeping = asyncio.create_task(process.run())
        await asyncio.sleep(0)  # in which it begins to start one
        keeping.cancel()
        await asyncio.wait({keeping}, timeout=GENEROUS_S)
        assert keeping.cancelled()

    asyncio.run(trip())


def test_what_waits_when_it_ends_is_answered_with_nothing() -> None:
    async def trip() -> None:
        process, told = a_process(LATE), list[Guesses]()
        async with running(process):
            await asyncio.wait_for(process.up.wait(), GENEROUS_S)
            for _ in range(MOST_WAITING):
                assert process.ask(b"\0\0", 8000, told.append)
            assert process.busy
            assert not process.ask(b"\0\0", 8000, told.append)
        assert told == [[]] * MOST_WAITING

    asyncio.run(trip())


def test_sound_goes_behind_its_length_and_rate_and_guesses_come_as_lines() -> None:
    assert question(b"\1\2", 8000) == b"\0\0\0\2\0\0\x1f\x40\1\2"
    assert guesses_in(line({"ready": True})) == []
    assert guesses_in(line({"guesses": [["pt-BR", 0.5]]})) == [("pt-BR", 0.5)]
    with pytest.raises(Refused, match="too old"):
        guesses_in(line({"refused": "too old"}))
    with pytest.raises(ValueError, match="object"):
        guesses_in(b"[]\n")
    assert MOST_BYTES > 4 * 48_000 * 2
