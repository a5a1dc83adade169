"""Once is enough."""

import logging
from collections.abc import Iterator

import pytest
from loguru import logger

from web.complaints import MUTE_S, Complaints, UvicornLog


@pytest.fixture
def lines() -> Iterator[list[str]]:
    heard: list[str] = []
    sink = logger.add(lambda message: heard.append(str(message)), format="{level} {message}")
    yield heard
    logger.remove(sink)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_flood_is_one_line(lines: list[str]) -> None:
    complaints = Complaints(Clock())
    for number in range(1000):
        complaints.note("crowd", f"{number} connections")
    assert lines == ["WARNING http: 0 connections\n"]
    assert complaints.total["crowd"] == 1000


def test_after_a_while_the_next_line_tells_how_many_were_kept_back(lines: list[str]) -> None:
    clock = Clock()
    complaints = Complaints(clock)
    for _ in range(3):
        complaints.note("slow", "late")
    clock.now_s += MUTE_S
    complaints.note("slow", "late")
    assert lines[1:] == ["WARNING http: late (2 more before this one)\n"]


def test_each_kind_has_its_own_line(lines: list[str]) -> None:
    complaints = Complaints(Clock())
    complaints.note("slow", "late")
    complaints.note("crowd", "many")
    assert len(lines) == 2


def test_what_uvicorn_logs_is_a_complaint_with_its_traceback(lines: list[str]) -> None:
    log = UvicornLog(Complaints(Clock()))
    error = ValueError("broken {not a format}")
    log.handle(
        logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "It %s\n", ("fell",), (ValueError, error, None))
    )
    (line,) = lines
    assert line.startswith("ERROR http: It fell\n")
    assert "ValueError: broken {not a format}" in line
