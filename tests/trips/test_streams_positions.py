"""Audio that Genesys loses, pauses and sends again: where in the stream it is missing is known to the sample."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.audiohook import samples_of
from tests.trips.studio import Studio, studios, told_of

SCRIPT = "sent 7, lost 2, sent 6, paused 11, held 4, sent 2, lost 1, sent 3, paused 5"
SAMPLES = 136  # of a frame, which is 17 ms
MISSING = [(7, 1), (8, 1), (15, 11), (32, 1), (36, 5)]  # first frame and number of frames of each hole


@pytest.fixture
def studio() -> Iterator[Studio]:
    with studios(media__supported_languages="en") as opened:
        yield opened


def test_every_hole_is_told_where_it_is_and_both_sides_agree_on_the_position(studio: Studio) -> None:
    (call,) = told_of(studio.genesys_calls(*lasting(50), "--script", SCRIPT))
    (session,) = call["sessions"]
    assert session["discarded"] == [[start * SAMPLES, frames * SAMPLES] for start, frames in MISSING]
    agreed(ended(studio, call), session)


def test_a_pause_that_the_gateway_asks_for_is_known_to_the_sample(studio: Studio) -> None:
    script = "sent 10, language fr-FR, sent 60, language en-GB, sent 5, paused 3"
    (call,) = told_of(studio.genesys_calls(*lasting(90), "--language", "en-US", "--script", script))
    (session,) = call["sessions"]
    shown = ended(studio, call)
    agreed(shown, session)
    (asked, _), (own, frames) = session["discarded"]
    assert (asked >= 10 * SAMPLES, own, frames) == (True, 75 * SAMPLES, 3 * SAMPLES)
    assert [entry["asked"] for entry in entries(shown, "paused")] == [True, False]
    assert len(entries(shown, "resumed")) == 2
    assert [entry["language"] for entry in entries(shown, "language.unsupported")] == ["fr-FR"]


def test_a_pause_of_both_sides_is_over_with_the_last_of_them(studio: Studio) -> None:
    script = "sent 10, language fr-FR, sent 60, paused 5, language en-GB, paused 60, sent 5"
    (call,) = told_of(studio.genesys_calls(*lasting(145), "--language", "en-US", "--script", script))
    (session,) = call["sessions"]
    shown = ended(studio, call)
    agreed(shown, session)
    ((start, samples),) = session["discarded"]
    assert (start >= 10 * SAMPLES, start + samples) == (True, 135 * SAMPLES)
    assert [entry["asked"] for entry in entries(shown, "paused")] == [True, True, False]


def test_a_call_in_a_language_that_is_not_served_begins_paused_until_it_changes(studio: Studio) -> None:
    script = "sent 5, paused 3, sent 2, language en, sent 5"
    (call,) = told_of(studio.genesys_calls(*lasting(50), "--language", "fr-FR", "--script", script))
    (session,) = call["sessions"]
    agreed(ended(studio, call), session)
    ((start, samples),) = session["discarded"]
    assert (start, samples >= 10 * SAMPLES) == (0, True)


def test_a_connection_that_breaks_goes_on_in_a_stream_that_knows_where_it_is(studio: Studio) -> None:
    script = "sent 20, lost 1, sent 10, dropped 1, sent 4, paused 2"
    options = (*lasting(50), "--reconnect", "--offered-s", "0.4", "--script", script)
    (call,) = told_of(studio.genesys_calls(*options))
    first, second = call["sessions"]
    later = ended(studio, call)
    earlier = studio.wire.call("stream.show", stream_id=later["others"][0])
    agreed(earlier, first)
    agreed(later, second)
    assert (first["ends"], second["ends"]) == (31 * SAMPLES, 50 * SAMPLES)
    assert 0 < second["begins"] < first["ends"], "what is offered again begins in what was heard already"
    (begun,) = entries(later, "session")
    assert (begun["continues"], begun["attempt"]) == ([first["id"]], 1)
    assert earlier["code"] == 1006


def test_a_call_whose_worker_is_killed_goes_on_with_another(studio: Studio) -> None:
    calling = studio.genesys_calls(*lasting(200), "--reconnect")
    opened = studio.event("stream.opened")
    worker = studio.show(opened["conversation_id"])["worker"]
    os.kill(int(studio.wire.call("actor.show", name=worker)["facts"]["pid"]), signal.SIGKILL)
    (call,) = told_of(calling)
    first, second = call["sessions"]
    later = ended(studio, call)
    agreed(later, second)
    assert (second["begins"], second["ends"]) == (0, 200 * SAMPLES)
    assert entries(later, "session")[0]["continues"] == [first["id"]]
    assert "was lost" in studio.wire.call("stream.show", stream_id=opened["stream_id"])["reason"]


def lasting(frames: int) -> tuple[str, ...]:
    """Options for a call of so many frames."""
    return "--frame-ms", "17", "--duration", str(frames * 0.017)


def ended(studio: Studio, call: dict[str, Any]) -> dict[str, Any]:
    """The newest stream of the call, once it has ended."""
    sessions = len(call["sessions"])
    return studio.until(
        call["conversation_id"], lambda shown: shown["state"] == "ended" and len(shown["others"]) == sessions - 1
    )


def agreed(shown: dict[str, Any], session: dict[str, Any]) -> None:
    """What the gateway knows of the stream is what its client counted."""
    holes = [(start, start + samples) for start, samples in session["discarded"]]
    assert (shown["frames"], shown["gaps"], shown["dropped"]) == (session["frames"], len(holes), 0)
    told = entries(shown, "discarded")
    assert [(hole["expected"], hole["got"]) for hole in told if "expected" in hole] == holes
    spans = [(samples_of(hole["start"]), samples_of(hole["discarded"])) for hole in told if "start" in hole]
    assert [(start, start + samples) for start, samples in spans] == holes
    assert samples_of(entries(shown, "session")[0]["position"]) == session["begins"]
    assert not entries(shown, "positions"), "no position disagreed with ours"


def entries(shown: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """Of the time line."""
    return [entry for entry in shown["timeline"] if entry["what"] == what]
