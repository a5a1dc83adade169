"""When to try again, and how long to wait before it; shared by everything that retries."""

from dataclasses import dataclass

from messages.rest import Failure

BASE_S = 0.5
CAP_S = 30.0
MAX_RETRY_AFTER_S = 180.0  # longer ones are not waited for; contracts 7.1, Genesys's own CLI
NOT_IMPLEMENTED = 501  # the one 5xx that asking again cannot mend; genesys-platform section 2
TOO_MANY = 429


def full_jitter(attempt: int, base_s: float, cap_s: float, chance: float) -> float:
    """Seconds before try number `attempt` (from 0): uniform in [0, min(cap, base * 2**attempt)).

    `chance` is uniform in [0, 1). Source: AWS Architecture Blog, "Exponential backoff and jitter".
    """
    return chance * min(cap_s, base_s * 2.0 ** min(max(attempt, 0), 64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one attempt ended: a `status`, or a `failure` and whether the request may have arrived all the same."""

    status: int | None = None
    failure: Failure = ""
    maybe_sent: bool = False
    retry_after_s: float | None = None


def may_repeat(ended: Ended, *, idempotent: bool) -> bool:
    """Whether sending it again can help and cannot do harm: on doubt, only what is idempotent."""
    if ended.status == TOO_MANY:
        return True
    if ended.status is not None:
        return idempotent and is_server_error(ended.status) and ended.status != NOT_IMPLEMENTED
    return ended.failure in {"transport", "timeout"} and (idempotent or not ended.maybe_sent)


def is_server_error(status: int) -> bool:
    """Whether the far side says that the failure is its own."""
    return 500 <= status <= 599


def retry_delay_s(ended: Ended, *, retries: int, left_s: float, chance: float) -> float | None:
    """Seconds to wait before the next try, `retries` having been made; None when it would come too late.

    A Retry-After is never undercut; jitter comes on top where the `left_s` seconds of the deadline allow it.
    """
    jitter_s = full_jitter(retries, BASE_S, CAP_S, chance)
    asked_s = ended.retry_after_s
    if asked_s is None:
        return jitter_s if jitter_s < left_s else None
    if asked_s > MAX_RETRY_AFTER_S or asked_s >= left_s:
        return None
    return min(asked_s + jitter_s, (asked_s + left_s) / 2)
