"""What a stream has said since its language was last asked for."""

from hypothesis import given
from hypothesis import strategies as st

from media.language.collected import LEAST_LETTERS, MOST_SIGNS, Collected, letters


def collected(*texts: str) -> Collected:
    said = Collected()
    for text in texts:
        said.add(text)
    return said


def test_letters_count_and_nothing_else() -> None:
    assert letters("It's 4 p.m., isn't it?") == 11


def test_a_sign_that_writes_a_word_or_a_syllable_counts_for_more() -> None:
    assert letters("四二七") == 9
    assert letters("はい") == 6
    assert letters("네") == 3
    assert letters("да") == 2


def test_texts_are_put_together_until_there_is_enough() -> None:
    said = collected("yes hello")
    assert not said.enough
    said.add("I'd like to cancel my order")
    assert said.enough
    assert said.text == "yes hello I'd like to cancel my order"


def test_a_text_that_goes_on_takes_the_place_of_its_beginning() -> None:
    assert collected("I would", "I would like", "I would like to go").text == "I would like to go"


def test_what_was_evidence_is_not_evidence_again() -> None:
    said = collected("a" * LEAST_LETTERS)
    said.clear()
    assert not said.enough
    assert said.text == ""


def test_the_latest_is_kept() -> None:
    said = collected(*(f"{word} " * 12 for word in ("alpha", "bravo", "charlie", "delta", "echo")))
    assert "echo" in said.text
    assert "alpha" not in said.text


@given(st.lists(st.text(max_size=400), max_size=20))
def test_it_never_keeps_more_than_its_bound(texts: list[str]) -> None:
    said = collected(*texts)
    assert len(said.text.replace(" ", "")) <= MOST_SIGNS
    assert said.enough == (letters(said.text) >= LEAST_LETTERS)


def test_numbers_and_noises_are_not_kept() -> None:
    assert collected("1 2 3", "…", " ").text == ""
