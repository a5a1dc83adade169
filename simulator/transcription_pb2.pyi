from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class AudioChunk(_message.Message):
    __slots__ = ("conversation_id", "participant_id", "audio_data", "language_code", "sequence_number", "sample_rate", "audio_format")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_ID_FIELD_NUMBER: _ClassVar[int]
    AUDIO_DATA_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_FORMAT_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    participant_id: str
    audio_data: bytes
    language_code: str
    sequence_number: int
    sample_rate: int
    audio_format: str
    def __init__(self, conversation_id: _Optional[str] = ..., participant_id: _Optional[str] = ..., audio_data: _Optional[bytes] = ..., language_code: _Optional[str] = ..., sequence_number: _Optional[int] = ..., sample_rate: _Optional[int] = ..., audio_format: _Optional[str] = ...) -> None: ...

class TranscriptResult(_message.Message):
    __slots__ = ("conversation_id", "text", "language_confidence", "sequence_number")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    text: str
    language_confidence: str
    sequence_number: int
    def __init__(self, conversation_id: _Optional[str] = ..., text: _Optional[str] = ..., language_confidence: _Optional[str] = ..., sequence_number: _Optional[int] = ...) -> None: ...
