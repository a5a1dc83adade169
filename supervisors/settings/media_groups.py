"""The limits of the audio plane, by group. Source: contracts 4; 7.11."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from messages.media import AudioHookPlan
from rules.known_languages import unusable
from supervisors.settings.groups import MIB, Group
from supervisors.settings.values import Authority, LanguageTags, Origins, QueueLanguages


class Media(Group):
    """Calls' audio, as Genesys sends it. Source: contracts 4."""

    workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Processes that take calls, on one port; 0 is one for each core.",
    )
    max_calls: int = Field(default=4_000, ge=1, le=100_000, description="Calls that one process takes.")
    max_frame_bytes: int = Field(default=64 * 1024, ge=1_024, le=MIB, description="Largest frame that is read.")
    max_malformed: int = Field(
        default=25, ge=1, le=10_000, description="Malformed frames in a row after which a call is closed."
    )
    ping_every_s: float = Field(default=15.0, ge=0.5, le=3_600, description="Silence after which a call is pinged.")
    idle_s: float = Field(
        default=60.0, ge=1, le=86_400, validate_default=True, description="Silence after which a call is closed."
    )
    drain_s: float = Field(
        default=30.0, ge=0, le=3_600, description="How long calls may go on, at most, when the gateway drains."
    )
    origins: Origins = Field(default=(), description="Origins that a browser may send; no Origin is always allowed.")
    introspect: Literal["off", "on"] = Field(
        default="off", description="Whether a bearer that is no key may be an access token that Genesys knows."
    )
    authority: Authority = Field(
        default="", description="Public host that AudioHook's signatures cover, where a proxy is in front."
    )
    stereo: Literal["streams", "tagged"] = Field(
        default="streams",
        description="Whether the channels of a call go to the transcription service as two streams, or as one.",
    )
    supported_languages: LanguageTags = Field(
        default=(),
        description="Languages that AudioHook is told of, and in which calls are heard; empty: none are told, all are "
        "heard.",
    )
    cert_file: Path | None = Field(default=None, description="PEM certificate, to serve wss without a proxy.")
    key_file: Path | None = Field(default=None, validate_default=True, description="PEM key of that certificate.")
    record_dir: Path | None = Field(
        default=None, description="Directory to record calls to. Nothing is recorded where it is not set."
    )
    record_format: Literal["wav", "flac"] = Field(default="wav", description="Format of those recordings.")
    native: Literal["off", "on"] = Field(
        default="on", description="Whether audio is read by the compiled kernel, where `make native` has built one."
    )
    tail: int = Field(default=20, ge=0, le=1_000, description="Lines of transcript kept of a stream, in memory only.")
    timeline: int = Field(default=100, ge=0, le=10_000, description="Entries kept of a stream's time line.")

    @field_validator("key_file")
    @classmethod
    def _with_its_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        return pair(value, info)

    @field_validator("idle_s")
    @classmethod
    def _after_a_ping(cls, value: float, info: ValidationInfo) -> float:
        every_s = info.data.get("ping_every_s", 0.0)
        if value <= every_s:
            raise ValueError(f"{value:g} s is not longer than the {every_s:g} s after which a call is pinged")
        return value


class AudioHook(Group):
    """Sessions of AudioHook, beside what holds for all calls. Source: genesys-platform 3.7 to 3.9."""

    channels: Literal["both", "customer"] = Field(
        default="both", description="Whether both channels are taken where they are offered, or the customer's alone."
    )
    events: Literal["off", "on"] = Field(default="on", description="Whether transcripts go back to Genesys.")
    messages_per_s: int = Field(
        default=5, ge=1, le=1_000, description="Messages to Genesys, of events and of audio each, that it takes."
    )
    messages_burst: int = Field(default=25, ge=1, le=1_000, description="The same, at once after a pause.")
    max_audio_bytes: int = Field(
        default=MIB, ge=1_600, le=16 * MIB, description="Largest frame of audio; what came before the session is one."
    )
    max_playback_bytes: int = Field(
        default=1_920_000, ge=1_600, le=64 * MIB, description="Audio of a session that waits to be played, at most."
    )
    open_s: float = Field(default=15.0, ge=0.1, le=600, description="Wait for the first message of a session.")
    close_s: float = Field(default=8.0, ge=0, le=60, description="Wait for the last transcripts; Genesys waits 10 s.")
    guard_s: float = Field(
        default=30.0, ge=0.1, le=600, description="Wait for Genesys to close a connection, once all is said."
    )

    def plan(self) -> AudioHookPlan:
        """The same, as a worker is told."""
        return AudioHookPlan(
            stereo=self.channels == "both",
            events=self.events == "on",
            messages_per_s=self.messages_per_s,
            messages_burst=self.messages_burst,
            max_audio_bytes=self.max_audio_bytes,
            max_playback_bytes=self.max_playback_bytes,
            open_s=self.open_s,
            close_s=self.close_s,
            guard_s=self.guard_s,
        )


