import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.transcription.chunks import MAX_SEQUENCE, ChunkEncoder, DecodeError, Result, TurnEncoder, decoded
from media.transcription.transcription_pb2 import AudioChunk, TranscriptResult

SEQUENCES = st.one_of(st.integers(0, MAX_SEQUENCE), st.sampled_from([0, 127, 128, 16383, 16384, MAX_SEQUENCE]))


@given(
    st.text(max_size=300),
    st.text(max_size=40),
    st.text(max_size=8),
    st.integers(0, 192_000),
    st.lists(st.tuples(SEQUENCES, st.binary(max_size=400), st.text(max_size=12)), max_size=8),
)
def test_protobuf_reads_what_was_put_together(
    conversation: str, participant: str, audio_format: str, rate: int, frames: list[tuple[int, bytes, str]]
) -> None:
    encoder = ChunkEncoder(
        conversation_id=conversation, participant_id=participant, audio_format=audio_format, sample_rate_hz=rate
    )
    for sequence, audio, language in frames:
        encoder.tag(language)
        assert AudioChunk.FromString(encoder.chunk(sequence, audio)) == AudioChunk(
            conversation_id=conversation,
            participant_id=participant,
            audio_format=audio_format,
            sample_rate=rate,
            audio_data=audio,
            language_code=language,
            sequence_number=sequence,
        )


def test_a_call_is_of_no_known_language_until_it_is_tagged() -> None:
    encoder = ChunkEncoder(conversation_id="c", participant_id="p", audio_format="PCMU", sample_rate_hz=8000)
    assert AudioChunk.FromString(encoder.chunk(1, b"a")).language_code == "und"
    encoder.tag("de-CH")
    assert AudioChunk.FromString(encoder.chunk(2, b"a")).language_code == "de-CH"


@given(st.permutations(range(5)), st.text(max_size=20), st.text(max_size=5), st.integers(-(2**31), MAX_SEQUENCE))
def test_a_result_is_read_in_any_order_with_fields_that_nobody_knows(
    order: list[int], text: str, confidence: str, sequence: int
) -> None:
    parts = [
        TranscriptResult(conversation_id="c").SerializeToString(),
        TranscriptResult(text=text).SerializeToString(),
        TranscriptResult(language_confidence=confidence).SerializeToString(),
        TranscriptResult(sequence_number=sequence).SerializeToString(),
        b"\x7a\x03new\xc0\x3e\x05",  # fields 15 and 1000
    ]
    assert decoded(b"".join(parts[index] for index in order)) == Result(text, confidence, sequence)


@pytest.mark.parametrize("message", [b"\xff", b"\x12\x05ab", b"\x12\x02\xff\xfe"])
def test_what_is_no_result_is_told_apart(message: bytes) -> None:
    with pytest.raises(DecodeError):
        decoded(message)


def test_voices_take_turns_from_the_first_chunk_on() -> None:
    voices = [
        ChunkEncoder(conversation_id="c", participant_id=name, audio_format="PCMU", sample_rate_hz=8000)
        for name in ("one", "other")
    ]
    encoder = TurnEncoder(voices)
    encoder.tag("de-DE")
    sent = [AudioChunk.FromString(encoder.chunk(number, b"a")) for number in range(1, 5)]
    assert [each.participant_id for each in sent] == ["one", "other", "one", "other"]
    assert {each.language_code for each in sent} == {"de-DE"}
