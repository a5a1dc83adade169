"""Which candidates are of no use to find out what a call speaks, and what is known at all."""

import re
from pathlib import Path

import pytest

from rules.known_languages import BY_SOUND, BY_TEXT, lingua_name, unusable

PAGE = Path(__file__).parents[2] / "docs" / "languages.md"


@pytest.mark.parametrize(
    ("tag", "name"), [("en-GB", "en"), ("no", "nb"), ("iw", "he"), ("zh-Hant-TW", "zh"), ("und", None), ("la", None)]
)
def test_what_lingua_calls_a_language(tag: str, name: str | None) -> None:
    assert lingua_name(tag) == name


def test_every_code_that_can_never_be_found_is_named_with_those_that_can() -> None:
    wrong = unusable(("en", "xx", "tlh"), by_text=True, by_sound=False)
    assert wrong is not None
    said, _, known = wrong.partition("; known are ")
    assert said == "'xx' and 'tlh' can never be found"
    assert set(known.split(", ")) == BY_TEXT


def test_what_only_a_model_hears_may_be_named_beside_two_that_transcripts_tell() -> None:
    assert unusable(("ht", "en", "de"), by_text=True, by_sound=True) is None
    assert "two languages or more" in str(unusable(("ht", "en"), by_text=True, by_sound=True))


@pytest.mark.parametrize("candidates", [("jv",), ("jw", "no"), ("nb", "nn-NO"), ("yue", "cmn"), ("fil",)])
def test_a_model_hears_languages_by_all_their_names(candidates: tuple[str, ...]) -> None:
    assert unusable(candidates, by_text=False, by_sound=True) is None


@pytest.mark.parametrize(("heading", "known"), [("By transcripts", BY_TEXT), ("By a Whisper model", BY_SOUND)])
def test_the_docs_name_them_all(heading: str, known: frozenset[str]) -> None:
    told = PAGE.read_text().partition(f"* {heading}: ")[2].partition(".")[0]
    assert set(re.findall(r"[a-z]+", told)) == known
