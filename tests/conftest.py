"""Fixtures for every test."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a short name: a Unix socket's path has room for 107 bytes, pytest's own take most of them."""
    with TemporaryDirectory(prefix="sb-") as name:
        yield Path(name)
