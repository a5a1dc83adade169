import pytest

from control.demo_audio import SPOKEN, Spoken, words


def call(heard: str, sentence: str = "Please send the invoice.") -> Spoken:
    return Spoken(protocol="tutorial", sentence=sentence, heard=heard, language="en 1.00", frames=100, gaps=0)


@pytest.mark.parametrize(("heard", "understood"), [("send invoice", True), ("the", False), ("", False)])
def test_half_of_the_words_are_enough(heard: str, understood: bool) -> None:
    assert call(heard).understood is understood


def test_words_have_no_capitals_and_no_punctuation() -> None:
    assert words("Guten Tag, ich möchte mein Rendez-vous!") == {"guten", "tag", "ich", "möchte", "mein", "rendez-vous"}


def test_every_file_that_is_spoken_has_its_sentence() -> None:
    files = sorted(SPOKEN.glob("*.wav"))
    assert files
    assert all(words(path.with_suffix(".txt").read_text(encoding="utf-8")) for path in files)
