"""Which transfers are sent at all, and with which codec next. Source: seed 000 step 2; contracts 1 and 7."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from messages.orders import Reason
from messages.transfers import MediaMatrix, StartTransfer
from rules.catalogue import reason
from rules.fields import id_objections, shown

SCHEMES = ("genesys", "sip", "sips", "tel")
MAX_URI_LETTERS = 2048  # longer ones are no address of anybody
URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")  # RFC 3986 section 2
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
    participant = {} if order.participant_id is None else {"participant_id": order.participant_id}
    return id_objections(order, interaction_id=order.interaction_id, **participant)


def _destination_objections(uri: str) -> Iterator[Reason]:
    """None of them shows the URI: it may carry a password."""
    if not uri:
        yield reason("SB-102", "destination_uri is empty")
    elif len(uri) > MAX_URI_LETTERS:
        yield reason("SB-102", f"destination_uri has {len(uri)} letters: {MAX_URI_LETTERS} are the most")
    elif URI.fullmatch(uri) is None:
        yield reason("SB-102", "destination_uri has white space or other letters in it that no URI may have")
    else:
        yield from _address_objections(uri)


def _address_objections(uri: str) -> Iterator[Reason]:
    try:
        parts = urlsplit(uri)
    except ValueError:
        yield reason("SB-102", "destination_uri is no URI: its brackets hold no address")
        return
    if parts.scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        yield reason("SB-102", f"the scheme of destination_uri is {shown(parts.scheme)}, not one of {known}")
    elif not (parts.netloc or parts.path).strip("/"):
        yield reason("SB-102", "destination_uri names nobody")
    elif ":" in (parts.netloc or parts.path).rpartition("@")[0]:
        yield reason("SB-102", "destination_uri carries a password")


def _media_objections(matrix: MediaMatrix, limits: GatewayLimits) -> Iterator[Reason]:
    audio, video = matrix.audio, matrix.video
    if audio.codec not in limits.codecs:
        yield reason("SB-103", f"codec {shown(audio.codec)} is not one of {', '.join(limits.codecs)}")
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
