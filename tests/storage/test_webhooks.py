"""The outbox as operators see it."""

from pathlib import Path
from typing import Any

import pytest

from messages.webhooks import SwitchEndpoint
from storage.archive import Archive
from storage.journal import Journal
from storage.store import Store
from tests.storage.kit import CRM, NOON, OPERATOR, attempt, delivery, posted, record, tamper

MEDIA = "https://media.example/hook"
NOONISH = "2026-01-01T12:00:00.000Z"


@pytest.fixture
def five(journal: Journal) -> Journal:
    """w-1 delivered, w-2 dead, w-3 due in ten seconds, w-4 behind it, w-5 due."""
    crm = [delivery(f"w-{number}", subject="i-1" if number in (3, 4) else f"of {number}") for number in range(1, 5)]
    record(journal, posted(*crm, delivery("w-5", url=MEDIA)))
    later_s = NOON.timestamp() + 10
    record(
        journal,
        [
            attempt("w-1", "delivered"),
            attempt("w-2", "dead", attempts=8, last_error="the endpoint answered 500"),
            attempt("w-3", "pending", due_at_s=later_s, last_error="no answer"),
        ],
    )
    return journal


def ids(answer: Any) -> list[str]:
    return [webhook["webhook_id"] for webhook in answer["webhooks"]]


def test_the_newest_come_first(five: Journal, archive: Archive) -> None:
    assert ids(archive.webhooks(None, 100)) == ["w-5", "w-4", "w-3", "w-2", "w-1"]
    assert ids(archive.webhooks(None, 2)) == ["w-5", "w-4"]


@pytest.mark.parametrize(
    ("state", "found"), [("pending", ["w-5", "w-4", "w-3"]), ("delivered", ["w-1"]), ("dead", ["w-2"])]
)
def test_webhooks_of_one_state_are_listed_newest_first(
    five: Journal, archive: Archive, state: str, found: list[str]
) -> None:
    assert ids(archive.webhooks(state, 100)) == found
    assert ids(archive.webhooks(state, 1)) == found[:1]


def test_a_webhook_shows_how_it_fares_and_no_query(five: Journal, archive: Archive) -> None:
    answer: Any = archive.webhooks("dead", 100)
    (dead,) = answer["webhooks"]
    assert dead == {
        "webhook_id": "w-2",
        "request_id": "r-1",
        "event": "transfer.done",
        "subject": "of 2",
        "url": "https://crm.example/hook",
        "state": "dead",
        "attempts": 8,
        "due_at": None,
        "last_error": "the endpoint answered 500",
        "created_at": NOONISH,
    }


def test_only_what_waits_for_its_own_time_is_due(five: Journal, archive: Archive) -> None:
    waiting: Any = archive.webhooks("pending", 100)["webhooks"]
    assert [webhook["due_at"] for webhook in waiting] == [NOONISH, None, "2026-01-01T12:00:10.000Z"]


def test_one_is_shown_with_its_body(journal: Journal, archive: Archive) -> None:
    record(journal, posted(delivery("w-1", name="Zoë")))
    found = archive.webhook("w-1")
    assert found is not None
    assert (found["body"], found["url"]) == ({"name": "Zoë"}, "https://crm.example/hook")
    assert archive.webhook("w-9") is None


def test_endpoints_tell_how_they_stand_and_what_waits_for_them(five: Journal, archive: Archive) -> None:
    record(five, [SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR)])
    assert archive.webhooks(None, 1)["endpoints"] == [
        {
            "url": "https://crm.example/hook",
            "state": "disabled",
            "cause": "operator",
            "since": NOONISH,
            "pending": 2,
        },
        {"url": MEDIA, "state": "enabled", "cause": None, "since": NOONISH, "pending": 1},
    ]


def test_an_empty_outbox_is_no_error(store: Store, archive: Archive) -> None:
    assert archive.webhooks("dead", 10) == {"webhooks": [], "endpoints": []}


@pytest.mark.sqlite
def test_a_time_from_an_older_clock_is_shown_as_it_is(tmp_path: Path, journal: Journal, archive: Archive) -> None:
    record(journal, posted(delivery("w-1")))
    tamper(tmp_path, "UPDATE outbox SET due_at_s = 0.5")
    found = archive.webhook("w-1")
    assert found is not None
    assert found["due_at"] == "1970-01-01T00:00:00.500Z"
