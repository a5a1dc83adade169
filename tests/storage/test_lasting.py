"""Whatever is told in whatever order, each id lasts or does not, and the table says the same."""

from hypothesis import given
from hypothesis import strategies as st

from storage.lasting import LastingWriter

ids = st.sampled_from("abc")
told = st.lists(st.tuples(st.sampled_from(["begin", "end"]), ids))


@given(st.sets(ids), told)
def test_the_rows_make_of_the_table_what_was_told(before: set[str], told: list[tuple[str, str]]) -> None:
    writer, lasts = LastingWriter(before), set(before)
    for what, one in told:
        if what == "begin":
            assert writer.begin(one, ("row",)) == (one not in lasts)
            lasts.add(one)
        else:
            assert writer.end(one) == (one in lasts)
            lasts.discard(one)
    table = before - {one for (one,) in writer.ended()}
    begun = [one for one, _row in writer.begun()]
    assert not table & set(begun)
    assert table | set(begun) == lasts
