"""Durations of AudioHook are exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.audiohook_durations import read_duration, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT0S", 0), ("PT1.5S", Fraction(3, 2)), ("PT.25S", Fraction(1, 4)), ("PT007.000125S", 7 + Fraction(1, 8000))],
)
def test_reads_what_the_grammar_allows(text: str, seconds: Fraction) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PT",
        "PTS",
        "PT1.S",
        "PT-1S",
        "PT1,5S",
        "PT1M",
        "P1S",
        "pt1s",
        "PT1S ",
        "PT1S\n",
        "PT١S",
        "PT" + "9" * 13 + "S",
        "PT" + "9" * 13 + ".5S",
        "PT1." + "9" * 60 + "S",
    ],
)
def test_nothing_else_is_a_duration(text: str) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize("value", [None, 1, 1.5, ["PT1S"], {"PT1S": 1}, True])
def test_only_text_is_a_duration(value: object) -> None:
    assert read_duration(value) is None


@given(st.integers(min_value=0, max_value=8000 * 86_400 * 30))
def test_every_number_of_samples_survives_both_ways(samples: int) -> None:
    assert read_duration(write_duration(Fraction(samples, 8000))) == Fraction(samples, 8000)


@given(st.from_regex(r"PT(?:[0-9]{0,9}\.)?[0-9]{1,12}S", fullmatch=True))
def test_every_duration_survives_both_ways(text: str) -> None:
    seconds = read_duration(text)
    assert seconds is not None
    assert read_duration(write_duration(seconds)) == seconds


def test_writes_no_more_digits_than_it_takes() -> None:
    assert write_duration(Fraction(1, 8000)) == "PT0.000125S"
    assert write_duration(Fraction(12)) == "PT12S"


@pytest.mark.parametrize("seconds", [Fraction(-1), Fraction(1, 3)])
def test_refuses_what_no_duration_can_say(seconds: Fraction) -> None:
    with pytest.raises(ValueError, match=r"seconds in parts|below zero"):
        write_duration(seconds)
