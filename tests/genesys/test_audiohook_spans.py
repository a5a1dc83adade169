"""Where in the stream a chunk of audio lies."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from genesys.audiohook_spans import MOST_RUNS, Spans


def stretch(begins: int, ends: int) -> tuple[Fraction, Fraction]:
    return Fraction(begins), Fraction(ends)


def test_a_result_covers_what_came_after_the_one_before() -> None:
    spans = Spans()
    spans.run(1, Fraction(0), 1600)
    assert spans.up_to(2) == stretch(0, 3200)
    assert spans.up_to(5) == stretch(3200, 8000)


def test_what_was_lost_between_is_covered_as_well() -> None:
    spans = Spans()
    spans.run(1, Fraction(0), 100)
    spans.run(3, Fraction(1000), 50)
    assert spans.up_to(4) == stretch(0, 1100)


def test_where_the_clients_count_goes_back_there_is_no_stretch_until_it_goes_on() -> None:
    spans = Spans()
    spans.run(1, 1600, 100)
    spans.run(3, -50, 100)
    assert spans.up_to(2) == (1600, 1800)
    assert spans.up_to(3) is None, "before the session opened"
    spans.run(4, 0, 100)
    assert spans.up_to(4) == (0, 100)
    spans.run(5, 900, 100)
    spans.run(6, 200, 100)
    assert spans.up_to(6) is None, "it would end before it begins"
    assert spans.up_to(7) == (300, 400)


def test_a_run_without_a_chunk_is_forgotten() -> None:
    spans = Spans()
    spans.run(1, Fraction(0), 100)
    spans.run(1, Fraction(500), 50)
    assert spans.up_to(1) == stretch(500, 550)


def test_what_was_told_before_is_not_told_again() -> None:
    spans = Spans()
    spans.run(1, Fraction(0), 100)
    spans.up_to(3)
    assert spans.up_to(3) is None
    assert spans.up_to(2) is None
    assert spans.up_to(4) == stretch(300, 400)


def test_of_what_is_long_gone_nothing_is_known() -> None:
    spans = Spans()
    for number in range(1, MOST_RUNS + 2):
        spans.run(number, Fraction(number), number)
    assert spans.up_to(1) is None
    assert spans.up_to(MOST_RUNS + 1) is not None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=60))
def test_every_chunk_lies_where_the_samples_before_it_end(sizes: list[int]) -> None:
    spans, at, before = Spans(), 0, 0
    for number, size in enumerate(sizes, 1):
        if size != before:
            spans.run(number, Fraction(at), size)
        at, before = at + size, size
    ends = 0
    for number, size in enumerate(sizes, 1):
        assert spans.up_to(number) == stretch(ends, ends + size)
        ends += size
