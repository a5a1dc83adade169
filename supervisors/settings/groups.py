"""The limits an operator may set, by group: `SWITCHBOARD_<GROUP>__<NAME>`, or `[group]` in the file."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from supervisors.settings.values import Accounts, Codecs, Level, Scopes, SigningSecrets, Targets

MIB = 1024 * 1024


class Group(BaseModel):
    """What every group keeps to: frozen, no unknown names, and no value in an error's text: it may be a secret."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, loc_by_alias=False, defer_build=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_values(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("true and false are no values here")
        return value


class Transfers(Group):
    """What the gateway takes in a transfer, and how long it may take to answer. Source: contracts 1."""

    max_bandwidth_kbps: int = Field(
        default=128, ge=1, le=1_000_000, description="Most kbit/s of audio and video together."
    )
    codecs: Codecs = Field(
        default=("opus", "g722", "pcmu"), description="Audio codecs, in the order in which they are tried."
    )
    max_fps: int = Field(default=30, ge=1, le=240, description="Most video frames a second.")
    answer_timeout_s: float = Field(
        default=10.0, ge=0.1, le=300, description="Wait for Genesys's answer, per codec tried."
    )
    max_retries: int = Field(
        default=3, ge=0, le=10, description="Repetitions after a rate limit or a broken connection."
    )
    pong_timeout_s: float = Field(
        default=3.0, ge=0.1, le=60, description="Wait for the pong that proves the session alive."
    )


class Rest(Group):
    """Calls of Genesys's HTTP interface."""

    workers: int = Field(
        default=16, ge=1, le=256, description="Calls at the same time; one thread and connection each."
    )
    requests_per_min: int = Field(
        default=300, ge=1, le=1_000_000, description="Calls a minute until Genesys names its limit."
    )
    timeout_s: float = Field(
        default=10.0, ge=0.1, le=300, description="Wait for a connection, and for each part of an answer."
    )
    queue: int = Field(
        default=2_000, ge=1, le=1_000_000, description="Calls that may wait; beyond, orders are told `busy`."
    )
    max_body_bytes: int = Field(default=8 * MIB, ge=1024, le=1024 * MIB, description="Largest answer that is read.")


class Sessions(Group):
    """WebSockets to Genesys."""

    connects_per_s: int = Field(
        default=100, ge=1, le=10_000, description="Handshakes begun in a second, over all sessions."
    )
    connectors: int = Field(default=32, ge=1, le=256, description="Handshakes at the same time; one thread each.")
    handshake_timeout_s: float = Field(default=15.0, ge=0.1, le=120, description="Wait for a connection to be open.")
    ping_every_s: float = Field(default=20.0, ge=0.5, le=3_600, description="Silence after which a session is pinged.")
    pong_timeout_s: float = Field(
        default=10.0, ge=0.1, le=300, description="Wait for the pong; then the session is lost."
    )
    max_frame_bytes: int = Field(default=MIB, ge=1024, le=64 * MIB, description="Largest message that is read.")

    @field_validator("pong_timeout_s")
    @classmethod
    def _before_the_next_ping(cls, value: float, info: ValidationInfo) -> float:
        every_s = info.data.get("ping_every_s", value)
        if value > every_s:
            raise ValueError(f"{value:g} s is longer than the {every_s:g} s between pings")
        return value


class Breaker(Group):
    """Stops sending over a route that keeps failing. Source: contracts 7.1."""

    failures: int = Field(default=5, ge=1, le=1_000, description="Failures in a row that open a route's breaker.")
    reset_s: float = Field(default=30.0, ge=0.1, le=3_600, description="Pause before one call may try the route again.")


class Token(Group):
    """The one OAuth token."""

    scopes: Scopes = Field(
        default=(
            "interaction:transfer",
            "websocket:use",
            "interaction:view",
            "media:playback:write",
            "interaction:read",
            "user:read",
            "conversation:voice:write",
            "conversation:voice:read",
            "webhook:write",
            "interaction:write",
            "agentassist:trigger",
            "agentassist:read",
        ),
        description="Scopes to ask for; the default is what the features of this release need.",
    )


class Tls(Group):
    """Encryption of connections outward; TLS 1.2 at least, certificates always checked."""

    ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities to trust instead of the system's."
    )


class Control(Group):
    """Who may do what over the control socket. The daemon's own user and root are admins. Source: contracts 7.14."""

    viewers: Accounts = Field(default=(), description="Who may look.")
    operators: Accounts = Field(default=(), description="Who may look and give orders.")
    admins: Accounts = Field(default=(), description="Who may also drain, stop and restart.")
    max_clients: int = Field(default=64, ge=1, le=4_096, description="Connections at the same time.")


