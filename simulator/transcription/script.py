"""What the service says and when, unless a recogniser listens: scripts by conversation and participant. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.forms import BadInput, Field, Form, number, one_of, problems, text, whole

SILENCE, REPEAT, NUMBERS = "silence", "repeat", "numbers"
BYTES_PER_SAMPLE = {"PCMU": 1, "PCMA": 1, "L16": 2}
"""By `audio_format`; what is none of them counts as one byte a sample. Source: RFC 3551 section 4.5."""
SCRIPT: Form = {
    "conversation_id": text(),
    "participant_id": text(),
    "texts": Field("a list of texts, or of objects with text and confidence", lambda given: isinstance(given, list)),
    "every_chunks": whole(1, 1_000_000),
    "every_s": number(0.001, 3_600),
    "then": one_of(SILENCE, REPEAT, NUMBERS),
}
LINE: Form = {
    "text": Field("a text", lambda given: isinstance(given, str), required=True),
    "confidence": Field("a text, for example 0.93", lambda given: isinstance(given, str)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one result says; `confidence` as it goes out in language_confidence."""

    text: str
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptScript:
    """A result each `every_chunks` or each `every_s` of audio; `texts` one after the other, then what `then` says.

    `numbers`: which chunks were heard; `silence`: results without a text, that acknowledge; `repeat`: from the start.
    """

    conversation_id: str | None = None
    participant_id: str | None = None
    texts: tuple[Line, ...] = ()
    every_chunks: int | None = 50
    every_s: float | None = None
    then: str = NUMBERS

    def fits(self, conversation_id: str, participant_id: str) -> bool:
        return self.conversation_id in (None, conversation_id) and self.participant_id in (None, participant_id)

    def due(self, chunks: int, seconds: float) -> bool:
        """Whether it is time for a result, so many chunks and so much audio after the last one."""
        if self.every_s is not None:
            return seconds >= self.every_s - 1e-9
        return self.every_chunks is not None and chunks >= self.every_chunks

    def line(self, said: int, first: int, last: int) -> Line:
        """What the result after `said` others says of the chunks `first` to `last`."""
        if said < len(self.texts):
            return self.texts[said]
        if self.then == REPEAT and self.texts:
            return self.texts[said % len(self.texts)]
        return Line(text=f"chunks {first} to {last}" if self.then == NUMBERS else "")


DEFAULT = TranscriptScript()


def chosen(scripts: Sequence[TranscriptScript], conversation_id: str, participant_id: str) -> TranscriptScript:
    """The first script that fits; DEFAULT when none does."""
    return next((script for script in scripts if script.fits(conversation_id, participant_id)), DEFAULT)


def read_scripts(given: Any) -> tuple[TranscriptScript, ...]:
    """One script, a list of them, or an object with such a list under `scripts`; BadInput names every problem."""
    if isinstance(given, dict) and set(given) == {"scripts"}:
        given = given["scripts"]
    entries: list[Any] = given if isinstance(given, list) else [given]
    numbered = len(entries) > 1
    wrong = [line for at, entry in enumerate(entries) for line in _wrong(entry, f"scripts[{at}]." if numbered else "")]
    if wrong:
        raise BadInput(wrong)
    return tuple(_script(entry) for entry in entries)


def script_row(script: TranscriptScript) -> dict[str, Any]:
    """A script as it can be given again."""
    whole_row = {
        "conversation_id": script.conversation_id,
        "participant_id": script.participant_id,
        "texts": [{"text": line.text, "confidence": line.confidence} for line in script.texts],
        "every_chunks": script.every_chunks,
        "every_s": script.every_s,
        "then": script.then,
    }
    return {name: value for name, value in whole_row.items() if value is not None}


def audio_s(size_bytes: int, audio_format: str, sample_rate: int) -> float:
    """How long so much audio is; 0 when its rate is not known."""
    samples = size_bytes / BYTES_PER_SAMPLE.get(audio_format.upper(), 1)
    return samples / sample_rate if sample_rate > 0 else 0.0


def _wrong(entry: Any, where: str) -> list[str]:
    found = problems(entry, SCRIPT, where)
    if found:
        return found
    if "every_chunks" in entry and "every_s" in entry:
        found.append(f"{where}every_s: leave one of every_chunks and every_s out")
    lines = [(f"{where}texts[{at}].", _as_line(line)) for at, line in enumerate(entry.get("texts", []))]
    return found + [line for place, each in lines for line in problems(each, LINE, place)]


def _as_line(given: Any) -> Any:
    return {"text": given} if isinstance(given, str) else given


def _script(entry: dict[str, Any]) -> TranscriptScript:
    lines = tuple(Line(**_as_line(line)) for line in entry.get("texts", []))
    every_s = entry.get("every_s")
    return TranscriptScript(
        conversation_id=entry.get("conversation_id"),
        participant_id=entry.get("participant_id"),
        texts=lines,
        every_chunks=None if every_s is not None else entry.get("every_chunks", DEFAULT.every_chunks),
        every_s=every_s,
        then=entry.get("then", SILENCE if lines else NUMBERS),
    )
