"""What one outgoing stream may take; the operator's settings may lower or raise each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Bounds that hold for every stream of one plane.

    A listener whose backlog reaches `high_water` is not read for until it is down to `low_water`; `frames_per_wake`
    and `bytes_per_wake` are one stream's share before the others have their turn.
    """

    max_message_bytes: int = 1 << 20
    max_fragments: int = 1_024
    max_out_bytes: int = 4 << 20
    frames_per_wake: int = 64
    bytes_per_wake: int = 256 << 10
    high_water: int = 1_000
    low_water: int = 250
    linger_s: float = 1.0
