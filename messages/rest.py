"""REST calls: what the desk is asked to have done, what its callers do, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from messages.base import Recipient

Priority = Literal["login", "steer", "read", "background", "spare"]
"""In this order out of the queue: tokens first, then what changes a live call, then look-ups, then the rest.

`spare` is what nobody asked for: it leaves the last quarter of a minute's requests to the others.
"""

Failure = Literal[
    "",
    "transport",
    "timeout",
    "rate_limited",
    "circuit_open",
    "unauthorized",
    "deadline",
    "busy",
    "refused",
    "malformed",
]
"""`refused`: this gateway will not send such a request. `malformed`: the answer broke a limit. Both are final."""

RETRIES = 3  # how often one call is sent again; contracts 1 and 7.1


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One HTTP request as a dialect builds it; `route` names the operation for breaker, budget and log.

    `idempotent` says whether it may be sent again when it is not known whether the first one arrived.
    `headers` never hold the bearer: the desk adds it when `bearer` is set. Neither headers nor body are shown: they
    hold secrets. `retries` bounds how often the desk sends it again.
    """

    route: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    idempotent: bool = True
    bearer: bool = True
    timeout_s: float = 10.0
    retries: int = RETRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What came back; header names in lower case, `body` bounded by the door that read it and never shown."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Have `request` done by `deadline_s` (monotonic); answered by exactly one CallAnswered with the same `call_id`."""

    call_id: str
    request: HttpRequest
    priority: Priority
    deadline_s: float
    reply_to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """The end of one Call: a response, or a failure with its words. `maybe_sent` tells whether it may have arrived.

    Beside the failures `rate_limited` and `unauthorized` the response stands too, where there was one.
    `retry_after_s` is what the far side asked for with its last 429 or 503.
    """

    call_id: str
    response: HttpResponse | None
    failure: Failure = ""
    detail: str = ""
    attempts: int = 1
    maybe_sent: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerReady:
    """A caller (one blocking connection) has nothing to do. `started`: it is a new incarnation, and what the former
    one was given is lost; else it answers a RollCall, and what it was given since still lies in its mailbox.
    """

    caller: Recipient
    started: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCall:
    """Whoever gives callers their work starts anew: say CallerReady."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Make this one attempt now, blocking; answered by Dialled with the same `call_id` and `attempt`."""

    call_id: str
    request: HttpRequest
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """How one attempt went."""

    call_id: str
    caller: Recipient
    response: HttpResponse | None
    attempt: int = 1
    failure: Failure = ""
    detail: str = ""
    maybe_sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowBudget:
    """Answered by the budget.show shape."""


ToCaller = Dial | RollCall
