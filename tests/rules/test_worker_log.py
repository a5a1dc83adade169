"""Of which level a line of an audio worker is."""

import logging

import pytest
from loguru import logger

from rules.worker_log import LEVELS, LIBRARY_LINE, LINE, LevelReader


@pytest.mark.parametrize("level", LEVELS)
def test_a_line_is_of_the_level_that_it_was_written_at(level: str) -> None:
    lines: list[str] = []
    handler = logger.add(lines.append, format=LINE, level=0)
    logger.log(level, "ERROR media: is what was said")
    logger.remove(handler)
    assert LevelReader().level(lines[0]) == level


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_a_librarys_line_is_too(level: str) -> None:
    record = logging.LogRecord("asyncio", logging.getLevelName(level), "", 0, "a task was lost", (), None)
    assert LevelReader().level(logging.Formatter(LIBRARY_LINE).format(record)) == level


def test_what_is_no_line_of_a_log_is_a_warning() -> None:
    assert LevelReader().level("media worker: port 8080 is taken") == "WARNING"


@pytest.mark.parametrize(("before", "level"), [("ERROR", "ERROR"), ("INFO", "WARNING")])
def test_a_traceback_is_as_grave_as_the_line_before_it(before: str, level: str) -> None:
    reader = LevelReader()
    reader.level(f"2026-01-31 12:00:00.000Z {before: <8} media: it failed")
    assert reader.level("Traceback (most recent call last):") == level
    assert reader.level('  File "call.py", line 1') == level
