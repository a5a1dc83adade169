"""Whose audio a stream's chunks are, in the transcription service's words."""

from media.call import Facts
from media.transcription.chunks import ChunkEncoder, Encoder, TurnEncoder


def encoder_of(facts: Facts) -> Encoder:
    """What encodes the chunks of a stream: with its participant_id, or with its voices' by turns."""
    encoders = [
        ChunkEncoder(
            conversation_id=facts.conversation_id,
            participant_id=voice,
            audio_format=facts.codec,
            sample_rate_hz=facts.sample_rate_hz,
        )
        for voice in facts.voices or (facts.participant_id,)
    ]
    return encoders[0] if len(encoders) == 1 else TurnEncoder(encoders)
