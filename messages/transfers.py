"""Transfers: the order that moves one interaction's media to another destination."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import ConfigDict

from messages.journal import OpenOrders, OrderRecorded
from messages.orders import CancelOrders, DeadlinePassed, Order, Submit
from messages.rest import CallAnswered
from messages.sessions import FromSession

STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioMatrix:
    """`bandwidth_kbps` in kbit/s, `bit_depth` in bits. Source: seed 000 step 2."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    codec: str = "opus"
    bandwidth_kbps: int = 64
    bit_depth: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMatrix:
    """`fps` in frames a second; `bandwidth_kbps` is optional (0) and counts towards the limit (contracts 7.5)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    codec: str = "h264"
    resolution: str = "1280x720"
    fps: int = 30
    bandwidth_kbps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaMatrix:
    """What is to be transferred; no `video` means audio only."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    audio: AudioMatrix = field(default_factory=AudioMatrix)
    video: VideoMatrix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTransfer(Order):
    """Move one interaction. `participant_id` is for the platform dialect; the tutorial's has no way to name one."""

    kind: ClassVar[str] = "transfer"

    interaction_id: str
    destination_uri: str
    media_matrix: MediaMatrix = field(default_factory=MediaMatrix)
    participant_id: str | None = None

    @property
    def subject(self) -> str:
        """The interaction's id."""
        return self.interaction_id


Meaning = Literal["done", "other_codec", "slow_down", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswer:
    """What Genesys answered to one transfer: its own `status`, and what that means to us.

    `codec` where it says which was agreed on, `attempt` where it says which codec attempt it answers (from 1);
    `retry_after_s` where it asks us to slow down.
    """

    transfer_id: str
    status: str
    meaning: Meaning
    codec: str | None = None
    attempt: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOverdue:
    """A transfer's own alarm: no answer to its last frame within the answer time."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """A transfer's own alarm: its back-off is over."""

    request_id: str


ToTransfers = (
    Submit
    | OrderRecorded
    | OpenOrders
    | CallAnswered
    | FromSession
    | AnswerOverdue
    | TryAgain
    | DeadlinePassed
    | CancelOrders
)
