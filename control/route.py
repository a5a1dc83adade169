"""What a route is: a method, who may call it, what it takes, and whom it concerns. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from control.patience import USUAL_S
from control.peers import Role
from control.wire import INVALID_PARAMS, RpcError
from messages.base import Json
from messages.orders import Order, Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, and what only the door knows: where an export goes that was given no path."""

    peer: Peer
    export_path: str


class Backlog(Protocol):
    """The part of an address that tells how much waits there."""

    def backlog(self) -> int:
        """How many messages wait."""


def as_it_is(answer: Any, _address: Backlog) -> Json:
    """The actor's answer, which is JSON already."""
    shown: Json = answer
    return shown


def for_a_while(_params: Any) -> float:
    """The usual patience, in seconds."""
    return USUAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method: `role` is the least that may call it, `params` the dataclass its parameters must fit."""

    method: str
    role: Role
    params: type
    summary: str

    @property
    def noted(self) -> bool:
        """Whether a call of it goes on record by itself: whatever changes something and is no order."""
        return self.role != "viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Route):
    """A question to one actor. `actors` gives the names it may go by, the first that exists is asked.

    `noticed`: what the actor has posted for all to read is the answer; it is asked only when it has posted nothing.
    """

    actors: Callable[[Any], tuple[str, ...]]
    message: Callable[[Any, Asking], object]
    answer: Callable[[Any, Backlog], Json] = as_it_is
    patience_s: Callable[[Any], float] = for_a_while
    urgent: bool = False
    noticed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAll(Route):
    """One question to every actor whose name starts with `prefix`, with one deadline for all.

    `silent` makes the row of one that did not answer, from its name and why; `answer` the result of all rows.
    """

    prefix: str
    message: object
    silent: Callable[[str, str], Json]
    answer: Callable[[list[Json]], Json]
    patience_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Give(Route):
    """An order: `params` is its message class; its actor is given a Submit, the answer is its Outcome."""

    params: type[Order]
    actor: str

    @property
    def noted(self) -> bool:
        """An order is on record of its own accord."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Route):
    """Events as notifications on this connection from now on; the journal has `patience_s` to hold the subscription."""

    patience_s: float = USUAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Discover(Route):
    """The description of every method."""


@cache
def adapter(params: type) -> TypeAdapter[Any]:
    """The validator of `params`; building one takes milliseconds."""
    return TypeAdapter(params)


def read_params(route: Route, params: object) -> Any:
    """`params` as the route's dataclass; RpcError with every bad field at once."""
    try:
        return adapter(route.params).validate_json(orjson.dumps(params), strict=True)
    except ValidationError as error:
        fields: list[Json] = [_bad_field(wrong) for wrong in error.errors(include_url=False, include_context=False)]
        names = ", ".join(sorted({str(wrong["field"]) for wrong in fields if isinstance(wrong, dict)}))
        message = f"{route.method}: bad parameters: {names}"
        raise RpcError(INVALID_PARAMS, message, {"fields": fields}) from error


def bad_parameter(route: Route, field: str, problem: str) -> RpcError:
    """The same error for a value that only the gateway at this moment makes a bad one: a name of nobody."""
    fields: list[Json] = [{"field": field, "problem": problem}]
    return RpcError(INVALID_PARAMS, f"{route.method}: bad parameters: {field}", {"fields": fields})


_NO_TIME = "is no RFC 3339 time with its offset, e.g. 2026-01-31T12:00:00Z"
_WORDS = {
    "missing": "is required",
    "unexpected_keyword_argument": "is not a parameter of this method",
    **dict.fromkeys(("datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), _NO_TIME),
}


def _bad_field(wrong: ErrorDetails) -> dict[str, Json]:
    path = ".".join(str(step) for step in wrong["loc"]) or "params"
    return {"field": path, "problem": _WORDS.get(wrong["type"], wrong["msg"])}
