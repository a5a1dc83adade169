import sys
from collections.abc import Iterator

import pytest
from loguru import logger


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Every line that is logged."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="TRACE", backtrace=False, diagnose=False)
    yield lines
    logger.remove(sink)


@pytest.fixture
def small_switch_interval() -> Iterator[None]:
    """Threads change places as often as they can, so that races show."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
