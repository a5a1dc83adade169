"""Fixtures for every test."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # what is slow here and now says nothing about the code


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a short name: a Unix socket's path has room for 107 bytes, pytest's own take most of them."""
    with TemporaryDirectory(prefix="sb-") as name:
        yield Path(name)
