"""Which ends of an attempt count against a route."""

from dataclasses import dataclass, field

import pytest

from rules.breaker import settle
from rules.retries import Ended


@dataclass
class Attempt:
    heard: list[str] = field(default_factory=list)

    def succeeded(self) -> None:
        self.heard.append("succeeded")

    def failed(self) -> None:
        self.heard.append("failed")

    def withdrawn(self) -> None:
        self.heard.append("withdrawn")


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(failure="transport"), "failed"),
        (Ended(failure="timeout", maybe_sent=True), "failed"),
        (Ended(status=500), "failed"),
        (Ended(status=503), "failed"),
        (Ended(status=200), "succeeded"),
        (Ended(status=401), "succeeded"),
        (Ended(status=404), "succeeded"),
        (Ended(status=429), "succeeded"),
        (Ended(failure="malformed", maybe_sent=True), "succeeded"),
        (Ended(failure="refused"), "withdrawn"),
    ],
)
def test_transport_errors_and_5xx_count_and_refusals_do_not(ended: Ended, said: str) -> None:
    attempt = Attempt()
    settle(attempt, ended)
    assert attempt.heard == [said]
