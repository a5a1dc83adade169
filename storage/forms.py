"""How orders and outcomes look as JSON: handed in, because the store knows neither their kinds nor their rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from messages.base import Json
from messages.orders import Order, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """`orders` rebuilds an order of a kind from its JSON, ValueError where it cannot; the others: rules.outcomes.

    `confidential` has by kind the parameters that no answer and no audit record shows.
    """

    orders: Mapping[str, Callable[[bytes | str], Order]]
    outcome_as_json: Callable[[Outcome], dict[str, Json]]
    outcome_from_json: Callable[[Mapping[str, Json]], Outcome]
    confidential: Mapping[str, frozenset[str]] = field(default_factory=dict)
