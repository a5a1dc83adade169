import pytest
from hpack import Decoder, Encoder
from hypothesis import given
from hypothesis import strategies as st

from media.transcription.door import MAX_METADATA_BYTES
from media.transcription.lean import headers
from media.transcription.lean.frames import ErrorCode, PeerError
from media.transcription.status import Status

TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=400)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_blocks_stand_for_themselves(calls: list[tuple[str, str]]) -> None:
    decoder = Decoder()
    for authority, path in calls:
        block = headers.request_block(scheme="https", authority=authority, path=path)
        fields: dict[bytes, bytes] = dict(decoder.decode(block, raw=True))
        assert (fields[b":method"], fields[b":scheme"]) == (b"POST", b"https")
        assert (fields[b":authority"], fields[b":path"]) == (authority.encode(), path.encode())
        assert fields[b"te"] == b"trailers"


@pytest.mark.parametrize(
    ("deadline_s", "expected"), [(0.0001, "1m"), (0.25, "250m"), (99_999.999, "99999999m"), (100_000.0, "100000S")]
)
def test_a_deadline_has_at_most_eight_digits(deadline_s: float, expected: str) -> None:
    assert headers.timeout(deadline_s) == expected


def test_a_block_that_is_none_costs_the_connection() -> None:
    with pytest.raises(PeerError) as caught:
        headers.decoded(Decoder(), b"\xff\xff\xff\xff\xff\xff")
    assert caught.value.code is ErrorCode.COMPRESSION_ERROR


def test_fields_that_are_too_many_are_read_all_the_same_since_the_next_block_builds_on_them() -> None:
    encoder, decoder = Encoder(), Decoder(max_header_list_size=headers.MAX_BLOCK_BYTES)
    large = encoder.encode([("a", "first"), ("b", "x" * MAX_METADATA_BYTES)])
    assert headers.decoded(decoder, large) is None
    assert headers.decoded(decoder, encoder.encode([("a", "first")])) == {b"a": b"first"}


def test_an_answer_that_is_not_grpc_is_none() -> None:
    wrong = headers.refusal({b":status": b"200", b"content-type": b"text/html"})
    assert wrong is not None
    assert wrong.code is Status.UNKNOWN
    assert headers.refusal({b":status": b"200", b"content-type": b"application/grpc+proto"}) is None


def test_an_end_without_a_status_is_unknown() -> None:
    assert headers.end({b"x": b"y"}).code is Status.UNKNOWN


@given(st.integers(0, 2**32 - 1))
def test_every_code_of_a_reset_has_a_status_and_none_is_ok(code: int) -> None:
    assert headers.end_of_reset(code).code is not Status.OK
