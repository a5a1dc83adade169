"""What a restart reads."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from messages.journal import PublishEvent
from storage.engines import store_url, writer
from storage.journal import Journal
from storage.store import Store
from tests.storage.kit import (
    CRM,
    FORMS,
    NOON,
    accepted,
    attempt,
    delivery,
    due,
    ended,
    ids,
    posted,
    record,
    tamper,
)

MEDIA = "https://media.example/hook"


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


@pytest.mark.sqlite
def test_an_order_that_this_version_cannot_read_is_named(tmp_path: Path, store: Store, journal: Journal) -> None:
    record(journal, [accepted(), accepted("r-2")])
    tamper(tmp_path, """UPDATE commands SET body = '{"codec":1}' WHERE request_id = 'r-1'""")
    (readable, (unreadable,)) = journal.open_orders("transfer", NOON)
    assert [one.order.request_id for one in readable] == ["r-2"]
    assert unreadable.request_id == "r-1"
    assert "codec" in unreadable.why


def test_deliveries_keep_their_body_and_their_url_whole(journal: Journal) -> None:
    record(journal, posted(delivery("w-1", tries=(1, 2), name="Zoë")))
    (one,) = due(journal).deliveries
    assert (one.webhook_id, one.url) == ("w-1", CRM)
    assert one.body == '{"name":"Zoë","tries":[1,2]}'.encode()


def test_deliveries_in_hand_are_not_handed_out_again(journal: Journal) -> None:
    record(journal, [accepted(), ended("r-1", "succeeded", "w-1", "w-2", "w-3")])
    found = due(journal, limit=1, in_hand={CRM: frozenset({"w-1"})})
    assert (ids(found), found.more) == (["w-2"], True)
    everything = due(journal, number=7, in_hand={CRM: frozenset({"w-1", "w-2", "w-3"})})
    assert (ids(everything), everything.more, everything.next_due_s, everything.number) == ([], False, None, 7)


def test_no_endpoint_takes_more_than_its_share(journal: Journal) -> None:
    slow = [delivery(f"w-{number}", subject=f"i-{number}") for number in range(9)]
    record(journal, posted(*slow, delivery("x-1", url=MEDIA)))
    found = due(journal, per_endpoint=4, in_hand={CRM: frozenset({"w-0", "w-1"})})
    assert (ids(found), found.more) == (["x-1", "w-2", "w-3"], True)
    found = due(journal, per_endpoint=2, in_hand={CRM: frozenset({"w-0", "w-1"})})
    assert (ids(found), found.more) == (["x-1"], True)


def test_where_room_is_short_those_with_little_in_hand_come_first(journal: Journal) -> None:
    crm = [delivery(f"w-{number}", subject=f"i-{number}") for number in range(9)]
    media = [delivery(f"x-{number}", url=MEDIA, subject=f"i-{number}") for number in range(3)]
    record(journal, posted(*crm, *media))
    found = due(journal, limit=4, in_hand={CRM: frozenset({"w-0"})})
    assert ids(found) == ["x-0", "x-1", "x-2", "w-1"]


def test_those_due_longest_come_first_and_the_next_is_told(journal: Journal) -> None:
    noon_s = NOON.timestamp()
    record(journal, [accepted(), ended("r-1", "succeeded", "w-1", "w-2", "w-3", "w-4")])
    moved = {"w-1": 30.0, "w-2": 10.0, "w-3": 20.0, "w-4": 40.0}
    record(journal, [attempt(webhook_id, "pending", due_at_s=noon_s + at) for webhook_id, at in moved.items()])
    found = due(journal, after_s=30)
    assert (ids(found), found.more, found.next_due_s) == (["w-2", "w-3", "w-1"], False, noon_s + 40)


def test_events_come_in_order_a_page_at_a_time(journal: Journal) -> None:
    record(journal, [PublishEvent(kind="stream.gap", data={"number": number}) for number in range(5)])
    first = journal.events_after(1, 2)
    assert [event.seq for event in first] == [2, 3]
    assert first[0].data == {"number": 1}
    assert [event.seq for event in journal.events_after(3, 9)] == [4, 5]
    assert journal.events_after(5, 9) == ()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda journal: journal.open_orders("transfer", NOON), "commands_open"),
        (due, "outbox_due"),
    ],
)
def test_what_a_restart_reads_is_found_without_reading_all_that_ever_was(
    tmp_path: Path, store: Store, read: Callable[[Journal], object], index: str
) -> None:
    known = store.journal()
    record(known, posted(delivery()))
    known.close()
    run: list[str] = []
    engine = writer(store_url(tmp_path, None))
    event.listen(engine, "connect", lambda connection, _record: connection.set_trace_callback(run.append))
    journal = Journal(engine, FORMS)
    run.clear()
    read(journal)
    journal.close()
    (statement,) = [one for one in run if one.strip().startswith("SELECT")]
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert index in plan[0]
