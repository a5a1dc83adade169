"""Whose audio a chunk is."""

from media.call import Facts
from media.transcription.transcription_pb2 import AudioChunk
from media.voices import encoder_of


def facts(*voices: str) -> Facts:
    return Facts(
        conversation_id="conversation-1",
        participant_id="participant-1",
        protocol="audiohook",
        codec="PCMU",
        sample_rate_hz=8000,
        voices=voices,
    )


def chunk(message: bytes) -> AudioChunk:
    return AudioChunk.FromString(message)


def test_a_stream_of_one_is_its_participants() -> None:
    assert chunk(encoder_of(facts()).chunk(0, b"a")).participant_id == "participant-1"


def test_a_channels_stream_is_its_voices() -> None:
    sent = chunk(encoder_of(facts("participant-1:internal")).chunk(5, b"a"))
    assert (sent.participant_id, sent.audio_format, sent.sample_rate) == ("participant-1:internal", "PCMU", 8000)


def test_voices_take_turns_from_the_first_chunk_on() -> None:
    encoder = encoder_of(facts("one", "other"))
    encoder.tag("de-DE")
    sent = [chunk(encoder.chunk(number, b"a")) for number in range(1, 5)]
    assert [each.participant_id for each in sent] == ["one", "other", "one", "other"]
    assert {each.language_code for each in sent} == {"de-DE"}
