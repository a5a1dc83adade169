from hypothesis import given
from hypothesis import strategies as st

from rules.replay import LEAST_BYTES, ReplayBuffer, Span

TWO = 2 * LEAST_BYTES


def buffer(*sequences: int, sent: bool = True, keep_bytes: int = 100 * LEAST_BYTES) -> ReplayBuffer:
    replay = ReplayBuffer(keep_s=30, keep_bytes=keep_bytes)
    for sequence in sequences:
        (replay.keep_sent if sent else replay.keep)(sequence, b"%d" % sequence, 0.0)
    return replay


def rest(replay: ReplayBuffer) -> list[int]:
    """What a new stream would be sent."""
    replay.rewind()
    chunks = []
    while replay.unsent:
        sequence, audio = replay.next()
        assert audio == b"%d" % sequence
        chunks.append(sequence)
        replay.advance()
    return chunks


def test_an_acknowledgement_covers_everything_before_it() -> None:
    replay = buffer(1, 2, 3, 4)
    replay.acknowledge(3)
    assert replay.acknowledged == 3
    assert rest(replay) == [4]


def test_a_number_between_two_chunks_covers_the_lower_one() -> None:
    replay = buffer(10, 20, 30)
    replay.acknowledge(25)
    assert rest(replay) == [30]


def test_an_acknowledgement_of_the_past_changes_nothing() -> None:
    replay = buffer(5, 6)
    replay.acknowledge(5)
    replay.acknowledge(2)
    assert replay.acknowledged == 5
    assert rest(replay) == [6]


def test_numbers_may_step_back_and_what_was_spoken_first_was_heard_first() -> None:
    replay = buffer(7, 8, 1, 2, 3)
    replay.acknowledge(2)
    assert rest(replay) == [3]


def test_what_was_not_sent_cannot_be_acknowledged() -> None:
    replay = buffer(1, 2, sent=False)
    replay.acknowledge(2)
    assert replay.unsent == 2


def test_a_repetition_counts_as_sent_once() -> None:
    replay = buffer(1, 2)
    assert rest(replay) == [1, 2]
    assert replay.sent == 2


def test_unsent_chunks_that_have_to_go_are_dropped_oldest_first() -> None:
    replay = buffer(1, 2, 3, 4, sent=False, keep_bytes=TWO)
    assert replay.take_dropped() == Span(count=2, first=1, last=2)
    assert replay.take_dropped() is None
    assert rest(replay) == [3, 4]


def test_sent_chunks_that_have_to_go_are_only_forgotten_until_the_stream_breaks() -> None:
    replay = buffer(1, 2, 3, 4, keep_bytes=TWO)
    assert replay.take_dropped() is None
    assert replay.rewind() == Span(count=2, first=1, last=2)


def test_an_acknowledgement_settles_what_was_forgotten_before_it() -> None:
    replay = buffer(1, 2, 3, 4, keep_bytes=TWO)
    replay.acknowledge(3)
    assert replay.rewind() is None


def test_chunks_of_a_broken_stream_that_go_before_they_are_sent_again_are_dropped() -> None:
    replay = buffer(1, 2, keep_bytes=TWO)
    replay.rewind()
    replay.keep(3, b"3", 0.0)
    assert replay.take_dropped() == Span(count=1, first=1, last=1)


def test_what_is_too_old_goes_when_the_next_chunk_comes() -> None:
    replay = buffer(1, sent=False)
    replay.keep(2, b"2", 31.0)
    assert replay.take_dropped() == Span(count=1, first=1, last=1)
    assert replay.age_s(32.0) == replay.waited_s(32.0) == 1.0


def test_a_chunk_that_is_larger_than_the_buffer_is_dropped_itself() -> None:
    replay = buffer(10, sent=False, keep_bytes=1)
    assert len(replay) == 0
    assert replay.dropped == 1


def test_what_the_last_stream_has_not_taken_is_dropped_when_there_is_no_other() -> None:
    replay = buffer(1, 2)
    replay.keep(3, b"3", 0.0)
    replay.abandon()
    assert replay.take_dropped() == Span(count=1, first=3, last=3)


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 1_000))
def test_the_bytes_that_are_kept_are_bounded_and_so_are_the_chunks(sizes: list[int], keep_bytes: int) -> None:
    replay = ReplayBuffer(keep_s=30, keep_bytes=keep_bytes)
    for sequence, size in enumerate(sizes):
        replay.keep(sequence, b"x" * size, 0.0)
        assert sum(left(replay)) <= keep_bytes
        assert replay.unsent * LEAST_BYTES <= keep_bytes
    assert replay.dropped + replay.unsent == len(sizes)


@given(st.lists(st.integers(0, 300), max_size=60))
def test_who_has_heard_everything_makes_room_for_as_much_again(sizes: list[int]) -> None:
    replay = ReplayBuffer(keep_s=30, keep_bytes=sum(max(size, LEAST_BYTES) for size in sizes))
    for start in (0, len(sizes)):
        for sequence, size in enumerate(sizes, start):
            replay.keep_sent(sequence, b"x" * size, 0.0)
        assert len(replay) == len(sizes)
        replay.acknowledge(start + len(sizes) - 1)
    assert replay.rewind() is None


def left(replay: ReplayBuffer) -> list[int]:
    """The sizes of what is kept."""
    sizes = []
    while replay.unsent:
        _, audio = replay.next()
        sizes.append(len(audio))
        replay.advance()
    replay.rewind()
    return sizes
