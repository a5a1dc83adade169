"""The audio plane: what a worker process is told and tells, over its line, and what is known of a live stream.

On the line every value is one JSON object, `{"type": <class name>, …fields}`: a WorkerEvent up, a WorkerCommand down.
"""

from dataclasses import dataclass, field
from typing import Literal

from messages.base import Json, Recipient

Protocol = Literal["media-api", "audiohook"]
Transport = Literal["lean", "grpcio"]
Stereo = Literal["streams", "tagged"]
DeclaredBy = Literal["attribute", "queue"]
LanguageSource = Literal["none", "call", "attribute", "queue", "text", "audio"]

# --- the plan: the first thing a worker is told ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaKey:
    """Who may send audio: a bearer of /media-api and an API key of AudioHook.

    With `secret` (base64) AudioHook's signatures are required. Source: contracts 7.11.
    """

    key: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """Where transcripts come from: gRPC addresses `host:port`, tried in order; TLS unless `plaintext`."""

    addresses: tuple[str, ...]
    transport: Transport = "lean"
    plaintext: bool = True
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    connect_s: float = 5.0
    health_every_s: float = 10.0
    retry_min_s: float = 0.2
    retry_max_s: float = 10.0
    give_up_s: float = 120.0  # a stream without a service for so long has ended
    replay_s: float = 30.0  # audio kept for a new stream until a result acknowledges it
    replay_bytes: int = 512 * 1024  # a stream
    drain_s: float = 5.0  # wait for the last results after the half-close


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePlan:
    """Where evidence of a call's language comes from, beside what the call declares."""

    languages: tuple[str, ...] = ()  # candidates; empty: all that are known
    text: bool = True
    model: str | None = None  # directory of a faster-whisper model; None: none
    model_deadline_s: float = 10.0
    min_confidence: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """What one worker takes before it refuses, and how long it waits."""

    max_calls: int = 4_000
    max_frame_bytes: int = 64 * 1024
    max_malformed: int = 25  # in a row; then the call is closed with 1007
    ping_every_s: float = 15.0
    idle_s: float = 60.0  # without any frame
    drain_s: float = 30.0
    report_every_s: float = 0.25
    count_every_s: float = 1.0  # for each stream: its counters are the dearest of what is told without end
    tail: int = 20  # lines of transcript kept a stream
    timeline: int = 100  # entries kept a stream


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioHookPlan:
    """What an AudioHook session may do. Rates are theirs, and as uncertain; genesys-platform 3.9."""

    stereo: bool = True  # both channels are chosen where they are offered, else the customer's
    events: bool = True  # transcripts go back to Genesys
    messages_per_s: float = 5.0  # to Genesys, of each kind
    messages_burst: int = 25
    max_audio_bytes: int = 1024 * 1024  # of one binary message: audio from before the session comes at once
    close_s: float = 8.0  # for the last transcripts; the client waits for 10 s
    open_s: float = 15.0  # for the first message; the client sends it at once
    guard_s: float = 30.0  # for the client to close the socket once all is said; its own timers are 10 s
    max_playback_bytes: int = 1_920_000  # that wait to be played: four minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """Everything a worker needs; goes over the line and nowhere else, since it holds keys."""

    worker: int
    host: str
    port: int
    keys: tuple[MediaKey, ...]
    service: ServicePlan
    origins: tuple[str, ...] = ()  # allowed Origin headers; a request without one is always allowed
    introspect: bool = False  # bearers that are no key are asked about: AskBearer
    nonces_descriptor: int | None = None  # inherited: memory that the workers of a gateway share; None: its own
    authority: str | None = None  # the public host that signatures cover, when a proxy is in front
    cert_file: str | None = None  # wss in the worker itself
    key_file: str | None = None
    stereo: Stereo = "streams"
    supported_languages: tuple[str, ...] = ()
    limits: MediaLimits = MediaLimits()
    language: LanguagePlan = LanguagePlan()
    audiohook: AudioHookPlan = AudioHookPlan()
    record_dir: str | None = None
    record_format: Literal["wav", "flac"] = "wav"
    native: bool = True  # read with the compiled kernel, where it was built


