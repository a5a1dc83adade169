"""What a restart reads."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from sqlite3 import Cursor

import orjson
import pytest
from sqlalchemy import Connection, event

from messages.journal import PublishEvent
from storage.engines import store_url, writer
from storage.journal import Journal
from storage.store import Store
from tests.storage.kit import FORMS, NOON, accepted, delivery, ended, record, tamper


def test_open_orders_come_oldest_first_and_without_the_ended_ones(journal: Journal) -> None:
    record(journal, [accepted(f"r-{number}") for number in range(4)])
    record(journal, [ended("r-1")])
    found, unreadable = journal.open_orders("transfer", NOON)
    assert [one.order.request_id for one in found] == ["r-0", "r-2", "r-3"]
    assert unreadable == ()


def test_orders_of_other_kinds_are_not_asked_for(journal: Journal) -> None:
    record(journal, [accepted()])
    assert journal.open_orders("playback", NOON) == ((), ())


def test_a_clock_that_went_back_makes_nothing_younger_than_new(journal: Journal) -> None:
    record(journal, [accepted()])
    ((order,), _unreadable) = journal.open_orders("transfer", NOON - timedelta(hours=1))
    assert order.age_s == 0.0


def test_an_order_that_this_version_cannot_read_is_named(tmp_path: Path, store: Store, journal: Journal) -> None:
    record(journal, [accepted(), accepted("r-2")])
    tamper(tmp_path, """UPDATE commands SET body = '{"codec":1}' WHERE request_id = 'r-1'""")
    (readable, (unreadable,)) = journal.open_orders("transfer", NOON)
    assert [one.order.request_id for one in readable] == ["r-2"]
    assert unreadable.request_id == "r-1"
    assert "codec" in unreadable.why


def test_deliveries_keep_their_body_and_their_url_whole(journal: Journal) -> None:
    record(journal, [accepted(), ended("r-1", "succeeded", "w-1")])
    (due,) = journal.due_deliveries(NOON.timestamp(), 10, frozenset()).deliveries
    assert due.delivery == delivery("w-1")
    assert orjson.dumps(due.delivery.body) == b"{}"


def test_deliveries_in_hand_or_beyond_the_limit_wait(journal: Journal) -> None:
    record(journal, [accepted(), ended("r-1", "succeeded", "w-1", "w-2", "w-3")])
    now_s = NOON.timestamp()
    due = journal.due_deliveries(now_s, 1, frozenset({"w-1"}))
    assert [one.delivery.webhook_id for one in due.deliveries] == ["w-2"]
    assert due.next_due_s == now_s
    assert journal.due_deliveries(now_s, 3, frozenset({"w-1", "w-2", "w-3"})).next_due_s is None


def test_events_come_in_order_a_page_at_a_time(journal: Journal) -> None:
    record(journal, [PublishEvent(kind="stream.gap", data={"number": number}) for number in range(5)])
    first = journal.events_after(1, 2)
    assert [event.seq for event in first] == [2, 3]
    assert first[0].data == {"number": 1}
    assert [event.seq for event in journal.events_after(3, 9)] == [4, 5]
    assert journal.events_after(5, 9) == ()


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda journal: journal.open_orders("transfer", NOON), "commands_open"),
        (lambda journal: journal.due_deliveries(0.0, 10, frozenset()), "outbox_pending"),
    ],
)
def test_what_a_restart_reads_is_found_without_reading_all_that_ever_was(
    tmp_path: Path, store: Store, read: Callable[[Journal], object], index: str
) -> None:
    plans = list[str]()

    def explain(connection: Connection, cursor: Cursor, statement: str, parameters: object, *_rest: object) -> None:
        if statement.startswith("SELECT") and not plans:
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))  # type: ignore[arg-type]

    engine = writer(store_url(tmp_path, None))
    journal = Journal(engine, FORMS)
    event.listen(engine, "before_cursor_execute", explain)
    read(journal)
    journal.close()
    assert index in plans[0]
