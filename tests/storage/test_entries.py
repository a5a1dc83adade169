"""What is gathered is JSON at once, and without secrets."""

import orjson
import pytest

from messages.journal import PublishEvent, RecordAttempt, RecordNote, RecordProgress
from storage.entries import Accepted, Ended, Noted, Progressed, Published, entry
from tests.storage.kit import FORMS, accepted, ended

URL = "https://cdn.example/a.mp3?sig=s3cr3t"


def test_an_order_is_kept_whole_beside_what_goes_on_record() -> None:
    made = entry(accepted(reason=URL), FORMS)
    assert isinstance(made, Accepted)
    assert "s3cr3t" in made.body
    assert b"s3cr3t" not in made.data
    data = orjson.loads(made.data)
    assert data["effect_id"] == "effect-r-1"
    assert data["order"]["reason"] == "https://cdn.example/a.mp3"


def test_an_outcome_loses_its_secrets_in_every_form() -> None:
    made = entry(ended("r-1", "failed", extra={"audio_url": URL}), FORMS)
    assert isinstance(made, Ended)
    assert b"s3cr3t" not in made.document
    assert made.fields == orjson.loads(made.document)
    assert made.fields["audio_url"] == "https://cdn.example/a.mp3"


def test_steps_notes_and_failed_deliveries_lose_them_too() -> None:
    step = entry(RecordProgress(request_id="r-1", step="sent", data={"url": URL}), FORMS)
    note = entry(RecordNote(kind="gateway.started", data={"url": URL}), FORMS)
    attempt = entry(RecordAttempt(webhook_id="w", state="dead", due_at_s=0, attempts=3, last_error=URL), FORMS)
    assert isinstance(step, Progressed)
    assert isinstance(note, Noted)
    assert isinstance(attempt, RecordAttempt)
    assert "s3cr3t" not in f"{step.data!r} {note.data!r} {attempt.last_error}"


def test_an_event_is_told_and_kept_as_it_was_published() -> None:
    made = entry(PublishEvent(kind="session.opened", data={"url": "wss://h/x"}), FORMS)
    assert isinstance(made, Published)
    assert orjson.loads(made.data) == made.message.data


def test_what_json_cannot_say_fails_before_it_joins_a_group() -> None:
    with pytest.raises(TypeError):
        entry(RecordNote(kind="broken", data={"a": 2**70}), FORMS)
