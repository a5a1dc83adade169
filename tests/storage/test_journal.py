"""Groups are durable or they are not; a journal that failed is replaced by a fresh one."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import event

from messages.journal import Delivery, HastenDeliveries, PublishEvent, RecordNote, RecordProgress
from messages.webhooks import EndpointDisabled, OutboxCounted, RedeliverWebhook, SwitchEndpoint, WebhookRedelivered
from storage import journal as module
from storage.archive import Archive
from storage.engines import store_url, writer
from storage.journal import Journal
from storage.statements import HURRY_AT_ONCE
from storage.store import Store
from tests.storage.kit import (
    CRM,
    FORMS,
    NOON,
    OPERATOR,
    accepted,
    attempt,
    delivery,
    due,
    ended,
    heard,
    ids,
    posted,
    record,
)


def test_what_is_committed_is_there_after_reopening(store: Store, journal: Journal) -> None:
    record(journal, [accepted(), RecordProgress(request_id="r-1", step="sent")])
    journal.close()
    again = store.journal()
    ((order,), unreadable) = again.open_orders("transfer", NOON + timedelta(seconds=5))
    again.close()
    assert not unreadable
    assert order.order == accepted().order
    assert (order.peer.uid, order.effect_id, order.age_s, order.steps) == (1000, "effect-r-1", 5.0, ("sent",))


def test_what_is_sealed_but_not_committed_is_not_there(store: Store, journal: Journal) -> None:
    journal.enter(accepted())
    sealed = journal.seal(NOON)
    journal.close()
    again = store.journal()
    assert not again.holds(sealed)
    assert again.open_orders("transfer", NOON) == ((), ())
    again.close()


def test_a_fresh_journal_knows_the_group_that_its_predecessor_made_durable(store: Store, journal: Journal) -> None:
    group = record(journal, [accepted()])
    journal.close()
    again = store.journal()
    assert again.holds(group)
    again.close()


def test_the_chain_and_the_events_go_on_after_reopening(store: Store, journal: Journal, archive: Archive) -> None:
    record(journal, [accepted(), PublishEvent(kind="token.refreshed")])
    journal.close()
    again = store.journal()
    group = record(again, [ended()])
    again.close()
    assert [event.seq for event in group.events] == [3]
    assert archive.verify()["ok"] is True


def test_duplicates_are_found_over_groups_and_restarts(store: Store, journal: Journal) -> None:
    record(journal, [accepted()])
    (recorded,) = heard(record(journal, [accepted(), ended()]))
    assert recorded.earlier is not None
    assert (recorded.earlier.status, recorded.conflict) == ("accepted", False)
    journal.close()
    again = store.journal()
    (recorded,) = heard(record(again, [accepted()]))
    again.close()
    assert recorded.earlier is not None
    assert recorded.earlier.status == "succeeded"


def test_a_second_end_changes_nothing(journal: Journal, archive: Archive) -> None:
    record(journal, [accepted()])
    record(journal, [ended()])
    assert record(journal, [ended("r-1", "failed", "w-1")]).misfits
    found = archive.find("r-1")
    assert found is not None
    assert found["status"] == "succeeded"
    assert not due(journal).deliveries


def test_nothing_can_be_committed_that_was_not_sealed(journal: Journal) -> None:
    with pytest.raises(RuntimeError):
        journal.commit()


def test_a_closed_journal_takes_nothing_any_more(journal: Journal) -> None:
    journal.enter(accepted())
    journal.seal(NOON)
    journal.close()
    with pytest.raises(RuntimeError, match="closed"):
        journal.commit()
    with pytest.raises(RuntimeError, match="closed"):
        journal.events_after(0, 10)


def test_closing_a_journal_that_is_stuck_in_the_disk_waits_for_nobody(journal: Journal) -> None:
    inside, go_on, ends = Event(), Event(), SimpleQueue[str]()

    def stuck() -> None:
        try:
            with journal._use():
                inside.set()
                go_on.wait(10)
        except RuntimeError as error:
            ends.put(str(error))

    Thread(target=stuck, daemon=True).start()
    assert inside.wait(10)
    journal.close()
    go_on.set()
    assert ends.get(timeout=10) == "the journal was closed"
    assert journal._connection.closed


@pytest.mark.sqlite
def test_a_full_disk_is_raised_and_leaves_the_last_group(
    tmp_path: Path, store: Store, journal: Journal, archive: Archive
) -> None:
    record(journal, [accepted()])
    engine = writer(store_url(tmp_path, None))
    event.listen(engine, "connect", _fill_the_disk)
    full = Journal(engine, FORMS)
    for number in range(200):
        full.enter(accepted(f"r-{number + 2}", reason="x" * 4_000))
    with pytest.raises(sqlite3.OperationalError, match="full"):
        full.seal(NOON)
    full.close()
    assert archive.verify() == archive.verify() | {"ok": True, "records": 1}
    assert record(journal, [ended()]).mark == (2, 2)


def test_only_the_newest_events_are_kept(store: Store, journal: Journal) -> None:
    assert journal.forgotten_event() == 0
    per_group = 2_000
    groups = (module.EVENTS_KEPT + 2 * module.PRUNE_EVERY) // per_group
    for _ in range(groups):
        record(journal, [PublishEvent(kind="stream.gap")] * per_group)
    (oldest,) = journal.events_after(0, 1)
    assert oldest.seq == groups * per_group - module.EVENTS_KEPT + 1
    assert journal.forgotten_event() == oldest.seq - 1
    assert journal.last_event == groups * per_group


def test_a_delivery_of_a_step_is_due_while_its_order_is_open_and_no_second_time(journal: Journal) -> None:
    step = RecordProgress(request_id="r-1", step="sent", deliveries=(delivery("w-1"),))
    record(journal, [accepted(), step])
    (one,) = due(journal).deliveries
    assert (one.webhook_id, one.attempts) == ("w-1", 0)
    group = record(journal, [step])  # in a later group: what is posted is read back
    assert (group.deliveries, len(group.misfits)) == (0, 1)


def test_attempts_move_a_delivery(journal: Journal) -> None:
    record(journal, posted(delivery("w-1")))
    later_s = NOON.timestamp() + 5
    record(journal, [attempt("w-1", "pending", due_at_s=later_s)])
    waiting = due(journal)
    assert (waiting.deliveries, waiting.next_due_s) == ((), later_s)
    (one,) = due(journal, after_s=5).deliveries
    assert (one.webhook_id, one.attempts) == ("w-1", 1)
    record(journal, [attempt("w-1", "delivered", attempts=2)])
    assert due(journal, after_s=5).next_due_s is None


def test_the_next_of_a_subject_falls_due_with_the_end_of_the_one_before(journal: Journal) -> None:
    group = record(journal, posted(delivery("w-1"), delivery("w-2"), delivery("w-3")))
    assert (group.deliveries, ids(due(journal))) == (1, ["w-1"])
    assert record(journal, [attempt("w-1", "pending", due_at_s=NOON.timestamp() + 9)]).deliveries == 0
    assert ids(due(journal)) == []
    group = record(journal, [attempt("w-1", "dead")], NOON + timedelta(seconds=9))
    assert (group.deliveries, ids(due(journal, after_s=9))) == (1, ["w-2"])
    assert record(journal, [attempt("w-2"), attempt("w-3")]).deliveries == 0


@pytest.mark.parametrize("other", [delivery("w-2", subject="i-2"), delivery("w-2", url="https://media.example/")])
def test_those_of_another_subject_or_url_wait_for_nobody(journal: Journal, other: Delivery) -> None:
    group = record(journal, posted(delivery("w-1"), other))
    assert (group.deliveries, sorted(ids(due(journal)))) == (2, ["w-1", "w-2"])


def test_the_order_of_a_subject_outlives_a_restart(store: Store, journal: Journal) -> None:
    record(journal, posted(delivery("w-9")))
    record(journal, [attempt("w-9", "pending", due_at_s=NOON.timestamp() + 3600)])
    journal.close()
    again = store.journal()
    record(again, posted(delivery("w-1"), request_id="r-2"))
    assert ids(due(again)) == []
    assert ids(due(again, after_s=3600)) == ["w-9"]
    record(again, [attempt("w-9")], NOON + timedelta(hours=1))
    assert ids(due(again, after_s=3600)) == ["w-1"]
    again.close()


def test_what_is_redelivered_goes_behind_what_waits(journal: Journal) -> None:
    record(journal, posted(delivery("w-1"), delivery("w-2"), delivery("w-3")))
    record(journal, [attempt("w-1", "dead", attempts=8, last_error="500")])
    group = record(journal, [RedeliverWebhook(webhook_id="w-1", peer=OPERATOR)])
    assert group.answers == (WebhookRedelivered(webhook_id="w-1", url="https://crm.example/hook"),)
    assert (group.deliveries, ids(due(journal))) == (0, ["w-2"])
    record(journal, [attempt("w-2"), attempt("w-3")])
    (one,) = due(journal).deliveries
    assert (one.webhook_id, one.attempts) == ("w-1", 0)


def test_a_delivered_webhook_that_is_redelivered_is_due_at_once(journal: Journal) -> None:
    record(journal, posted(delivery("w-1")))
    record(journal, [attempt("w-1")])
    assert record(journal, [RedeliverWebhook(webhook_id="w-1", peer=OPERATOR)]).deliveries == 1
    assert ids(due(journal)) == ["w-1"]


def test_one_that_waits_for_its_next_try_goes_now_when_it_is_redelivered(journal: Journal) -> None:
    record(journal, posted(delivery("w-1"), delivery("w-2")))
    record(journal, [attempt("w-1", "pending", due_at_s=NOON.timestamp() + 36_000, attempts=7)])
    again = [RedeliverWebhook(webhook_id=webhook_id, peer=OPERATOR) for webhook_id in ("w-1", "w-2")]
    assert record(journal, again).deliveries == 1
    (one,) = due(journal).deliveries
    assert (one.webhook_id, one.attempts) == ("w-1", 7)


LATER_S = NOON.timestamp() + 36_000


def test_everything_that_waits_for_its_next_try_goes_when_its_endpoint_is_enabled(journal: Journal) -> None:
    own, other = [delivery(f"w-{n}", subject=f"i-{n}") for n in (1, 2)], delivery("w-3", url="https://media.example/")
    record(journal, posted(*own, delivery("w-4", subject="i-1"), other))
    record(journal, [attempt(f"w-{n}", "pending", due_at_s=LATER_S, attempts=7) for n in (1, 2, 3)])
    assert ids(due(journal)) == []
    group = record(journal, [SwitchEndpoint(url=CRM, enabled=True, peer=OPERATOR)])
    assert (group.deliveries, group.urls, group.rest) == (2, frozenset({CRM}), ())
    assert [(one.webhook_id, one.attempts) for one in due(journal).deliveries] == [("w-1", 7), ("w-2", 7)]


def test_more_than_a_page_of_them_goes_a_page_with_each_group(journal: Journal) -> None:
    waiting = [f"w-{number}" for number in range(HURRY_AT_ONCE + 1)]
    record(journal, posted(*(delivery(name, subject=name) for name in waiting)))
    record(journal, [attempt(name, "pending", due_at_s=LATER_S) for name in waiting])
    group = record(journal, [SwitchEndpoint(url=CRM, enabled=True, peer=OPERATOR)])
    assert (group.deliveries, group.rest) == (HURRY_AT_ONCE, (HastenDeliveries(url=CRM),))
    group = record(journal, group.rest)
    assert (group.deliveries, group.rest) == (1, ())
    assert set(ids(due(journal))) == set(waiting)


def test_what_goes_now_is_told_of_though_its_endpoint_is_enabled_twice_in_one_group(journal: Journal) -> None:
    record(journal, posted(delivery("w-1")))
    record(journal, [attempt("w-1", "pending", due_at_s=LATER_S)])
    group = record(journal, [HastenDeliveries(url=CRM), SwitchEndpoint(url=CRM, enabled=True, peer=OPERATOR)])
    assert group.deliveries == 1


def test_what_waits_and_is_dead_is_counted_over_restarts(store: Store, journal: Journal) -> None:
    record(journal, posted(delivery("w-1"), delivery("w-2"), delivery("w-3", url="https://media.example/")))
    record(journal, [attempt("w-1", "dead"), attempt("w-2"), SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR)])
    counted = OutboxCounted(waiting=1, dead=1, endpoints_disabled=1)
    assert journal.outbox == counted
    journal.enter(attempt("w-3"))
    journal.seal(NOON)
    assert journal.outbox == counted, "the rest is not durable"
    journal.close()
    again = store.journal()
    assert again.outbox == counted
    again.close()


def test_what_is_for_a_disabled_endpoint_waits_over_restarts(store: Store, journal: Journal) -> None:
    record(journal, posted(delivery("w-1"), delivery("w-2", url="https://media.example/")))
    record(journal, [SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR)])
    assert ids(due(journal)) == ["w-2"]
    journal.close()
    again = store.journal()
    record(again, posted(delivery("w-3", subject="i-3"), request_id="r-2"))
    assert ids(due(again)) == ["w-2"]
    record(again, [SwitchEndpoint(url=CRM, enabled=True, peer=OPERATOR)])
    assert sorted(ids(due(again))) == ["w-1", "w-2", "w-3"]
    again.close()


def test_410_disables_over_restarts_and_loses_only_its_own(store: Store, journal: Journal, archive: Archive) -> None:
    record(journal, posted(delivery("w-1"), delivery("w-2")))
    group = record(journal, [attempt("w-1", "dead", disables=True)])
    assert group.endpoints == (EndpointDisabled(url=CRM),)
    journal.close()
    again = store.journal()
    assert ids(due(again)) == []
    found = archive.webhook("w-2")
    assert found is not None
    assert (found["state"], found["due_at"]) == ("pending", "2026-01-01T12:00:00.000Z")
    again.close()


def test_a_switch_that_did_not_become_durable_did_not_happen(store: Store, journal: Journal) -> None:
    record(journal, posted(delivery("w-1")))
    journal.enter(SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR))
    journal.seal(NOON)
    journal.close()
    again = store.journal()
    assert ids(due(again)) == ["w-1"]
    again.close()


@pytest.mark.sqlite
def test_the_directory_holds_nothing_that_others_can_read(tmp_path: Path, journal: Journal) -> None:
    record(journal, [accepted()])
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(files) >= 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def _fill_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA max_page_count=1")  # the database's own word for a disk without room


def test_what_lasts_is_known_after_a_restart_until_it_ends(store: Store, journal: Journal, archive: Archive) -> None:
    data = {"protocol": "audiohook"}
    opened = [RecordNote(kind="stream.opened", subject="c-1", data=data, begins=name) for name in ("s-2", "s-1", "s-3")]
    record(journal, opened)
    record(journal, [RecordNote(kind="stream.closed", subject="c-1", ends="s-3"), opened[0]])
    journal.close()
    again = store.journal()
    assert again.lasting("session.opened") == ()
    assert [one.lasting_id for one in again.lasting("stream.opened")] == ["s-2", "s-1"]
    assert {(one.subject, one.data["protocol"], one.begun_at) for one in again.lasting("stream.opened")} == {
        ("c-1", "audiohook", "2026-01-01T12:00:00.000Z")
    }
    record(again, [RecordNote(kind="stream.closed", subject="c-1", ends=name) for name in ("s-1", "s-2", "s-2")])
    assert again.lasting("stream.opened") == ()
    again.close()
    records: Any = archive.query("c-1", None, None, 100)["records"]
    kinds = [one["kind"] for one in records]
    assert (kinds.count("stream.opened"), kinds.count("stream.closed")) == (3, 3)


def test_what_is_fleeting_is_on_no_disk(tmp_path: Path, store: Store, journal: Journal) -> None:
    event = PublishEvent(kind="stream.transcript", data={"stream_id": "s-1"}, fleeting={"text": "my-card-number"})
    (told,) = record(journal, [event]).events
    assert told.data["text"] == "my-card-number"
    assert (told.seq, journal.last_event, journal.events_after(0, 10)) == (0, 0, ())
    journal.close()
    assert not any(b"my-card-number" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_events_that_are_fleeting_leave_the_numbers_to_those_that_are_stored(store: Store, journal: Journal) -> None:
    passing = PublishEvent(kind="stream.transcript", fleeting={"text": "hello"})
    record(journal, [PublishEvent(kind="stream.opened"), passing])
    assert record(journal, [passing, passing]).mark is None
    journal.close()
    again = store.journal()
    assert again.last_event == 1
    told = record(again, [passing, PublishEvent(kind="stream.closed")]).events
    assert [(event.seq, event.kind) for event in told] == [(1, "stream.transcript"), (2, "stream.closed")]
    assert [event.seq for event in again.events_after(0, 10)] == [1, 2]
    again.close()


# --- what was delivered is forgotten -------------------------------------------------------------------------


def test_what_was_delivered_is_forgotten_after_its_days_and_the_dead_stay(journal: Journal, archive: Archive) -> None:
    record(journal, posted(delivery("arrived"), delivery("dead", subject="i-2"), delivery("waits", subject="i-3")))
    record(journal, [attempt("arrived"), attempt("dead", "dead")])
    days = timedelta(days=module.KEEP_DELIVERED_DAYS)
    record(journal, [PublishEvent(kind="stream.gap")], NOON + days)
    assert archive.webhook("arrived") is not None
    record(journal, [PublishEvent(kind="stream.gap")], NOON + days + timedelta(hours=1))
    assert archive.webhook("arrived") is None
    assert archive.webhook("dead") is not None
    assert archive.webhook("waits") is not None
    assert archive.verify()["ok"] is True


def test_no_commit_forgets_more_than_its_share(journal: Journal, archive: Archive) -> None:
    number = module.FORGET_AT_ONCE + 1
    names = [f"w-{one}" for one in range(number)]
    record(journal, posted(*(delivery(name, subject=name) for name in names)))
    record(journal, [attempt(name) for name in names])
    later = NOON + timedelta(days=module.KEEP_DELIVERED_DAYS + 1)
    for left in (1, 0):
        record(journal, [PublishEvent(kind="stream.gap")], later)
        assert len(archive.webhooks(None, number)["webhooks"]) == left  # type: ignore[arg-type] # a list, as JSON
