"""What response headers say about rates; names are looked up in lower case, values may be anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.retry_after import retry_after_s

COUNT = "inin-ratelimit-count"
ALLOWED = "inin-ratelimit-allowed"
RESET = "inin-ratelimit-reset"
ASKS_TO_WAIT = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class RateHeaders:
    """Their count of our requests in their present minute, the limit, and the seconds until the count is reset."""

    count: int
    allowed: int
    reset_s: int


def rate_headers(headers: Mapping[str, str]) -> RateHeaders | None:
    """The three rate headers; None where one is missing or makes no sense. Source: genesys-platform section 2."""
    count, allowed, reset = (_number(headers.get(name)) for name in (COUNT, ALLOWED, RESET))
    if count is None or reset is None or not allowed:
        return None
    return RateHeaders(count=count, allowed=allowed, reset_s=reset)


def asked_to_wait_s(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a 429 or 503 asks for; None for any other status, and where it does not say."""
    return retry_after_s(headers.get("retry-after"), now) if status in ASKS_TO_WAIT else None


def _number(text: str | None) -> int | None:
    if text is None or len(text) > 9 or not (text.isascii() and text.isdigit()):
        return None
    return int(text)
