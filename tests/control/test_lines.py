"""A stream of bytes cut into lines, however it arrives."""

from hypothesis import given
from hypothesis import strategies as st

from control.lines import Lines


def test_a_line_may_come_in_pieces() -> None:
    lines = Lines()
    assert lines.feed(b'{"a"') == []
    assert lines.partial
    assert lines.feed(b":1}\n") == [b'{"a":1}']
    assert not lines.partial


def test_many_lines_may_come_at_once() -> None:
    assert Lines().feed(b"one\ntwo\r\n\n  \nthree\nfo") == [b"one", b"two", b"three"]


def test_a_line_of_exactly_the_bound_is_taken() -> None:
    assert Lines(4).feed(b"abcd\n") == [b"abcd"]


def test_a_line_over_the_bound_is_told_of_once_and_the_next_one_is_taken() -> None:
    lines = Lines(4)
    assert lines.feed(b"abcde") == []
    assert lines.partial
    assert lines.feed(b"f" * 100) == []
    assert lines.feed(b"g\nnext\n") == [None, b"next"]


def test_holds_no_more_than_the_bound() -> None:
    lines = Lines(4)
    for _ in range(1000):
        assert lines.feed(b"x" * 3) == []
    assert lines.feed(b"\n") == [None]


LINE = st.binary(min_size=1).filter(lambda line: line.strip() == line and b"\n" not in line)


@given(st.lists(LINE), st.integers(1, 7))
def test_how_the_stream_is_cut_makes_no_difference(sent: list[bytes], step: int) -> None:
    stream = b"".join(line + b"\n" for line in sent)
    lines = Lines()
    heard = [line for at in range(0, len(stream), step) for line in lines.feed(stream[at : at + step])]
    assert heard == sent
