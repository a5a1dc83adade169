"""Who reads cannot write, and sees one moment, in either database."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from storage.engines import reader, writer
from tests.storage.kit import open_store
from tests.storage.postgresql import Server


def test_in_a_server_too_a_reader_cannot_write_and_sees_one_moment(tmp_path: Path, postgresql: Server) -> None:
    url = postgresql.new_database()
    open_store(tmp_path, url).close()
    reading, writing = reader(make_url(url)), writer(make_url(url))
    how_many = text("SELECT count(*) FROM endpoints")
    note = text("INSERT INTO endpoints (url, cause, changed_at) VALUES ('https://a.example', '', 'now')")
    with reading.begin() as seen:
        assert seen.scalar(how_many) == 0
        with writing.begin() as other:
            other.execute(note)
        assert seen.scalar(how_many) == 0
        with pytest.raises(DBAPIError, match="read-only"):
            seen.execute(note)
    with reading.begin() as seen:
        assert seen.scalar(how_many) == 1
