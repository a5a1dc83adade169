"""A store, and what it hands out, closed again after the test; in both databases, but for what SQLite alone has."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.journal import Journal
from storage.store import Store
from tests.storage.kit import open_store
from tests.storage.postgresql import Missing, Server, serving


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("sqlite") is not None
        metafunc.parametrize("database", ["sqlite"] if alone else ["sqlite", "postgresql"])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    try:
        with serving() as server:
            yield server
    except Missing as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(why))


@pytest.fixture
def store(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = None if database == "sqlite" else request.getfixturevalue("postgresql").new_database()
    store = open_store(tmp_path, url)
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
