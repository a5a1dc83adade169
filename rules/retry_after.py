"""The Retry-After header, and its like in a frame."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MOST_DIGITS = 9  # thirty years; more is nonsense


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait from `now` (aware), never negative; None for no header or one that makes no sense.

    Source: RFC 9110 section 10.2.3: whole seconds or an HTTP date.
    """
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())


def asked_s(value: object, now: datetime) -> float | None:
    """The same where it stands in JSON: a number of seconds, or the header's text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return max(0.0, float(value))
    return retry_after_s(value, now) if isinstance(value, str) else None
