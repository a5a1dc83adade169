import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.transcription.lean.messages import MessageError, MessageReader
from media.transcription.status import Status


def prefixed(message: bytes, compressed: int = 0) -> bytes:
    return bytes((compressed,)) + len(message).to_bytes(4, "big") + message


@given(st.lists(st.binary(max_size=50), max_size=10), st.lists(st.integers(0, 500), max_size=20))
def test_messages_are_the_same_however_they_were_chopped(sent: list[bytes], cuts: list[int]) -> None:
    data = b"".join(map(prefixed, sent))
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = MessageReader()
    heard = [each for start, end in itertools.pairwise(edges) for each in reader.messages(data[start:end])]
    assert heard == sent
    assert not reader.within


def test_knows_that_a_message_has_begun() -> None:
    reader = MessageReader()
    assert list(reader.messages(b"\x00")) == []
    assert reader.within


def test_a_message_over_the_limit_is_refused_at_its_prefix() -> None:
    reader = MessageReader(limit=10)
    assert list(reader.messages(prefixed(b"x" * 10))) == [b"x" * 10]
    with pytest.raises(MessageError) as caught:
        list(reader.messages(b"\x00\x00\x00\x00\x0b"))
    assert caught.value.status is Status.RESOURCE_EXHAUSTED


def test_a_compressed_message_is_refused() -> None:
    with pytest.raises(MessageError) as caught:
        list(MessageReader().messages(prefixed(b"x", compressed=1)))
    assert caught.value.status is Status.INTERNAL
