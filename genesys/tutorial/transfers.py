"""The transfer socket of the tutorial dialect: the frame that asks, and the frames that answer.

Source: seed 000 steps 2 and 3; contracts 1 and 7.2.
"""

from datetime import datetime
from typing import Any

import orjson

from messages.orders import Reason
from messages.transfers import Meaning, MediaMatrix, StartTransfer, TransferAnswer
from rules.catalogue import reason
from rules.retry_after import asked_s

SOCKET_PATH = "/api/v2/websocket"
MEANINGS: dict[str, Meaning] = {
    "codec_negotiated": "done",
    "transfer_initiated": "done",
    "codec_unsupported": "other_codec",
    "rate_limited": "slow_down",
}


def transfer_objections(order: StartTransfer) -> tuple[Reason, ...]:
    """What the frame has no field for: it names an interaction, and nobody in it."""
    return () if order.participant_id is None else (reason("SB-123"),)


def transfer_frame(order: StartTransfer, transfer_id: str, codec: str, attempt: int, at: datetime) -> str:
    """The text frame that asks for `order` with `codec`; `attempt` counts codecs from 1 and is sent from the second on.

    `transfer_id` is the idempotency key: every retry of the same transfer carries the same one.
    """
    frame: dict[str, Any] = {
        "type": "interaction.transfer",
        "id": transfer_id,
        "interaction_id": order.interaction_id,
        "destination_uri": order.destination_uri,
        "media_matrix": _matrix(order.media_matrix, codec),
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z",
        "triggers": {"codec_negotiation": True, "format_verification": True},
    }
    if attempt > 1:
        frame["attempt"] = attempt
    return orjson.dumps(frame).decode()


def read_answer(frame: str | bytes, now: datetime) -> TransferAnswer | None:
    """What `frame` answers, or None when it is no answer to a transfer at all; `now` dates a Retry-After."""
    try:
        told = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict):
        return None
    transfer_id, status, codec, attempt = (told.get(name) for name in ("id", "status", "codec", "attempt"))
    if not isinstance(transfer_id, str) or not isinstance(status, str):
        return None
    return TransferAnswer(
        transfer_id=transfer_id,
        status=status,
        meaning=MEANINGS.get(status, "refused"),
        codec=codec if isinstance(codec, str) else None,
        attempt=attempt if type(attempt) is int else None,
        retry_after_s=asked_s(told.get("retry_after"), now),
    )


def _matrix(matrix: MediaMatrix, codec: str) -> dict[str, Any]:
    audio, video = matrix.audio, matrix.video
    built: dict[str, Any] = {
        "audio": {"codec": codec, "bandwidth_kbps": audio.bandwidth_kbps, "bit_depth": audio.bit_depth}
    }
    if video is not None:
        built["video"] = {"codec": video.codec, "resolution": video.resolution, "fps": video.fps}
        if video.bandwidth_kbps:
            built["video"]["bandwidth_kbps"] = video.bandwidth_kbps
    return built
