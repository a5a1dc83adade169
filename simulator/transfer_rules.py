"""What the gateway says to a transfer frame: strictly read, purely decided. Source: contracts 1, seed 000."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from simulator.forms import BadInput, Field, Form, flag, object_of, one_of, problems, read_json, text, whole
from simulator.state import Interaction, Settings

TRANSFERABLE = frozenset({"active", "queued"})
_SCHEMES = frozenset({"genesys", "sip", "sips", "tel"})
_RESOLUTION = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}")


def _is_uuid(given: object) -> bool:
    try:
        return isinstance(given, str) and str(UUID(given)) == given.lower()
    except ValueError:
        return False


def _is_utc(given: object) -> bool:
    try:
        return isinstance(given, str) and given.endswith("Z") and datetime.fromisoformat(given).tzinfo is not None
    except ValueError:
        return False


def _is_destination(given: object) -> bool:
    scheme, colon, rest = given.partition(":") if isinstance(given, str) else ("", "", "")
    return colon == ":" and rest.strip("/") != "" and scheme.lower() in _SCHEMES


def _is_resolution(given: object) -> bool:
    return isinstance(given, str) and _RESOLUTION.fullmatch(given) is not None


_FRAME: Form = {
    "type": one_of("interaction.transfer", required=True),
    "id": Field("a UUID", _is_uuid, required=True),
    "interaction_id": text(required=True),
    "destination_uri": Field("a URI of genesys, sip, sips or tel", _is_destination, required=True),
    "media_matrix": object_of("an object with audio and perhaps video", required=True),
    "timestamp": Field("an RFC 3339 time in UTC with Z", _is_utc, required=True),
    "triggers": object_of("an object with codec_negotiation and format_verification", required=True),
    "attempt": whole(1, 1000),
}
_MATRIX: Form = {
    "audio": object_of("an object with codec, bandwidth_kbps and bit_depth", required=True),
    "video": object_of("an object with codec, resolution and fps"),
}
_AUDIO: Form = {
    "codec": text(required=True),
    "bandwidth_kbps": whole(0, 1_000_000, required=True),
    "bit_depth": whole(1, 64, required=True),
}
_VIDEO: Form = {
    "codec": text(required=True),
    "resolution": Field("a text such as 1280x720", _is_resolution, required=True),
    "fps": whole(1, 1000, required=True),
    "bandwidth_kbps": whole(0, 1_000_000),
}
_TRIGGERS: Form = {"codec_negotiation": flag(required=True), "format_verification": flag(required=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A transfer frame that is well-formed."""

    id: str
    interaction_id: str
    destination_uri: str
    codec: str
    bandwidth_kbps: int
    attempt: int
    negotiate: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer frame, and whether the transfer is carried out because of it."""

    answer: dict[str, Any]
    effect: bool = False


def read_order(raw: bytes) -> Order:
    """The order in a text frame; BadInput names every field that is not as it must be."""
    given = read_json(raw)
    if wrong := _wrong(given):
        raise BadInput(wrong)
    matrix = given["media_matrix"]
    return Order(
        id=given["id"],
        interaction_id=given["interaction_id"],
        destination_uri=given["destination_uri"],
        codec=matrix["audio"]["codec"],
        bandwidth_kbps=matrix["audio"]["bandwidth_kbps"] + matrix.get("video", {}).get("bandwidth_kbps", 0),
        attempt=given.get("attempt", 0),
        negotiate=given["triggers"]["codec_negotiation"],
    )


def _wrong(given: Any) -> list[str]:
    found = problems(given, _FRAME)
    if not isinstance(given, dict):
        return found
    matrix, triggers = given.get("media_matrix"), given.get("triggers")
    if isinstance(triggers, dict):
        found += problems(triggers, _TRIGGERS, "triggers.")
    if isinstance(matrix, dict):
        found += problems(matrix, _MATRIX, "media_matrix.")
        for name, form in (("audio", _AUDIO), ("video", _VIDEO)):
            if isinstance(matrix.get(name), dict):
                found += problems(matrix[name], form, f"media_matrix.{name}.")
    return found


def decide(
    order: Order,
    first_answer: Mapping[str, Any] | None,
    interaction: Interaction | None,
    scopes: frozenset[str] | None,
    settings: Settings,
) -> Verdict:
    """The verdict on `order`; once a transfer had its effect, its `first_answer` again and no second effect."""
    if first_answer is not None:
        return Verdict(dict(first_answer))
    refusal = _refusal(order, interaction, scopes, settings)
    if refusal is not None:
        return Verdict({"id": order.id, "status": refusal, "codec": order.codec})
    status = "codec_negotiated" if order.negotiate else "transfer_initiated"
    return Verdict({"id": order.id, "status": status, "codec": order.codec}, effect=True)


def _refusal(
    order: Order, interaction: Interaction | None, scopes: frozenset[str] | None, settings: Settings
) -> str | None:
    if scopes is not None and "interaction:transfer" not in scopes:
        return "missing_scope_interaction:transfer"
    if interaction is None:
        return "interaction_not_found"
    if interaction.state not in TRANSFERABLE:
        return "interaction_not_active"
    if order.bandwidth_kbps > settings.max_bandwidth_kbps:
        return "bandwidth_exceeded"
    supported = order.codec in settings.supported_codecs and order.codec not in interaction.unsupported_codecs
    return None if supported else "codec_unsupported"
