"""What a look-up at Genesys means for an order that waits for it."""

from dataclasses import dataclass
from typing import Literal

from messages.orders import Reason
from rules.catalogue import reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`passed`: go on. `refused`: Genesys's state forbids it. `failed`: it could not be found out."""

    status: Literal["passed", "refused", "failed"]
    reasons: tuple[Reason, ...] = ()


PASSED = Verdict(status="passed")


def refused(code: str, message: str) -> Verdict:
    """Genesys's answer forbids the order."""
    return Verdict(status="refused", reasons=(reason(code, message),))


def failed(code: str, message: str) -> Verdict:
    """Genesys did not tell whether the order may go on."""
    return Verdict(status="failed", reasons=(reason(code, message),))
