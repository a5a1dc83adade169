"""A table within the width of a terminal: cells are broken where they may be, and never within a word. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from unicodedata import combining, east_asian_width

GAP = "  "
AT_WORDS = re.compile(r"(?<=\S\s)|(?<=[,&?])(?=\S)|(?<=[^/]/)(?=[^/])|(?<=\dT)(?=\d\d:)")
AT_MARKS = re.compile(rf"{AT_WORDS.pattern}|(?<=[-_=])")  # ids too, where there is no room for them in one piece
NUMBER = re.compile(r"-?\d+(\.\d+)?%?")

Column = Sequence[str]
"""What a column holds, its head first."""


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[str] | None:
    """The lines of the table, its head and a rule first; None where `room` letters are too few for it.

    Columns that hold nothing are left out, and those of numbers stand to the right.
    """
    columns = [column for column in zip(heads, *rows, strict=True) if any(column[1:])]
    for breaks in (AT_WORDS, AT_MARKS):
        widths = _widths(columns, breaks, room - len(GAP) * (len(columns) - 1))
        if widths is not None:
            return list(_drawn(columns, widths, breaks))
    return None


def folded(text: str, width: int, breaks: re.Pattern[str] = AT_MARKS) -> list[str]:
    """`text` in lines of at most `width` letters, but for a piece that is longer by itself."""
    lines = [""]
    for piece in breaks.split(text):
        if lines[-1] and letters((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def letters(text: str) -> int:
    """How many places `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(letter) in "WF" else not combining(letter) for letter in text)


def _widths(columns: Sequence[Column], breaks: re.Pattern[str], room: int) -> list[int] | None:
    """A width for each; None where there is not enough room.

    What is left over goes, letter by letter, to the column of which most rows would take the most lines.
    """
    widths = [max(letters(piece.rstrip()) for cell in column for piece in breaks.split(cell)) for column in columns]
    whole = [sorted(map(letters, column)) for column in columns]

    def height(place: int) -> tuple[float, float]:
        """How many lines the middle row and the longest take, about."""
        lengths, width = whole[place], widths[place]
        return max(1.0, lengths[len(lengths) // 2] / width), lengths[-1] / width

    if sum(widths) > room:
        return None
    for _ in range(min(room - sum(widths), sum(lengths[-1] for lengths in whole) - sum(widths))):
        widths[max(range(len(widths)), key=height)] += 1
    return widths


def _drawn(columns: Sequence[Column], widths: Sequence[int], breaks: re.Pattern[str]) -> Iterator[str]:
    cells = [[folded(cell, width, breaks) for cell in column] for column, width in zip(columns, widths, strict=True)]
    taken = [max(letters(line) for lines in column for line in lines) for column in cells]
    to_the_right = [all(NUMBER.fullmatch(cell) for cell in column[1:] if cell) for column in columns]
    for number, row in enumerate(zip(*cells, strict=True)):
        for lines in zip_longest(*row, fillvalue=""):
            placed = (_placed(*place) for place in zip(lines, taken, to_the_right, strict=True))
            yield GAP.join(placed).rstrip()
        if number == 0:
            yield "─" * (sum(taken) + len(GAP) * (len(taken) - 1))


def _placed(text: str, width: int, to_the_right: bool) -> str:
    blank = " " * (width - letters(text))
    return blank + text if to_the_right else text + blank
