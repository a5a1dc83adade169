"""What a language tag is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.languages import MOST_LETTERS, TAG, language_tag, same_language, written


@pytest.mark.parametrize(
    "tag",
    [
        *("en", "de", "yue", "und", "mul", "qaa", "abcd", "abcdefgh"),
        *("en-GB", "es-419", "zh-Hant", "zh-Hant-TW", "zh-cmn-Hans-CN", "sr-Latn-RS"),
        *("sl-rozaj-biske", "de-CH-1901", "ca-valencia", "zh-min-nan", "art-lojban"),
        *("en-a-bbb-x-a-ccc", "de-DE-u-co-phonebk", "x-whatever", "x-a-b", "en-x-US"),
    ],
)
def test_a_tag_is_taken_in_lower_case(tag: str) -> None:
    assert language_tag(tag) == tag.lower()


@pytest.mark.parametrize(
    "text",
    [
        *("", "e", "e1", "english1", "abcdefghi", "12", "-en", "en-", "en--GB", "en_US", "en GB"),
        *("en\n", "\nen", " en", "en\x00", "en/../fr", "../../x", "..%2f", "%00", "en%2f", ".", "..", "en."),
        *("．．", "ｅｎ", "еn", "\u212aa", "de\u017f", "en\u2028"),
        *("a-DE", "de-419-DE", "en-a", "en-x", "x-", "en-abcdefghi", "en-u-", "e" * 4 + "-usus-usus"),
        "en-x" + "-a" * 31,
    ],
)
def test_what_is_no_tag_is_refused(text: str) -> None:
    assert language_tag(text) is None


def test_a_tag_has_no_more_letters_than_a_folder_needs() -> None:
    longest = "en-x" + "-a" * 30
    assert len(longest) == MOST_LETTERS
    assert language_tag(longest) == longest


@given(st.text(max_size=70) | st.from_regex(r"[a-zA-Z0-9_./%-]{1,20}"))
def test_whatever_is_taken_can_stand_in_a_path(text: str) -> None:
    tag = language_tag(text)
    assert tag is None or (set(tag) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and tag == text.lower())


@pytest.mark.parametrize(
    ("tag", "usual"),
    [
        *(("en-gb", "en-GB"), ("ZH-HANT-TW", "zh-Hant-TW"), ("es-419", "es-419"), ("sl-rozaj-biske", "sl-rozaj-biske")),
        *(("de-ch-1901", "de-CH-1901"), ("en-us-x-aa-zzzz", "en-US-x-aa-zzzz"), ("de-u-co-phonebk", "de-u-co-phonebk")),
        *(("x-de-latn", "x-de-latn"), ("iw-il", "he-IL"), ("jw", "jv")),
    ],
)
def test_a_tag_is_written_as_is_usual(tag: str, usual: str) -> None:
    assert written(tag) == usual


@given(st.from_regex(TAG, fullmatch=True))
def test_however_it_is_written_a_tag_stays_a_tag(tag: str) -> None:
    if language_tag(tag) is not None:
        assert language_tag(written(tag)) is not None
        assert written(written(tag)) == written(tag)


@pytest.mark.parametrize(
    ("one", "other"), [("en-GB", "en"), ("nb", "no"), ("iw", "he-IL"), ("id", "ms"), ("zh", "cmn")]
)
def test_these_tags_are_of_one_language(one: str, other: str) -> None:
    assert same_language(one, other)


@pytest.mark.parametrize(("one", "other"), [("en", "de"), ("pt", "es"), ("sv", "da"), ("und", "en")])
def test_these_tags_are_of_two_languages(one: str, other: str) -> None:
    assert not same_language(one, other)
