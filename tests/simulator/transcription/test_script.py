from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.transcription.script import DEFAULT, Line, audio_s, chosen, read_scripts, script_row


def test_reads_texts_with_and_without_confidence() -> None:
    (script,) = read_scripts({"texts": ["Hello.", {"text": "Bye.", "confidence": "0.9"}], "every_s": 2})
    assert script.texts == (Line(text="Hello."), Line(text="Bye.", confidence="0.9"))
    assert (script.every_chunks, script.every_s, script.then) == (None, 2, "silence")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"texts": "Hello."}, "texts: expected a list"),
        ({"every_s": 1, "every_chunks": 5}, "every_s: leave one of every_chunks and every_s out"),
        ({"texts": [5]}, "texts[0]: expected a JSON object"),
        ({"text": ["Hello."]}, "text: not a field here; did you mean texts?"),
        ([{}, {"then": "loop"}], "scripts[1].then: expected one of silence, repeat, numbers"),
    ],
)
def test_says_what_is_wrong(given: Any, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_scripts(given)
    assert any(line.startswith(problem) for line in caught.value.problems), caught.value.problems


def test_the_first_script_that_fits_counts() -> None:
    scripts = read_scripts([{"conversation_id": "a"}, {"participant_id": "agent"}, {"conversation_id": "b"}])
    assert chosen(scripts, "a", "agent") is scripts[0]
    assert chosen(scripts, "b", "agent") is scripts[1]
    assert chosen(scripts, "b", "customer") is scripts[2]
    assert chosen(scripts, "c", "customer") is DEFAULT


@pytest.mark.parametrize(("then", "after"), [("silence", ""), ("repeat", "one"), ("numbers", "chunks 7 to 9")])
def test_what_comes_after_the_texts(then: str, after: str) -> None:
    (script,) = read_scripts({"texts": ["one", "two"], "then": then})
    assert [script.line(said, 7, 9).text for said in range(3)] == ["one", "two", after]


def test_results_are_due_by_chunks_or_by_seconds() -> None:
    by_chunks, by_seconds = read_scripts([{"every_chunks": 3}, {"every_s": 0.06}])
    assert [by_chunks.due(count, 99) for count in (2, 3)] == [False, True]
    assert [by_seconds.due(99, seconds) for seconds in (0.05, 0.02 + 0.02 + 0.02)] == [False, True]


def test_a_script_is_shown_as_it_can_be_given_again() -> None:
    scripts = read_scripts([{"texts": ["Hello."], "every_s": 2, "conversation_id": "a"}, {"every_chunks": 3}])
    assert read_scripts([script_row(script) for script in scripts]) == scripts


@pytest.mark.parametrize(("kind", "size"), [("PCMU", 8000), ("l16", 16000), ("OPUS", 8000)])
def test_audio_has_its_length_by_its_format(kind: str, size: int) -> None:
    assert audio_s(size, kind, 8000) == 1.0


def test_audio_of_no_known_rate_has_no_length() -> None:
    assert audio_s(8000, "PCMU", 0) == 0.0
