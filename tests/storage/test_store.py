"""A store is one gateway's, private, and says clearly why it cannot be opened."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from storage.failures import StoreUnavailable
from storage.store import Store
from tests.storage.kit import FORMS, NOON, accepted, open_store
from tests.storage.network import Network, silence
from tests.storage.postgresql import Server


def refused(data_dir: Path) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(data_dir)
    assert caught.value.remedy
    assert caught.value.message in str(caught.value)
    return caught.value


def test_makes_its_directory_for_owner_and_group(tmp_path: Path) -> None:
    data_dir = tmp_path / "var" / "switchboard"
    open_store(data_dir).close()
    assert data_dir.stat().st_mode & 0o777 == 0o750
    assert (data_dir / "journal.db").stat().st_mode & 0o777 == 0o600


def test_leaves_an_existing_directory_as_the_operator_made_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    open_store(tmp_path).close()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_second_gateway_is_told_who_holds_it(tmp_path: Path) -> None:
    first = open_store(tmp_path)
    assert "another gateway" in refused(tmp_path).message
    first.close()
    open_store(tmp_path).close()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    failure = refused(tmp_path / "file" / "data")
    assert str(tmp_path / "file" / "data") in failure.message
    assert "SWITCHBOARD_DATA_DIR" in failure.remedy


def test_a_directory_that_cannot_be_written_is_named() -> None:
    assert "cannot be written" in refused(Path("/proc/self")).message  # not even by root


def test_a_journal_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    assert "journal.db" in refused(tmp_path).message


def test_a_file_that_is_no_journal_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database" * 100)
    assert "not a database" in refused(tmp_path).message
    assert (tmp_path / "journal.db").read_bytes() == b"not a database" * 100


def test_a_store_that_could_not_be_opened_is_not_locked(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    refused(tmp_path)
    (tmp_path / "journal.db").rmdir()
    open_store(tmp_path).close()


def test_the_operator_may_name_another_database(tmp_path: Path) -> None:
    store = Store(tmp_path, FORMS, f"sqlite:///{tmp_path / 'elsewhere.db'}")
    store.journal().close()
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere.db", "elsewhere.db.lock", "switchboard.lock"]


def test_a_database_is_one_gateways_whichever_directory_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere.db")
    first = Store(tmp_path / "a", FORMS, f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with pytest.raises(StoreUnavailable, match="another gateway holds the store") as caught:
        Store(tmp_path / "b", FORMS, f"sqlite:///{tmp_path / 'link.db'}")
    assert "SWITCHBOARD_STORE_URL" in caught.value.remedy
    first.close()
    Store(tmp_path / "b", FORMS, f"sqlite:///{tmp_path / 'link.db'}").close()


def test_a_gateways_own_journal_cannot_be_named_by_another(tmp_path: Path) -> None:
    first = open_store(tmp_path / "a")
    with pytest.raises(StoreUnavailable, match="another gateway holds the store"):
        Store(tmp_path / "b", FORMS, f"sqlite:///{tmp_path / 'a' / 'journal.db'}")
    first.close()


def test_a_reader_that_comes_and_goes_leaves_the_writers_locks(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    journal = store.journal()
    store.archive().close()
    locks = Path("/proc/locks").read_text()
    assert f":{(tmp_path / 'journal.db').stat().st_ino} " in locks
    journal.close()
    store.close()


def test_so_is_a_database_of_a_server(tmp_path: Path, postgresql: Server) -> None:
    url = postgresql.new_database()
    first = Store(tmp_path / "a", FORMS, url)
    with pytest.raises(StoreUnavailable, match="another gateway holds the store"):
        Store(tmp_path / "b", FORMS, url)
    first.close()
    Store(tmp_path / "b", FORMS, url).close()


ITS_CLAIMS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_locks JOIN pg_database ON oid = database
WHERE locktype = 'advisory' AND datname = current_database()
"""


def forget_claims(url: str) -> None:
    """What a restart of the server does to them."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text(ITS_CLAIMS))
    engine.dispose()


def test_a_claim_that_the_server_forgot_is_taken_again_with_the_next_journal(
    tmp_path: Path, postgresql: Server
) -> None:
    url = postgresql.new_database()
    first = Store(tmp_path / "a", FORMS, url)
    forget_claims(url)
    first.journal().close()
    with pytest.raises(StoreUnavailable, match="another gateway holds the store"):
        Store(tmp_path / "b", FORMS, url)
    first.close()


def test_who_lost_his_claim_to_another_gateway_writes_no_more(tmp_path: Path, postgresql: Server) -> None:
    url = postgresql.new_database()
    first = Store(tmp_path / "a", FORMS, url)
    forget_claims(url)
    second = Store(tmp_path / "b", FORMS, url)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="another gateway holds the store"):
            first.journal()
    second.close()
    first.journal().close()
    first.close()


def test_a_claim_that_only_the_server_still_believes_in_is_told_from_another_gateways(
    tmp_path: Path, postgresql: Server
) -> None:
    url = postgresql.new_database()
    with Network(postgresql.target) as network:
        store = Store(tmp_path / "a", FORMS, postgresql.by_network(url, network.port))
        network.split()
        with pytest.raises(StoreUnavailable, match="another gateway holds the store") as caught:
            Store(tmp_path / "b", FORMS, url)
        assert "network has failed after 30 s" in caught.value.remedy
        store.journal().close()
        with pytest.raises(StoreUnavailable, match="another gateway holds the store"):
            Store(tmp_path / "b", FORMS, url)
        store.close()


def test_what_was_being_written_when_the_network_split_holds_nothing_up(tmp_path: Path, postgresql: Server) -> None:
    with Network(postgresql.target) as network:
        store = Store(tmp_path, FORMS, postgresql.by_network(postgresql.new_database(), network.port))
        before, archive = store.journal(), store.archive()
        before.enter(accepted("r-1"))
        before.seal(NOON)
        network.split()
        archive.close()
        after, archive = store.journal(), store.archive()
        after.enter(accepted("r-2"))
        after.seal(NOON)
        after.commit()
        assert (archive.find("r-1"), archive.find("r-2") is None) == (None, False)
        with pytest.raises(DBAPIError):
            before.close()
        after.close()
        archive.close()
        store.close()


def test_a_server_that_does_not_answer_is_told_with_its_place_and_how_to_wait_longer(tmp_path: Path) -> None:
    with silence() as port, pytest.raises(StoreUnavailable, match="timeout") as caught:
        Store(tmp_path, FORMS, f"postgresql+psycopg://nobody:hunter2@127.0.0.1:{port}/none?connect_timeout=2")
    assert f"the journal at 127.0.0.1, port {port} cannot be opened" in caught.value.message
    assert "connect_timeout" in caught.value.remedy
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened") as caught:
        Store(tmp_path, FORMS, "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none")
    assert "SWITCHBOARD_STORE_URL" in caught.value.remedy
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_journal_in_memory_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="no file"):
        Store(tmp_path, FORMS, url)
