"""Whether and when a broken stream of audio is opened anew."""

from dataclasses import dataclass

from rules.retries import full_jitter

OK = 0
RESOURCE_EXHAUSTED, UNAVAILABLE = 8, 14

# Codes that say: this call is wrong, and will be wrong again. Source: grpc/grpc doc/statuscodes.md
PERMANENT = {
    3: "INVALID_ARGUMENT",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    9: "FAILED_PRECONDITION",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    16: "UNAUTHENTICATED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """How a stream broke, and what came before.

    `code` is gRPC's; `pushback_s` the service's wish, negative when it wishes no retry; `unprocessed`: the service has
    seen nothing of the stream; `attempts` since there was a stream that held; `lost_s` seconds since then.
    """

    code: int
    pushback_s: float | None = None
    unprocessed: bool = False
    attempts: int = 0
    lost_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait between attempts, and when to give up."""

    min_s: float
    max_s: float
    give_up_s: float


def refusal(broken: Broken, patience: Patience) -> str:
    """Why there is no other attempt; empty when there is one."""
    if broken.code in PERMANENT:
        return f"the service refuses the stream: {PERMANENT[broken.code]}"
    pushback_s = broken.pushback_s or 0.0
    if pushback_s < 0:
        return "the service wishes no other attempt"
    if broken.lost_s + pushback_s >= patience.give_up_s:
        return f"no service for {broken.lost_s:.0f} s"
    return ""


def delay_s(broken: Broken, patience: Patience, chance: float) -> float:
    """Seconds until the next attempt: none for the first after nothing was processed, else with full jitter.

    A pushback is never undercut; the jitter comes on top of it, so that not all calls come back at once.
    Source: grpc/proposal A6, "Transparent Retries" and "Pushback".
    """
    if broken.unprocessed and broken.attempts == 0 and broken.pushback_s is None:
        return 0.0
    return (broken.pushback_s or 0.0) + full_jitter(broken.attempts, patience.min_s, patience.max_s, chance)
