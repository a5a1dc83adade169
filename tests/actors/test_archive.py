"""ArchiveActor answers from the record, and refuses what cannot be answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.archive import ArchiveActor
from messages.archive import (
    ArchiveRefused,
    ExportAudit,
    FindCommand,
    ListCommands,
    MeasureOrders,
    QueryAudit,
    ToArchive,
    VerifyAudit,
)
from messages.journal import Recorded
from messages.webhooks import FindWebhook, ListWebhooks
from storage.export import verify_export
from storage.store import Store
from tests.kit import Stage
from tests.storage.kit import accepted, ended, open_store, record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """r-1 succeeded, r-2 is open."""
    store = open_store(tmp_path / "data")
    journal = store.journal()
    first: list[Recorded] = [accepted("r-1"), ended("r-1", "succeeded", "w-1", latency_ms=12.0)]
    record(journal, [*first, accepted("r-2", interaction_id="i-2")])
    journal.close()
    yield store
    store.close()


@pytest.fixture
def actor(store: Store) -> Iterator[ArchiveActor]:
    actor = ArchiveActor(Stage().seat("archive"), open_archive=store.archive)
    actor.on_start()
    yield actor
    actor.release()


def test_shows_and_lists_orders(actor: ArchiveActor) -> None:
    shown: Any = actor.handle(FindCommand(request_id="r-1"))
    assert (shown["status"], shown["order"]["destination_uri"]) == ("succeeded", "genesys://user/7")
    assert actor.handle(FindCommand(request_id="r-9")) is None
    listed: Any = actor.handle(ListCommands(status="accepted"))
    assert [command["request_id"] for command in listed["commands"]] == ["r-2"]


def test_shows_and_lists_webhooks(actor: ArchiveActor) -> None:
    shown: Any = actor.handle(FindWebhook(webhook_id="w-1"))
    assert (shown["state"], shown["body"]) == ("pending", {})
    assert actor.handle(FindWebhook(webhook_id="w-9")) is None
    listed: Any = actor.handle(ListWebhooks(status="pending", limit=5))
    assert [webhook["webhook_id"] for webhook in listed["webhooks"]] == ["w-1"]


def test_queries_records_and_measures_orders(actor: ArchiveActor) -> None:
    found: Any = actor.handle(QueryAudit(interaction_id="i-2"))
    assert [one["seq"] for one in found["records"]] == [3]
    measured: Any = actor.handle(MeasureOrders())
    assert measured["kinds"]["transfer"]["latency_ms"]["p50"] == 12.0


@pytest.mark.parametrize("question", [QueryAudit(since="yesterday"), MeasureOrders(since="yesterday")])
def test_a_time_that_is_none_is_refused_with_an_example(actor: ArchiveActor, question: ToArchive) -> None:
    refused = actor.handle(question)
    assert isinstance(refused, ArchiveRefused)
    assert "yesterday" in refused.message
    assert "Z" in refused.remedy


def test_verifies_and_exports_the_chain(actor: ArchiveActor, tmp_path: Path) -> None:
    verified: Any = actor.handle(VerifyAudit())
    exported = actor.handle(ExportAudit(path=str(tmp_path / "audit.jsonl")))
    assert exported == {"path": str(tmp_path / "audit.jsonl"), "records": 3, "head": verified["head"]}
    assert verify_export(tmp_path / "audit.jsonl") == verified


@pytest.mark.parametrize("name", ["there", "no/such/directory", "relative"])
def test_refuses_to_export_where_it_cannot(actor: ArchiveActor, tmp_path: Path, name: str) -> None:
    (tmp_path / "there").write_text("precious")
    refused = actor.handle(ExportAudit(path=name if name == "relative" else str(tmp_path / name)))
    assert isinstance(refused, ArchiveRefused)
    assert name in refused.message
    assert (tmp_path / "there").read_text() == "precious"


def test_lets_go_of_its_connection_when_it_ends(store: Store) -> None:
    actor = ArchiveActor(Stage().seat("archive"), open_archive=store.archive)
    actor.on_start()
    actor.stopped()
    with pytest.raises(RuntimeError, match="not open"):
        actor.handle(VerifyAudit())