class Transcription(Group):
    """The way to the transcription service. Source: contracts 4."""

    transport: Literal["lean", "grpcio"] = Field(default="lean", description="Which gRPC client is used.")
    tls: Literal["off", "on"] = Field(default="off", description="Whether the connection is encrypted.")
    ca_file: Path | None = Field(default=None, description="PEM file of the authorities to trust, not the system's.")
    cert_file: Path | None = Field(default=None, description="PEM certificate to show to the service.")
    key_file: Path | None = Field(default=None, validate_default=True, description="PEM key of that certificate.")
    connect_s: float = Field(default=5.0, ge=0.1, le=120, description="Wait for a connection.")
    health_every_s: float = Field(default=10.0, ge=0.5, le=3_600, description="Time between two health checks.")
    retry_min_s: float = Field(default=0.2, ge=0.01, le=60, description="First delay before a stream is opened anew.")
    retry_max_s: float = Field(
        default=10.0, ge=0.01, le=600, validate_default=True, description="Longest delay before that."
    )
    give_up_s: float = Field(
        default=120.0, ge=1, le=86_400, description="Time without the service after which a stream has ended."
    )
    replay_s: float = Field(
        default=30.0, ge=0, le=600, description="Audio kept until a result acknowledges it, to be sent anew."
    )
    replay_bytes: int = Field(
        default=512 * 1024,
        ge=0,
        le=64 * MIB,
        description="The same, at most, for each stream; a frame counts as 64 bytes at least.",
    )
    drain_s: float = Field(default=5.0, ge=0, le=120, description="Wait for the last results once a call has ended.")

    @field_validator("key_file")
    @classmethod
    def _with_its_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        return pair(value, info)

    @field_validator("ca_file", "cert_file")
    @classmethod
    def _for_tls(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("tls") == "off":
            raise ValueError("it is of no use while SWITCHBOARD_TRANSCRIPTION__TLS is off")
        return value

    @field_validator("retry_max_s")
    @classmethod
    def _not_before_the_first(cls, value: float, info: ValidationInfo) -> float:
        first_s = info.data.get("retry_min_s", value)
        if value < first_s:
            raise ValueError(f"{value:g} s is shorter than the first delay of {first_s:g} s")
        return value


class Language(Group):
    """What language a call is in, beside what it declares itself."""

    attribute: str = Field(
        default="language",
        min_length=1,
        max_length=128,
        description="The participant's attribute in Genesys that names the language it speaks; `off`: none does.",
    )
    queues: QueueLanguages = Field(
        default=(), description="Languages of queues, by the queue's id or name; an attribute counts before them."
    )
    text: Literal["off", "on"] = Field(default="on", description="Whether transcripts are evidence.")
    model: Path | None = Field(
        default=None, description="Directory of a faster-whisper model that listens to the audio; none: nothing does."
    )
    model_deadline_s: float = Field(default=10.0, ge=0.1, le=300, description="Wait for that model.")
    languages: LanguageTags = Field(
        default=(),
        description="Languages that come into question, two at least for transcripts; empty: all that are known "
        "(docs/languages.md).",
    )
    min_confidence: float = Field(
        default=0.6, ge=0, le=1, description="Confidence below which evidence changes nothing."
    )

    @field_validator("languages")
    @classmethod
    def _can_be_found(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        by_text, by_sound = info.data.get("text") != "off", info.data.get("model") is not None
        if wrong := unusable(value, by_text=by_text, by_sound=by_sound):
            raise ValueError(wrong)
        return value


def pair(key_file: Path | None, info: ValidationInfo) -> Path | None:
    """`key_file` if there is a `cert_file` exactly where there is one; ValueError otherwise."""
    if "cert_file" in info.data and (key_file is None) != (info.data["cert_file"] is None):
        raise ValueError("a certificate and its key are set together, or neither is")
    return key_file
