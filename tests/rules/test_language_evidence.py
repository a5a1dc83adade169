"""What a stream's language rests on, and what it takes to change it."""

import itertools
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.media import LanguageSource
from rules.language_evidence import OVERTURNED, UNKNOWN, Evidence, LanguageEvidence


def text(tag: str, confidence: float = 0.9, weight: float = 1.0) -> Evidence:
    return Evidence(source="text", tag=tag, confidence=confidence, weight=weight, evidence="40 letters of transcript")


def audio(tag: str, confidence: float = 0.9) -> Evidence:
    return Evidence(source="audio", tag=tag, confidence=confidence)


def declared(tag: str, source: LanguageSource = "call") -> Evidence:
    return Evidence(source=source, tag=tag, confidence=1.0)


def heard(*pieces: Evidence) -> LanguageEvidence:
    evidence = LanguageEvidence()
    for piece in pieces:
        evidence.hear(piece)
    return evidence


def tag_after(*pieces: Evidence) -> str:
    return heard(*pieces).standing.tag


def test_nothing_is_known_until_there_is_evidence() -> None:
    assert LanguageEvidence().standing == UNKNOWN
    assert UNKNOWN.tag == "und"
    assert UNKNOWN.confidence == 0


def test_one_sure_sentence_ends_not_knowing() -> None:
    standing = LanguageEvidence().hear(text("es"))
    assert standing is not None
    assert (standing.tag, standing.source, standing.confidence) == ("es", "text", 0.9)
    assert standing.evidence == "40 letters of transcript"


def test_evidence_that_is_not_sure_enough_is_none() -> None:
    assert tag_after(*[text("es", confidence=0.59)] * 20) == "und"


def test_a_few_words_are_not_enough_but_add_up() -> None:
    few = text("es", weight=0.3)
    assert tag_after(few) == "und"
    assert tag_after(few, few) == "es"


@pytest.mark.parametrize("tag", ["und", "mul", "zxx", "mis", "", "en_GB", "not a tag", "../../x"])
def test_what_names_no_language_is_no_evidence(tag: str) -> None:
    assert tag_after(text(tag), declared(tag)) == "und"


def test_a_declaration_counts_at_once_and_is_written_as_is_usual() -> None:
    standing = LanguageEvidence().hear(declared("EN-gb"))
    assert standing is not None
    assert (standing.tag, standing.source, standing.confidence) == ("en-GB", "call", 0.9)


def test_the_region_stays_where_text_agrees_with_the_language() -> None:
    evidence = heard(declared("en-GB"), text("en"), audio("en"))
    assert (evidence.standing.tag, evidence.standing.source) == ("en-GB", "call")
    assert evidence.standing.confidence > 0.95


@pytest.mark.parametrize(
    ("told", "found"), [("no-NO", "nb"), ("nb-NO", "no"), ("zh-HK", "yue"), ("sr-Latn-RS", "hr"), ("fil-PH", "tl")]
)
def test_what_cannot_be_told_apart_by_ear_agrees(told: str, found: str) -> None:
    assert tag_after(declared(told), *[text(found)] * 10) == told


def test_a_declaration_outlives_one_or_two_pieces_against_it() -> None:
    assert tag_after(declared("de-DE"), text("fr"), text("fr")) == "de-DE"


def test_strong_evidence_overturns_a_declaration() -> None:
    evidence = heard(declared("de-DE"), text("fr"), audio("fr"), text("fr"))
    assert (evidence.standing.tag, evidence.standing.source) == ("fr", "text")


def test_one_piece_never_overturns_what_was_observed() -> None:
    assert tag_after(text("en"), text("es", confidence=1.0)) == "en"
    assert tag_after(text("en"), text("es"), text("es")) == "es"


def test_evidence_for_what_stands_takes_away_from_its_rival() -> None:
    assert tag_after(text("en"), text("es"), text("en"), text("es"), text("en")) == "en"


def test_two_rivals_do_not_add_up() -> None:
    assert tag_after(text("en"), text("es"), text("pt"), text("es"), text("pt")) == "en"


