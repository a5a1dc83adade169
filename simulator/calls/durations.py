"""AudioHook's durations as the client writes and reads them, exact to the sample. Pure."""

import re
from fractions import Fraction

_DURATION = re.compile(r"PT((?:\d*\.)?\d+)S")


def duration(samples: int, rate_hz: int) -> str:
    """12345 samples at 8 kHz are PT1.543125S."""
    whole, rest = divmod(samples, rate_hz)
    digits = f"{rest * 1_000_000 // rate_hz:06}".rstrip("0")
    return f"PT{whole}.{digits}S" if digits else f"PT{whole}S"


def seconds(given: object) -> Fraction | None:
    """What a duration says; None where it is none."""
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    return None if found is None else Fraction(found[1])