class Log(Group):
    """What is logged, and where to."""

    level: Level = Field(default="INFO", description="Least severity that is logged.")
    format: Literal["text", "json"] = Field(default="text", description="Lines for people, or one JSON object a line.")
    file: Path | None = Field(default=None, description="File to log to instead of standard error.")


class Drain(Group):
    """Going out of service."""

    timeout_s: float = Field(
        default=30.0, ge=0, le=3_600, description="Wait for open orders; then they are interrupted."
    )


class Audio(Group):
    """The check of an audio file before it is played."""

    preflight: Literal["off", "headers", "full"] = Field(
        default="headers",
        description="How closely a file is looked at: not at all; what it is and how long; how loud it is, too.",
    )
    timeout_s: float = Field(default=5.0, ge=0.1, le=120, description="Wait for one file.")
    max_bytes: int = Field(default=32 * MIB, ge=1024, le=1024 * MIB, description="Largest file that is looked at.")
    fresh_s: float = Field(default=5.0, ge=0, le=3_600, description="How long what was found is not asked again.")
    inspectors: int = Field(default=3, ge=1, le=64, description="Files looked at at the same time.")
    max_lufs: float = Field(default=-14.0, ge=-70, le=0, description="Integrated loudness past which a file is loud.")
    max_true_peak_dbtp: float = Field(default=-1.0, ge=-60, le=6, description="True peak past which a file is loud.")


class Playback(Group):
    """Prompts played into interactions. Source: contracts 2."""

    idle_s: float = Field(
        default=30.0, ge=0, le=3_600, description="How long an event session is kept that no playback needs."
    )


class Barge(Group):
    """Audio injected into calls. Source: contracts 3."""

    consent_attribute: str = Field(
        default="supervision_consent",
        min_length=1,
        max_length=128,
        description="The participant's custom attribute that has to be `true` before any audio is sent.",
    )


class Http(Group):
    """The HTTP door: `/inject`, `/health`, `/metrics`. Source: contracts 3.7."""

    keys: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer keys of callers, `KEY` or `NAME:KEY` with commas between; without any, loopback only.",
    )


class Webhooks(Group):
    """Calls back to the operator's own systems. Source: contracts 7.12."""

    secret: SigningSecrets = Field(
        default=SecretStr(""), description="Signs what is sent; several while they are rotated."
    )
    tries: int = Field(default=8, ge=1, le=50, description="Deliveries tried before a call back is dead.")
    first_delay_s: float = Field(
        default=5.0, ge=0.1, le=3_600, description="Delay before the second try; it grows evenly to the last."
    )
    last_delay_s: float = Field(default=36_000.0, ge=0.1, le=604_800, description="Longest delay between two tries.")
    keep_delivered_days: float = Field(
        default=30.0, ge=0, le=36_500, description="Days until what was delivered is forgotten; the dead stay."
    )

    @field_validator("last_delay_s")
    @classmethod
    def _not_before_the_first(cls, value: float, info: ValidationInfo) -> float:
        first_s = info.data.get("first_delay_s", value)
        if value < first_s:
            raise ValueError(f"{value:g} s is shorter than the first delay of {first_s:g} s")
        return value


class Urls(Group):
    """Where calls back and audio may go besides https to global addresses. Source: contracts 7.10."""

    allow: Targets = Field(default=(), description="Targets that may also be private addresses, or plain http.")


class Assist(Group):
    """Agent Assist. Source: contracts 5."""

    max_in_flight: int = Field(default=50, ge=1, le=10_000, description="Actions at the same time: the tenant's limit.")
    queue: int = Field(default=1_000, ge=1, le=100_000, description="Actions that may wait for a slot.")
    slot_timeout_s: float = Field(default=5.0, ge=0.1, le=300, description="Wait for a slot.")
    action_timeout_s: float = Field(default=30.0, ge=0.1, le=600, description="Wait for the engine's answer.")
    connected_timeout_s: float = Field(default=10.0, ge=0.1, le=120, description="Wait for `connected`.")
    completion: Literal["answer", "fire_and_forget"] = Field(
        default="answer", description="When an action has ended: with the engine's answer, or once it is sent."
    )
    adaptive: Literal["off", "on"] = Field(
        default="off", description="Whether fewer actions are begun while the engine is slow or throttles."
    )