# --- what a worker tells ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReady:
    """The worker takes calls. `native`: with the compiled kernel."""

    pid: int
    port: int
    native: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamOpened:
    """A stream has begun. `stream_id` is unique over all workers; `opened_at` RFC 3339 UTC.

    `channel` is AudioHook's (`external`, `internal`), empty for a whole call. `plays`: audio can go back into the call.
    """

    stream_id: str
    conversation_id: str
    participant_id: str
    protocol: Protocol
    codec: str
    sample_rate_hz: int
    opened_at: str
    channel: str = ""
    plays: bool = False
    language: str = "und"
    language_confidence: float = 0.0
    language_source: LanguageSource = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamGap:
    """The sequence was broken: `kind` gap (frames missing), repeat or step_back; `got` came instead of `expected`.

    `dropped`: audio that we had to let go, from `expected` to `got`, because the service was too slow.
    """

    stream_id: str
    kind: Literal["gap", "repeat", "step_back", "dropped", "discarded"]
    expected: int
    got: int
    count: int = 1  # frames concerned


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamLanguage:
    """The stream's language is now `language` (BCP 47, `und`: not known), with this confidence (0 to 1)."""

    stream_id: str
    language: str
    confidence: float
    source: LanguageSource
    evidence: str = ""  # in words, never the transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamTranscript:
    """The service's answer up to frame `sequence`. `text` goes to who looks on, never on record."""

    stream_id: str
    sequence: int
    text: str = field(repr=False)
    confidence: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamNoted:
    """Something for the stream's time line: paused, resumed, dtmf, service.lost, service.back, playback …"""

    stream_id: str
    what: str
    data: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamCounts:
    """The counters of a stream."""

    stream_id: str
    frames: int
    gaps: int
    repeats: int
    malformed: int
    dropped: int
    buffered: int  # chunks that wait for the service
    lag_ms: float  # how long the oldest of those has waited; 0 when none does
    unacknowledged_ms: float  # age of the oldest chunk that no result covers
    jitter_ms: float  # RFC 3550 section 6.4.1, of arrivals
    position_s: float  # of the audio


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamClosed:
    """The stream has ended; `reason` in words, `code` the WebSocket's or 0; the last counters beside it."""

    stream_id: str
    reason: str
    code: int
    counts: AudioStreamCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReport:
    """Told `report_every_s`: how the worker is."""

    calls: int
    frames: int  # since it started
    refused: int  # upgrades refused, since it started
    lost_events: int  # events that the line had no room for
    busy: float  # share of its core since the last report, 0 to 1
    faults: int = 0  # of ours, that ended a call, since it started
    unserved: str = ""  # why no address of the transcription service is well; empty while one is, or nobody knows yet


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStreamsCounted:
    """Told `count_every_s` of each stream, of some at a time: the counters that have changed."""

    counts: tuple[AudioStreamCounts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBearer:
    """Is the bearer of this upgrade a token that Genesys knows? Answered by BearerJudged with the same `number`."""

    number: int
    bearer: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDrained:
    """No call is left; the worker ends by itself after this."""


# --- what a worker is told -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerJudged:
    """Answer to AskBearer."""

    number: int
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainWorker:
    """Turn away calls that come; those there end by themselves or are ended after `within_s`; then WorkerDrained."""

    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeKeys:
    """Judge whoever comes from now on by these keys alone; calls that are up stay up."""

    keys: tuple[MediaKey, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellStreams:
    """Tell AudioStreamOpened anew for every live stream: whoever listens has lost its memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayIntoStream:
    """Audio Connector: play PCMU 8 kHz mono (base64 on the line) into the call; paced by the worker."""

    stream_id: str
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIntoStream:
    """Audio Connector: drop what has not been played yet."""

    stream_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectStream:
    """End the session: AudioHook `disconnect` with these output variables, /media-api close 1000."""

    stream_id: str
    reason: str = "completed"
    output_variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareLanguage:
    """Genesys says which language (BCP 47) is spoken: by an attribute of a participant, or by a queue."""

    stream_id: str
    language: str
    source: DeclaredBy


WorkerEvent = (
    WorkerReady
    | AudioStreamOpened
    | AudioStreamGap
    | AudioStreamLanguage
    | AudioStreamTranscript
    | AudioStreamNoted
    | AudioStreamClosed
    | WorkerReport
    | AudioStreamsCounted
    | AskBearer
    | WorkerDrained
)
ToStream = PlayIntoStream | BargeIntoStream | DisconnectStream | DeclareLanguage
WorkerCommand = BearerJudged | DrainWorker | TakeKeys | TellStreams | ToStream

# --- to TranscriptionActor, from a MediaWorkerActor ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTold:
    """`event` came from the worker whose actor is `worker`."""

    worker: Recipient
    event: WorkerEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLost:
    """The worker process is gone, and every stream it held with it."""

    worker: Recipient
    why: str