def test_contrary_evidence_makes_less_sure_before_it_changes_anything() -> None:
    evidence = heard(text("en"))
    told = evidence.hear(text("es"))
    assert told is not None
    assert told.tag == "en"
    assert told.confidence < 0.8


def test_the_same_again_is_no_news() -> None:
    evidence = heard(text("en", confidence=0.98))
    assert evidence.hear(text("en", confidence=0.98)) is None


def test_the_declared_region_comes_back_with_the_language() -> None:
    assert tag_after(declared("pt-BR"), *[text("es")] * 3, *[text("pt")] * 5) == "pt-BR"


def test_a_new_declaration_takes_over_from_what_was_observed() -> None:
    assert tag_after(declared("de"), *[text("fr")] * 4, declared("it")) == "it"


def test_the_same_declaration_again_is_no_new_evidence() -> None:
    assert tag_after(declared("de"), *[text("fr")] * 4, declared("de")) == "fr"


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        (declared("de", "queue"), declared("fr", "attribute"), "fr"),
        (declared("de", "attribute"), declared("fr", "call"), "fr"),
        (declared("de", "call"), declared("fr", "attribute"), "de"),
        (declared("de", "attribute"), declared("fr", "queue"), "de"),
        (declared("de", "call"), declared("fr", "call"), "fr"),
    ],
)
def test_the_call_is_believed_before_the_participant_and_the_participant_before_the_queue(
    first: Evidence, then: Evidence, stands: str
) -> None:
    assert tag_after(first, then) == stands


CONFIDENCES = st.floats(0.0, 1.0)
PIECES = st.lists(
    st.builds(text, st.sampled_from(["en", "es", "de", "en-GB", "und", "?"]), CONFIDENCES, CONFIDENCES), max_size=80
)


def changes(evidence: LanguageEvidence, pieces: list[Evidence]) -> int:
    tags = [evidence.standing.tag]
    for piece in pieces:
        evidence.hear(piece)
        tags.append(evidence.standing.tag)
    return sum(one != other for one, other in itertools.pairwise(tags))


@given(PIECES)
def test_any_evidence_changes_the_language_only_so_often(pieces: list[Evidence]) -> None:
    strength = sum(piece.strength for piece in pieces)
    assert changes(LanguageEvidence(), pieces) <= 1 + strength / OVERTURNED


@given(PIECES, st.sampled_from(["call", "attribute", "queue"]))
def test_a_change_of_what_was_observed_takes_two_pieces_more_than_the_last(
    pieces: list[Evidence], source: LanguageSource
) -> None:
    evidence = heard(declared("fr", source))
    since = 0
    for piece in pieces:
        before, needed = evidence.standing.tag, evidence.needed
        evidence.hear(piece)
        since += 1
        if evidence.standing.tag != before:
            assert since >= ceil(needed) >= 2
            since = 0


@given(st.floats(0.6, 1.0), st.floats(0.6, 1.0), st.integers(2, 100))
def test_evidence_that_alternates_never_changes_the_language_twice(one: float, other: float, times: int) -> None:
    evidence = heard(text("en", one))
    assert changes(evidence, [text("es", other), text("en", one)] * times) <= 1


@given(PIECES)
def test_a_confidence_is_never_nothing_and_never_everything_once_there_is_evidence(pieces: list[Evidence]) -> None:
    evidence = heard(*pieces)
    standing = evidence.standing
    assert 0 <= standing.confidence <= 1
    assert (standing.source == "none") == (standing.tag == "und") == (standing.confidence == 0)


@given(PIECES)
def test_listeners_hear_of_every_change_of_the_tag(pieces: list[Evidence]) -> None:
    evidence, told = LanguageEvidence(), "und"
    for piece in pieces:
        news = evidence.hear(piece)
        told = news.tag if news else told
        assert told == evidence.standing.tag


@given(st.text(max_size=12), st.floats(0, 1))
def test_no_tag_of_a_stranger_is_too_much(tag: str, confidence: float) -> None:
    heard(declared(tag), text(tag, confidence))
