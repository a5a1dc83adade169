"""What each connection promises."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from storage.engines import place, reader, store_url, writer
from storage.failures import StoreUnavailable
from tests.storage.kit import open_store
from tests.storage.postgresql import Server


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


def asked_of_the_driver(url: str) -> dict[str, object]:
    """What a connection would be opened with; none is."""
    engine, asked = writer(make_url(url)), dict[str, object]()

    @event.listens_for(engine, "do_connect")
    def take(_dialect: object, _record: object, _words: object, named: dict[str, object]) -> None:
        asked.update(named)
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        engine.connect()
    return asked


def test_no_server_is_waited_for_without_an_end() -> None:
    asked = asked_of_the_driver("postgresql+psycopg://user@db/journal")
    assert (asked["connect_timeout"], asked["tcp_user_timeout"]) == (5, 30_000)
    assert (asked["keepalives_idle"], asked["keepalives_interval"], asked["keepalives_count"]) == (15, 5, 3)


def test_the_operators_url_may_wait_longer() -> None:
    asked = asked_of_the_driver("postgresql+psycopg://user@db/journal?connect_timeout=60&tcp_user_timeout=90000")
    assert (asked["connect_timeout"], asked["tcp_user_timeout"]) == ("60", "90000")


def test_a_server_looks_for_us_as_often_as_we_for_it(postgresql: Server) -> None:
    address, port = postgresql.target
    url = make_url(postgresql.by_network(postgresql.new_database(), port)).set(host=address)
    for make in (writer, reader):
        with make(url).connect() as connection:
            shown = {
                name: connection.execute(text(f"SHOW {name}")).scalar()
                for name in (
                    "tcp_user_timeout",
                    "tcp_keepalives_idle",
                    "tcp_keepalives_interval",
                    "tcp_keepalives_count",
                )
            }
        assert list(shown.values()) == ["30000", "15", "5", "3"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://user:hunter2@db.example/journal", "db.example, port 5432"),
        ("postgresql://user:hunter2@db.example:6432/journal", "db.example, port 6432"),
        ("postgresql:///journal?host=/run/postgresql", "/run/postgresql, port 5432"),
        ("postgresql:///journal", "the local socket, port 5432"),
    ],
)
def test_the_place_of_a_server_is_told_without_its_password(url: str, told: str) -> None:
    assert place(make_url(url)) == told
