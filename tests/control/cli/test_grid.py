"""Tables within the width of a terminal."""

import pytest

from control.cli.grid import folded, grid, letters

HEADS = ("AT", "REQUEST ID", "MS", "DETAIL")
ROWS = [
    ("2026-11-28T17:27:03.692Z", "01a22332-390b-72dc-ae33-2ff4c69808be", "152.948", "transferred with opus"),
    ("2026-11-28T17:27:04.001Z", "r1", "9", ""),
]


def test_what_fits_is_in_one_line_and_numbers_stand_to_the_right() -> None:
    assert grid(HEADS, ROWS, 100) == [
        "AT                        REQUEST ID                                 MS  DETAIL",
        "─" * 94,
        "2026-11-28T17:27:03.692Z  01a22332-390b-72dc-ae33-2ff4c69808be  152.948  transferred with opus",
        "2026-11-28T17:27:04.001Z  r1                                          9",
    ]


def test_texts_and_times_go_on_beneath_before_an_id_is_broken() -> None:
    assert grid(HEADS, ROWS[:1], 73) == [
        "AT             REQUEST ID                                 MS  DETAIL",
        "─" * 73,
        "2026-11-28T    01a22332-390b-72dc-ae33-2ff4c69808be  152.948  transferred",
        "17:27:03.692Z                                                 with opus",
    ]


def test_an_id_is_broken_at_its_marks_where_there_is_no_other_room() -> None:
    lines = grid(HEADS, ROWS[:1], 60)
    assert lines is not None
    assert [line[15:34].rstrip() for line in lines[2:]] == ["01a22332-390b-72dc-", "ae33-2ff4c69808be"]


def test_there_is_no_table_where_not_even_the_words_fit() -> None:
    assert grid(HEADS, ROWS, 40) is None


@pytest.mark.parametrize("room", range(50, 110))
def test_no_line_is_wider_than_the_room_and_nothing_is_lost(room: int) -> None:
    lines = grid(HEADS, ROWS, room)
    assert lines is not None
    assert max(map(len, lines)) <= room
    assert sorted("".join("".join(lines[2:]).split())) == sorted("".join("".join(map("".join, ROWS)).split()))


def test_columns_that_hold_nothing_are_left_out() -> None:
    assert grid(("A", "B", "C"), [("x", "", "1"), ("y", "", "2")], 80) == ["A  C", "────", "x  1", "y  2"]


def test_branches_of_a_tree_keep_their_place() -> None:
    assert grid(("ACTOR",), [("root",), ("  webhooks.pool",)], 80) == ["ACTOR", "─" * 15, "root", "  webhooks.pool"]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("wss://127.0.0.1:8443/api/v2/websocket", 24, ["wss://127.0.0.1:8443/", "api/v2/websocket"]),
        ("unbreakable", 4, ["unbreakable"]),
        ('{"a": 1, "b": 2}', 10, ['{"a": 1,', '"b": 2}']),
    ],
)
def test_a_text_is_broken_where_it_may_be(text: str, width: int, lines: list[str]) -> None:
    assert folded(text, width) == lines


def test_a_wide_letter_takes_two_places_and_an_accent_none() -> None:
    assert letters("日本") == 4
    assert letters("e\u0301") == 1
    assert grid(("A", "B"), [("日本", "x"), ("abcd", "y")], 80) == ["A     B", "───────", "日本  x", "abcd  y"]
