"""One group: what is written and what is answered, decided without a database."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from messages.journal import HastenDeliveries, ProgressRecorded, PublishEvent, Recorded, RecordNote, RecordProgress
from messages.webhooks import RedeliverWebhook, WebhookRedelivered, WebhookRefused
from storage.entries import entry
from storage.group import GroupWriter, Heads
from storage.lasting import LastingWriter
from storage.record import GENESIS
from storage.standing import Posted, Standing
from storage.verification import verify
from tests.kit import Probe
from tests.storage.kit import CRM, FORMS, OPERATOR, accepted, attempt, delivery, ended, heard, outcome

START = Heads(0, GENESIS, 0)
AT = "2026-01-01T12:00:00.000Z"


def written(
    messages: Iterable[Recorded],
    heads: Heads = START,
    orders: dict[str, Standing] | None = None,
    posted: dict[str, Posted] | None = None,
    lasting: Iterable[str] = (),
) -> GroupWriter:
    writer = GroupWriter(
        heads=heads,
        orders=orders or {},
        posted=posted or {},
        endpoints={},
        lasting=LastingWriter(lasting),
        forms=FORMS,
        at=AT,
        now_s=100.0,
    )
    for message in messages:
        writer.add(entry(message, FORMS))
    return writer


def records(writer: GroupWriter) -> list[dict[str, Any]]:
    return [orjson.loads(row[4]) for row in writer.rows.audit]


def kinds(writer: GroupWriter) -> list[str]:
    return [record["kind"] for record in records(writer)]


def test_a_life_is_one_record_a_step_and_hangs_together() -> None:
    life: list[Recorded] = [accepted(), RecordProgress(request_id="r-1", step="sent", data={"attempt": 1}), ended()]
    writer = written(life)
    assert kinds(writer) == ["transfer.accepted", "transfer.sent", "transfer.ended"]
    assert verify((row[4].encode(), row[5]) for row in writer.rows.audit).damage is None
    assert records(writer)[1] == {
        "seq": 2,
        "at": AT,
        "kind": "transfer.sent",
        "request_id": "r-1",
        "interaction_id": "i-1",
        "peer": {"role": "operator", "pid": 7, "uid": 1000, "gid": 1000},
        "data": {"attempt": 1},
    }


def test_sequences_go_on_where_the_store_stands() -> None:
    writer = written([accepted()], heads=Heads(41, b"x" * 32, 7))
    assert (writer.heads().audit_seq, writer.heads().event_seq) == (42, 8)
    assert writer.group().mark == (42, 8)


def test_an_order_again_writes_nothing_and_hears_how_the_first_stands() -> None:
    writer = written([accepted(), accepted(), ended(), accepted()])
    answers = heard(writer.group())
    assert [answer.earlier.status if answer.earlier else None for answer in answers] == [None, "accepted", "succeeded"]
    assert not any(answer.conflict for answer in answers)
    assert len(writer.rows.commands) == 1


def test_another_order_of_the_same_id_is_a_conflict() -> None:
    writer = written([accepted(), accepted(destination_uri="genesys://user/8")])
    _first, second = heard(writer.group())
    assert second.conflict
    assert second.earlier is not None


def test_an_order_may_be_accepted_and_ended_in_one_step() -> None:
    refused = accepted()
    writer = written([replace(refused, outcome=outcome(status="refused"))])
    assert kinds(writer) == ["transfer.accepted", "transfer.ended"]
    assert [event.kind for event in writer.group().events] == ["order.accepted", "order.ended"]


def test_a_dry_run_leaves_no_trace_but_its_end_is_told() -> None:
    rehearsed = accepted(dry_run=True)
    writer = written([rehearsed, replace(rehearsed, outcome=outcome(status="refused"))])
    assert not writer.rows.audit
    assert not writer.rows.commands
    (event,) = writer.group().events
    assert (event.kind, event.data["status"]) == ("order.ended", "refused")
    assert len(writer.group().recorded) == 2


def test_a_step_that_wants_an_answer_gets_it_once_it_is_on_record() -> None:
    asker = Probe("barge")
    step = RecordProgress(request_id="r-1", step="consented", reply_to=asker)
    group = written([accepted(), step]).group()
    assert group.recorded[-1] == (asker, ProgressRecorded(request_id="r-1", step="consented"))


def test_a_step_that_is_refused_answers_nobody() -> None:
    group = written([RecordProgress(request_id="r-9", step="sent", reply_to=Probe("barge"))]).group()
    assert group.recorded == ()


def test_a_second_end_is_refused() -> None:
    writer = written([accepted(), ended(), ended("r-1", "failed", "w-1")])
    assert writer.group().misfits == ("end failed of transfer r-1, which is a transfer, succeeded",)
    assert len(writer.rows.ends) == 1
    assert not writer.rows.outbox.posted


def test_an_end_of_another_kind_does_not_close_the_order() -> None:
    writer = written([accepted(), replace(ended(), outcome=replace(ended().outcome, kind="barge"))])
    assert kinds(writer) == ["transfer.accepted"]
    assert writer.group().misfits == ("end succeeded of barge r-1, which is a transfer, accepted",)


def test_steps_and_ends_of_unknown_orders_are_refused() -> None:
    writer = written([RecordProgress(request_id="r-9", step="sent"), ended("r-9")])
    assert len(writer.group().misfits) == 2
    assert not writer.rows.audit


def test_a_step_after_the_end_is_refused() -> None:
    writer = written([accepted(), ended(), RecordProgress(request_id="r-1", step="sent")])
    assert writer.group().misfits == ("step sent of order r-1, which is a transfer, succeeded",)


def test_the_end_is_told_whole() -> None:
    writer = written([accepted(), ended("r-1", "succeeded", extra={"codec": "opus"})])
    event = writer.group().events[-1]
    assert event.data["codec"] == "opus"
    assert orjson.loads(writer.rows.events[-1][3]) == event.data


def test_deliveries_enter_the_outbox_with_the_end() -> None:
    writer = written([accepted(), ended("r-1", "succeeded", "w-1", "w-2")])
    assert [row[0] for row in writer.rows.outbox.posted] == ["w-1", "w-2"]


def test_a_step_brings_its_deliveries_before_the_end_brings_its_own() -> None:
    step = RecordProgress(request_id="r-1", step="sent", deliveries=(delivery("w-1"),))
    writer = written([accepted(), step, ended("r-1", "succeeded", "w-2")])
    assert [row[0] for row in writer.rows.outbox.posted] == ["w-1", "w-2"]


def test_a_step_that_is_refused_delivers_nothing() -> None:
    writer = written([RecordProgress(request_id="r-9", step="sent", deliveries=(delivery("w-1"),))])
    assert not writer.rows.outbox.posted


def test_a_step_on_record_again_delivers_nothing_twice() -> None:
    step = RecordProgress(request_id="r-1", step="sent", deliveries=(delivery("w-1"),))
    writer = written([accepted(), step, step])
    assert len(writer.rows.outbox.posted) == 1
    assert writer.group().misfits == ("delivery w-1 of order r-1, which is already in the outbox",)


def test_a_delivery_that_is_there_already_is_not_put_in_again() -> None:
    writer = written([accepted(), accepted("r-2"), ended("r-1", "succeeded", "w-1"), ended("r-2", "failed", "w-1")])
    assert len(writer.rows.outbox.posted) == 1
    assert writer.group().misfits == ("delivery w-1 of order r-2, which is already in the outbox",)


def test_what_befalls_a_delivery_is_a_record_of_its_order_and_an_event() -> None:
    heads, before = Heads(41, b"x" * 32, 7, 3, 1, 4), {"w-1": Posted("r-1", CRM, "transfer.done", "i-1", "pending")}
    writer = written([attempt("w-1", "dead")], heads=heads, posted=before)
    (record,) = records(writer)
    assert (record["kind"], record["request_id"], record["interaction_id"]) == ("webhook.dead", "r-1", "i-1")
    (event,) = writer.group().events
    assert (event.kind, event.data) == ("webhook.dead", record["data"])
    assert writer.heads() == Heads(42, writer.rows.audit[0][5], 8, 3, 0, 5)


def test_how_many_fell_due_is_for_the_database_to_say() -> None:
    assert written([accepted(), ended("r-1", "succeeded", "w-1")]).group(fallen_due=1).deliveries == 1


def test_what_was_too_much_for_one_group_is_left_for_the_next() -> None:
    writer = written([HastenDeliveries(url=CRM)])
    assert list(writer.rows.outbox.hurried) == [(100.0, CRM)]
    assert writer.group().rest == ()
    assert writer.group(unhurried=[CRM]).rest == (HastenDeliveries(url=CRM),)


def test_what_is_asked_of_the_outbox_is_answered_in_order() -> None:
    asked = [RedeliverWebhook(webhook_id=webhook_id, peer=OPERATOR) for webhook_id in ("w-1", "w-9")]
    group = written([accepted(), ended("r-1", "succeeded", "w-1"), *asked]).group()
    assert [type(answer) for answer in group.answers] == [WebhookRedelivered, WebhookRefused]


def test_notes_are_records_of_no_order() -> None:
    writer = written([RecordNote(kind="peer.refused", subject="control", peer=OPERATOR, data={"why": "uid"})])
    (record,) = records(writer)
    assert (record["request_id"], record["interaction_id"], record["peer"]["uid"]) == ("", "control", 1000)


def test_events_alone_move_only_their_own_sequence() -> None:
    writer = written([PublishEvent(kind="token.refreshed")])
    assert writer.group().mark == (0, 1)
    assert written([attempt("w-1", "pending")]).group().mark is None


def opened(lasting_id: str = "s-1") -> RecordNote:
    return RecordNote(kind="stream.opened", subject="c-1", data={"codec": "PCMU"}, begins=lasting_id)


def closed(lasting_id: str = "s-1") -> RecordNote:
    return RecordNote(kind="stream.closed", subject="c-1", ends=lasting_id)


def test_what_begins_is_a_record_and_lasts() -> None:
    writer = written([opened()], heads=Heads(7, GENESIS, 0))
    assert kinds(writer) == ["stream.opened"]
    assert writer.rows.begun == [("s-1", 8, "stream.opened", "c-1", '{"codec":"PCMU"}', AT)]


def test_what_begins_twice_or_ends_twice_is_on_record_once() -> None:
    writer = written([opened(), opened(), closed(), closed()])
    assert kinds(writer) == ["stream.opened", "stream.closed"]
    assert (writer.rows.begun, writer.rows.over) == ([], [])
    assert writer.group().misfits == ()


def test_what_lasts_already_ends() -> None:
    writer = written([opened(), closed()], lasting=["s-1"])
    assert kinds(writer) == ["stream.closed"]
    assert (writer.rows.begun, writer.rows.over) == ([], [("s-1",)])


def test_what_is_fleeting_is_told_and_not_written() -> None:
    writer = written([PublishEvent(kind="stream.transcript", data={"sequence": 4}, fleeting={"text": "hello"})])
    (event,) = writer.group().events
    assert event.data == {"sequence": 4, "text": "hello"}
    assert writer.rows.events == []


def test_what_is_fleeting_takes_no_number() -> None:
    passing = PublishEvent(kind="stream.transcript", fleeting={"text": "hello"})
    stored = PublishEvent(kind="stream.gap")
    writer = written([passing, stored, passing, passing, stored], heads=Heads(7, GENESIS, 40))
    group = writer.group()
    assert [(event.seq, event.kind == "stream.gap") for event in group.events] == [
        (40, False),
        (41, True),
        (41, False),
        (41, False),
        (42, True),
    ]
    assert [row[0] for row in writer.rows.events] == [41, 42]
    assert (group.event_before, group.mark) == (40, (7, 42))
    assert written([passing], heads=Heads(7, GENESIS, 40)).group().mark is None
