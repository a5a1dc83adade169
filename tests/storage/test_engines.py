"""What each connection promises."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from storage.engines import reader, store_url, writer
from storage.failures import StoreUnavailable
from tests.storage.kit import open_store


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


def test_a_writer_waits_for_the_disk(tmp_path: Path) -> None:
    engine = writer(store_url(tmp_path, None))
    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "synchronous") == 2
    assert pragma(engine, "foreign_keys") == 1
    assert pragma(engine, "busy_timeout") == 5000


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    engine = reader(store_url(tmp_path, None))
    with engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("DELETE FROM audit"))


def test_a_reader_sees_one_moment_and_does_not_keep_a_writer_waiting(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    url = store_url(tmp_path, None)
    count, add = text("SELECT count(*) FROM leases"), text("INSERT INTO leases VALUES ('a', 'b', 1, 2.0)")
    with reader(url).begin() as reading:
        assert reading.execute(count).scalar() == 0
        with writer(url).begin() as writing:
            writing.execute(add)
        assert reading.execute(count).scalar() == 0
    with reader(url).begin() as reading:
        assert reading.execute(count).scalar() == 1


def test_the_file_lies_in_the_data_directory_unless_the_operator_says_otherwise(tmp_path: Path) -> None:
    assert store_url(tmp_path, None).database == str(tmp_path / "journal.db")
    assert store_url(tmp_path, f"sqlite:///{tmp_path}/other.db").database == str(tmp_path / "other.db")


@pytest.mark.parametrize("url", ["no url", "frobnicate://s3cr3t@h/db", "postgresql+nothing://s3cr3t@h/db"])
def test_a_url_of_no_use_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="SWITCHBOARD_STORE_URL") as caught:
        store_url(tmp_path, url)
    assert "s3cr3t" not in str(caught.value)
