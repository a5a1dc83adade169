"""An export can be checked by anybody, without the store."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from messages.journal import RecordProgress
from storage.archive import Archive
from storage.export import verify_export, write_export
from storage.journal import Journal
from tests.storage.kit import accepted, ended, record


@pytest.fixture
def exported(tmp_path: Path, journal: Journal, archive: Archive) -> Path:
    record(journal, [accepted(), RecordProgress(request_id="r-1", step="sent"), ended()])
    path = tmp_path / "audit.jsonl"
    assert archive.export(path) == {"path": str(path), "records": 3, "head": archive.verify()["head"]}
    return path


def first_bad(path: Path) -> object:
    return verify_export(path)["first_bad"]


def edit(path: Path, *changes: tuple[int, list[bytes]]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for number, replacement in changes:
        lines[number : number + 1] = replacement
    path.write_bytes(b"".join(lines))


def test_an_export_says_what_the_store_says(exported: Path, archive: Archive) -> None:
    assert verify_export(exported) == archive.verify()


def test_is_one_json_object_a_line_and_private(exported: Path) -> None:
    *records, end = [orjson.loads(line) for line in exported.read_bytes().splitlines()]
    assert [line["record"]["kind"] for line in records] == ["transfer.accepted", "transfer.sent", "transfer.ended"]
    assert end == {"head": records[-1]["hash"], "records": 3}
    assert exported.stat().st_mode & 0o777 == 0o600


def test_overwrites_nothing(exported: Path, archive: Archive) -> None:
    before = exported.read_bytes()
    with pytest.raises(FileExistsError):
        archive.export(exported)
    assert exported.read_bytes() == before


def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def breaks() -> Iterator[tuple[bytes, bytes]]:
        yield b"{}", bytes(32)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        write_export(tmp_path / "audit.jsonl", breaks())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_record_is_exported_and_good(tmp_path: Path, archive: Archive) -> None:
    archive.export(tmp_path / "audit.jsonl")
    assert verify_export(tmp_path / "audit.jsonl")["ok"] is True


def test_finds_a_changed_line(exported: Path) -> None:
    exported.write_bytes(exported.read_bytes().replace(b"transfer.sent", b"transfer.lost"))
    assert first_bad(exported) == {"seq": 2, "damage": "changed"}


def test_finds_a_line_written_differently(exported: Path) -> None:
    exported.write_bytes(exported.read_bytes().replace(b'"seq":2', b'"seq": 2'))
    assert first_bad(exported) == {"seq": 2, "damage": "changed"}


def test_finds_a_line_of_another_shape(exported: Path) -> None:
    edit(exported, (1, [b"what?\n"]))
    assert first_bad(exported) == {"seq": 2, "damage": "changed"}


def test_finds_a_missing_line(exported: Path) -> None:
    edit(exported, (1, []))
    assert first_bad(exported) == {"seq": 2, "damage": "missing"}


def test_finds_reordered_lines(exported: Path) -> None:
    first, second, *rest = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join([second, first, *rest]))
    assert first_bad(exported) == {"seq": 1, "damage": "reordered"}


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_finds_that_the_end_was_cut_off(exported: Path, kept: int) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join(lines[:kept]))
    assert first_bad(exported) == {"seq": kept + 1, "damage": "missing"}


def test_finds_that_records_before_the_end_were_cut_off(exported: Path) -> None:
    edit(exported, (2, []))
    assert first_bad(exported) == {"seq": 3, "damage": "missing"}


def test_finds_what_follows_the_end(exported: Path) -> None:
    exported.write_bytes(exported.read_bytes() + b"{}\n")
    assert first_bad(exported) == {"seq": 4, "damage": "inserted"}


@pytest.mark.parametrize(
    ("end", "damage"),
    [
        (b'{"head":"00","records":3}\n', {"seq": 3, "damage": "changed"}),
        (b'{"head":"%(head)b","records":2}\n', {"seq": 4, "damage": "inserted"}),
        (b'{"head":"%(head)b","records":4}\n', {"seq": 4, "damage": "missing"}),
        (b'{"head":7,"records":"x"}\n', {"seq": 4, "damage": "changed"}),
    ],
)
def test_finds_another_last_line(exported: Path, end: bytes, damage: object) -> None:
    head = orjson.loads(exported.read_bytes().splitlines()[-1])["head"].encode()
    edit(exported, (3, [end.replace(b"%(head)b", head)]))
    assert first_bad(exported) == damage


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        verify_export(tmp_path / "nothing")
