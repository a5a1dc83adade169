"""Which transfers are sent at all, and with which codec next. Source: seed 000 step 2; contracts 1 and 7."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from messages.orders import Reason
from messages.transfers import MediaMatrix, StartTransfer
from rules.catalogue import reason
from rules.ids import is_id

SCHEMES = ("genesys", "sip", "sips", "tel")
DEADLINES_S = (0.1, 600.0)  # shorter cannot end well, longer than any call waits


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLimits:
    """What the gateway takes: kbit/s of audio and video together, codecs in order of preference, frames a second."""

    max_bandwidth_kbps: int = 128
    codecs: tuple[str, ...] = ("opus", "g722", "pcmu")
    max_fps: int = 30


def objections(order: StartTransfer, limits: GatewayLimits) -> tuple[Reason, ...]:
    """Every reason to refuse `order`, in field order; empty means it may be sent."""
    return (
        *_id_objections(order),
        *_destination_objections(order.destination_uri),
        *_media_objections(order.media_matrix, limits),
        *deadline_objections(order.deadline_s),
    )


def next_codec(tried: Collection[str], limits: GatewayLimits) -> str | None:
    """The first supported codec that has not been tried, None when there is none left."""
    return next((codec for codec in limits.codecs if codec not in tried), None)


def deadline_objections(deadline_s: float) -> Iterator[Reason]:
    """Objections to an order's deadline, of any kind of order."""
    shortest, longest = DEADLINES_S
    if not shortest <= deadline_s <= longest:
        yield reason("SB-106", f"deadline_s is {deadline_s:g}: it has to be {shortest:g} to {longest:g} seconds")


def _id_objections(order: StartTransfer) -> Iterator[Reason]:
    if not is_id(order.interaction_id):
        yield reason("SB-101", f"interaction_id {_shown(order.interaction_id)} is empty or malformed")
    if order.participant_id is not None and not is_id(order.participant_id):
        yield reason("SB-101", f"participant_id {_shown(order.participant_id)} is empty or malformed")
    if order.request_id and not is_id(order.request_id):
        yield reason("SB-101", f"request_id {_shown(order.request_id)} is malformed")


def _destination_objections(uri: str) -> Iterator[Reason]:
    if not uri:
        yield reason("SB-102", "destination_uri is empty")
        return
    if any(letter.isspace() or not letter.isprintable() for letter in uri):
        yield reason("SB-102", "destination_uri has white space or control characters in it")
        return
    try:
        parts = urlsplit(uri)
    except ValueError:
        yield reason("SB-102", f"destination_uri {_shown(uri)} is no URI")
        return
    if parts.scheme not in SCHEMES:
        yield reason("SB-102", f"destination_uri {_shown(uri)} has none of the schemes {', '.join(SCHEMES)}")
    elif not (parts.netloc or parts.path).strip("/"):
        yield reason("SB-102", f"destination_uri {_shown(uri)} names nobody")
    elif ":" in parts.netloc.rpartition("@")[0] or (not parts.netloc and ":" in parts.path.rpartition("@")[0]):
        yield reason("SB-102", "destination_uri carries a password")


def _media_objections(matrix: MediaMatrix, limits: GatewayLimits) -> Iterator[Reason]:
    audio, video = matrix.audio, matrix.video
    if audio.codec not in limits.codecs:
        yield reason("SB-103", f"codec {_shown(audio.codec)} is not one of {', '.join(limits.codecs)}")
    if audio.bandwidth_kbps <= 0 or audio.bit_depth <= 0:
        yield reason("SB-107", "audio bandwidth_kbps and bit_depth have to be above 0")
    video_kbps = video.bandwidth_kbps if video is not None else 0
    total = audio.bandwidth_kbps + video_kbps
    if total > limits.max_bandwidth_kbps:
        yield reason("SB-104", f"{total} kbps in all is over the gateway's {limits.max_bandwidth_kbps} kbps")
    if video_kbps < 0:
        yield reason("SB-107", "video bandwidth_kbps cannot be negative")
    if video is not None and not 0 < video.fps <= limits.max_fps:
        yield reason("SB-105", f"{video.fps} frames a second is not between 1 and {limits.max_fps}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 64 else text[:61] + "...")
