"""AudioChunk from parts that were encoded beforehand, TranscriptResult with protobuf's own class.

Protobuf takes fields in any order, so what is constant in a call goes first, as one part. Source: protobuf.dev,
"Encoding"; proto/transcription.proto.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from google.protobuf.message import DecodeError

from media.transcription.transcription_pb2 import TranscriptResult

CONVERSATION_ID, PARTICIPANT_ID, AUDIO_DATA, LANGUAGE_CODE, SEQUENCE_NUMBER, SAMPLE_RATE, AUDIO_FORMAT = range(1, 8)
VARINT, LENGTH_DELIMITED = 0, 2
SEQUENCE_KEY = SEQUENCE_NUMBER << 3 | VARINT
MAX_SEQUENCE = 2**31 - 1  # an int32 field

# The bytes of a varint: seven bits each, the lowest first, the highest bit set in all but the last.
_FIRST = [bytes((SEQUENCE_KEY, bits | 0x80)) for bits in range(0x80)]
_MIDDLE = [bytes((bits | 0x80,)) for bits in range(0x80)]
_LAST = [bytes((bits,)) for bits in range(0x80)]

__all__ = ["MAX_SEQUENCE", "ChunkEncoder", "DecodeError", "Encoder", "Result", "TurnEncoder", "decoded"]


class Result(NamedTuple):
    """What the service heard, up to and with the chunk `sequence`; `confidence` in its own words."""

    text: str
    confidence: str
    sequence: int


def decoded(message: bytes) -> Result:
    """The TranscriptResult in `message`; raises DecodeError when it is none."""
    result = TranscriptResult.FromString(message)
    return Result(result.text, result.language_confidence, result.sequence_number)


class Encoder(Protocol):
    """Whoever encodes the AudioChunks of one stream."""

    def tag(self, language: str) -> None:
        """The language of the chunks from now on, BCP 47."""

    def chunk(self, sequence: int, audio: bytes) -> bytes:
        """One encoded AudioChunk."""


class ChunkEncoder:
    """The AudioChunks of one call."""

    __slots__ = ("_call", "_constant", "_head", "_length")

    def __init__(self, *, conversation_id: str, participant_id: str, audio_format: str, sample_rate_hz: int) -> None:
        self._call = (
            _text(CONVERSATION_ID, conversation_id)
            + _text(PARTICIPANT_ID, participant_id)
            + _text(AUDIO_FORMAT, audio_format)
            + _number(SAMPLE_RATE, sample_rate_hz)
        )
        self.tag("und")

    def tag(self, language: str) -> None:
        """The language of the chunks from now on, BCP 47."""
        self._constant = self._call + _text(LANGUAGE_CODE, language)
        self._length = -1

    def chunk(self, sequence: int, audio: bytes) -> bytes:
        """One encoded AudioChunk; `sequence` from 0 to MAX_SEQUENCE."""
        if len(audio) != self._length:
            self._length = len(audio)
            self._head = self._constant + _key(AUDIO_DATA, LENGTH_DELIMITED) + _varint(self._length)
        if 0x80 <= sequence < 0x4000:
            return b"".join((self._head, audio, _FIRST[sequence & 0x7F], _LAST[sequence >> 7]))
        if 0x4000 <= sequence < 0x200000:
            middle = _MIDDLE[sequence >> 7 & 0x7F]
            return b"".join((self._head, audio, _FIRST[sequence & 0x7F], middle, _LAST[sequence >> 14]))
        return b"".join((self._head, audio, bytes((SEQUENCE_KEY,)), _varint(sequence)))


class TurnEncoder:
    """Several voices on one stream by turns: chunk 1 is the first one's, 2 the second's, and so on."""

    __slots__ = ("_encoders",)

    def __init__(self, encoders: Sequence[ChunkEncoder]) -> None:
        self._encoders = tuple(encoders)

    def tag(self, language: str) -> None:
        """The language of all of them from now on, BCP 47."""
        for encoder in self._encoders:
            encoder.tag(language)

    def chunk(self, sequence: int, audio: bytes) -> bytes:
        """One encoded AudioChunk, of whoever's turn it is; `sequence` from 1 to MAX_SEQUENCE."""
        return self._encoders[(sequence - 1) % len(self._encoders)].chunk(sequence, audio)


def _key(number: int, wire_type: int) -> bytes:
    return bytes((number << 3 | wire_type,))


def _text(number: int, value: str) -> bytes:
    encoded = value.encode()
    return _key(number, LENGTH_DELIMITED) + _varint(len(encoded)) + encoded


def _number(number: int, value: int) -> bytes:
    return _key(number, VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
