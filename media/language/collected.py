"""What a stream has said since its language was last asked for."""

from unicodedata import name

MOST_SIGNS = 240  # the latest are kept; more makes lingua slower and no surer
LEAST_LETTERS = 24  # under it one text in ten is taken for another language
WORD_SIGNS = 3  # letters that one sign of Chinese, Japanese or Korean counts for
WORDY = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def letters(text: str) -> int:
    """How much there is to go by: letters, a sign of a script that writes words or syllables as `WORD_SIGNS`."""
    if text.isascii():
        return sum(map(str.isalpha, text))
    return sum(_worth(sign) for sign in text if sign.isalpha())


class Collected:
    """Transcripts of one stream, the latest `MOST_SIGNS` of them. Evidence takes them away: no text counts twice."""

    __slots__ = ("_letters", "_texts")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._letters = 0

    def add(self, text: str) -> None:
        """Another transcript; one that only goes on where the last one ended replaces it."""
        text = text.strip()[-MOST_SIGNS:]
        worth = letters(text)
        if not worth:
            return
        if self._texts and text.startswith(self._texts[-1]):
            self._drop(-1)
        self._texts.append(text)
        self._letters += worth
        while sum(map(len, self._texts)) > MOST_SIGNS:
            self._drop(0)

    @property
    def enough(self) -> bool:
        """Whether a language can be told from it."""
        return self._letters >= LEAST_LETTERS

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self._texts)

    def clear(self) -> None:
        """It was evidence."""
        self._texts.clear()
        self._letters = 0

    def _drop(self, at: int) -> None:
        self._letters -= letters(self._texts.pop(at))


def _worth(sign: str) -> int:
    return WORD_SIGNS if sign > "\u1100" and name(sign, "").startswith(WORDY) else 1
