"""How long a token is used, and when the next one is fetched."""

from rules.retries import MAX_RETRY_AFTER_S, full_jitter

MARGIN_S = 300.0  # before expiry; contracts 0
MARGIN_SHARE = 0.2  # of the lifetime, for short-lived tokens: a 60 s token is not refreshed in a loop; contracts 0
SKEW_S = 5.0  # that their clock and the way may cost
SKEW_SHARE = 0.05
SHORTEST_REST_S = 1.0  # between two fetches, however short the lifetime

FETCH_S = 15.0  # one login, first byte to last
BACKOFF_BASE_S = 0.5
BACKOFF_CAP_S = 60.0
SLOW_RETRY_S = 60.0  # after a final refusal: an operator may have mended it in Genesys
DISTRUST_S = 60.0  # a token rejected younger than this was refused for another reason than its age


def refresh_in_s(lifetime_s: float) -> float:
    """Seconds from the fetch to the next one: the lifetime less min(5 min, 20 %)."""
    return max(lifetime_s - min(MARGIN_S, MARGIN_SHARE * lifetime_s), SHORTEST_REST_S)


def good_for_s(lifetime_s: float) -> float:
    """Seconds from the fetch for which the token may still be sent."""
    return lifetime_s - min(SKEW_S, SKEW_SHARE * lifetime_s)


def fetch_again_in_s(failures: int, retry_after_s: float | None, chance: float) -> float:
    """Seconds to wait after `failures` (from 1) fetches in a row that did not work; asked for, up to three minutes."""
    asked_s = min(retry_after_s or 0.0, MAX_RETRY_AFTER_S)
    return asked_s + full_jitter(failures - 1, BACKOFF_BASE_S, BACKOFF_CAP_S, chance)


def replace_in_s(rejections: int, chance: float) -> float:
    """Seconds to wait before a rejected token is replaced: none, unless fresh ones are rejected one after another."""
    return full_jitter(rejections, 1.0, BACKOFF_CAP_S, chance) if rejections > 1 else 0.0
