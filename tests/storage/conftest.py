"""A store, and what it hands out, closed again after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.journal import Journal
from storage.store import Store
from tests.storage.kit import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    journal = store.journal()
    yield journal
    journal.close()


@pytest.fixture
def archive(store: Store) -> Iterator[Archive]:
    archive = store.archive()
    yield archive
    archive.close()
