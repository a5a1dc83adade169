"""How switchboardctl ends. Source: DESIGN section 5; 69 to 78 are those of sysexits.h, 124 is timeout(1)'s."""

from collections.abc import Mapping
from typing import Any

OK = 0
FAILED = 1
USAGE = 2
DEGRADED = 3
UNREACHABLE = 4
UNAVAILABLE = 69
TRY_AGAIN = 75
NOT_PERMITTED = 77
CONFIGURATION = 78
TIMED_OUT = 124

_BY_CODE = {
    -32700: USAGE,
    -32600: USAGE,
    -32601: USAGE,
    -32602: USAGE,
    -32001: NOT_PERMITTED,
    -32002: TRY_AGAIN,
    -32003: TRY_AGAIN,
}
_BY_STATUS = {"succeeded": OK, "accepted": TIMED_OUT}


def of_error(code: int) -> int:
    """For a JSON-RPC error; what is neither ours to mend nor to wait for is `unavailable`."""
    return _BY_CODE.get(code, UNAVAILABLE)


def of_outcome(outcome: Mapping[str, Any]) -> int:
    """For an order just given: an order that is still open has not ended within the time that was waited."""
    return _BY_STATUS.get(str(outcome.get("status")), FAILED)


def of_status(status: Mapping[str, Any]) -> int:
    """For gateway.status: anything but a healthy running gateway is worth an operator's look."""
    return OK if status.get("state") == "running" and not status.get("degraded") else DEGRADED
