"""How a gRPC call ends.

Source: grpc/grpc doc/statuscodes.md
"""

from enum import IntEnum


class Status(IntEnum):
    """gRPC's status codes by their numbers on the wire."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


def status_of(number: str) -> Status:
    """The code that `grpc-status: number` names; UNKNOWN for what no table has."""
    return Status(int(number)) if number.isascii() and number.isdigit() and int(number) <= 16 else Status.UNKNOWN


def pushback_s(milliseconds: str) -> float:
    """Seconds of a `grpc-retry-pushback-ms`; -1.0, which forbids a retry, for what is no count of them.

    Source: grpc/proposal A6, "Pushback".
    """
    return int(milliseconds) / 1000 if milliseconds.isascii() and milliseconds.isdigit() else -1.0
