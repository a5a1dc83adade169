"""What operators ask of the journal."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from messages.journal import RecordNote, RecordProgress
from storage import archive as module
from storage.archive import Archive
from storage.journal import Journal
from storage.redaction import WITHHELD
from storage.store import Store
from tests.storage.kit import FORMS, NOON, accepted, ended, record, tamper


@pytest.fixture
def three(journal: Journal) -> Journal:
    """r-1 succeeded, r-2 failed a minute later, r-3 is open."""
    record(journal, [accepted("r-1"), RecordProgress(request_id="r-1", step="sent"), ended("r-1")])
    record(journal, [accepted("r-2", interaction_id="i-2"), ended("r-2", "failed")], NOON + timedelta(minutes=1))
    record(journal, [accepted("r-3")], NOON + timedelta(minutes=2))
    return journal


def ids(answer: Any) -> list[str]:
    return [command["request_id"] for command in answer["commands"]]


def seqs(answer: Any) -> list[int]:
    return [record["seq"] for record in answer["records"]]


def test_an_order_is_its_outcome_with_times_and_the_order(three: Journal, archive: Archive) -> None:
    found = archive.find("r-2")
    assert found is not None
    assert (found["status"], found["detail"], found["reasons"], found["retries"]) == ("failed", "failed", [], 0)
    assert found["accepted_at"] == found["ended_at"] == "2026-01-01T12:01:00.000Z"
    order: Any = found["order"]
    assert order["interaction_id"] == "i-2"


def test_an_open_order_is_accepted_and_has_no_end(three: Journal, archive: Archive) -> None:
    found = archive.find("r-3")
    assert found is not None
    assert (found["status"], found["kind"], found["ended_at"]) == ("accepted", "transfer", None)


def test_an_unknown_order_is_none(archive: Archive) -> None:
    assert archive.find("r-9") is None


def test_an_order_is_shown_without_the_secrets_of_its_urls(journal: Journal, archive: Archive) -> None:
    record(journal, [accepted(reason="https://h/a?sig=s3cr3t")])
    assert "s3cr3t" not in str(archive.find("r-1"))


def test_what_is_confidential_in_an_order_is_not_shown(tmp_path: Path) -> None:
    confidential = {"transfer": frozenset({"reason"})}
    store = Store(tmp_path, replace(FORMS, confidential=confidential))
    with closing(store), closing(store.journal()) as journal, closing(store.archive()) as archive:
        record(journal, [accepted(reason="what the caller said")])
        (listed,) = cast(Any, archive.newest(None, None, 1)["commands"])
        assert listed == archive.find("r-1")
        assert listed["order"]["reason"] == WITHHELD
        assert listed["order"]["interaction_id"] == "i-1"


def test_orders_are_listed_newest_first(three: Journal, archive: Archive) -> None:
    assert ids(archive.newest(None, None, 10)) == ["r-3", "r-2", "r-1"]
    assert ids(archive.newest(None, None, 1)) == ["r-3"]
    assert ids(archive.newest("accepted", "transfer", 10)) == ["r-3"]
    assert ids(archive.newest(None, "playback", 10)) == []
    assert ids(archive.newest(None, None, -1)) == []


def test_records_come_in_order_and_the_newest_if_not_all(three: Journal, archive: Archive) -> None:
    assert seqs(archive.query(None, None, None, 100)) == [1, 2, 3, 4, 5, 6]
    assert seqs(archive.query(None, None, None, 2)) == [5, 6]


def test_records_are_found_by_interaction_kind_and_time(three: Journal, archive: Archive) -> None:
    assert seqs(archive.query("i-2", None, None, 100)) == [4, 5]
    assert seqs(archive.query(None, "transfer.ended", None, 100)) == [3, 5]
    assert seqs(archive.query(None, "transfer", None, 100)) == [1, 2, 3, 4, 5, 6]
    assert seqs(archive.query(None, "trans", None, 100)) == []
    assert seqs(archive.query(None, None, "2026-01-01T13:01:00+01:00", 2)) == [4, 5]


def test_a_time_that_is_none_is_a_value_error(archive: Archive) -> None:
    with pytest.raises(ValueError):
        archive.query(None, None, "yesterday", 1)
    with pytest.raises(ValueError):
        archive.metrics("yesterday")


def test_an_untouched_journal_is_good_over_several_pages(journal: Journal, archive: Archive) -> None:
    record(journal, [RecordNote(kind="note")] * (2 * module.PAGE))
    found = archive.verify()
    assert (found["ok"], found["records"], found["first_bad"]) == (True, 2 * module.PAGE, None)


def test_an_empty_journal_is_good(archive: Archive) -> None:
    assert archive.verify()["ok"] is True


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("statement", "seq", "damage"),
    [
        ("UPDATE audit SET record = replace(record, 'operator', 'admin') WHERE seq = 2", 2, "changed"),
        ("UPDATE audit SET kind = 'playback.sent' WHERE seq = 2", 2, "changed"),
        ("UPDATE audit SET interaction_id = 'i-9' WHERE seq = 4", 4, "changed"),
        ("UPDATE audit SET record = 'no json' WHERE seq = 3", 3, "changed"),
        ("DELETE FROM audit WHERE seq = 3", 3, "missing"),
        ("DELETE FROM audit WHERE seq = 1", 1, "missing"),
        ("DELETE FROM audit WHERE seq = 6", 6, "missing"),
        ("INSERT INTO audit SELECT 99, at, kind, interaction_id, record, hash FROM audit WHERE seq = 2", 7, "inserted"),
    ],
)
def test_damage_is_found_at_its_first_place(
    three: Journal, archive: Archive, tmp_path: Path, statement: str, seq: int, damage: str
) -> None:
    tamper(tmp_path, statement)
    found = archive.verify()
    assert (found["ok"], found["first_bad"]) == (False, {"seq": seq, "damage": damage})


@pytest.mark.sqlite
def test_records_that_changed_places_are_reordered(three: Journal, archive: Archive, tmp_path: Path) -> None:
    tamper(
        tmp_path,
        "UPDATE audit SET seq = 99 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 99",
    )
    assert archive.verify()["first_bad"] == {"seq": 2, "damage": "reordered"}


def test_reading_goes_on_while_a_group_is_being_written(three: Journal, archive: Archive, store: Store) -> None:
    three.enter(accepted("r-4"))
    three.seal(NOON)
    assert archive.find("r-4") is None
    three.commit()
    assert archive.find("r-4") is not None
