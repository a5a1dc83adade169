"""Delivering a webhook: the request, and what its answer means. Source: contracts 7.12, Standard Webhooks."""

from dataclasses import dataclass
from typing import Literal

from messages.journal import PendingDelivery
from messages.rest import HttpRequest
from rules.audio_urls import without_query
from rules.retries import Ended

GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`tries` in all; the waits between them grow by one factor from `first_s` to `last_s`."""

    first_s: float = 5.0
    last_s: float = 36_000.0
    tries: int = 8
    timeout_s: float = 10.0  # of one try

    def wait_s(self, attempts: int, chance: float) -> float:
        """Seconds after the failed try number `attempts` (from 1), up to a fifth more by jitter."""
        steps = max(1, self.tries - 2)
        growth = float((self.last_s / self.first_s) ** (min(attempts - 1, steps) / steps))
        wait_s = self.first_s * growth
        return min(self.last_s, wait_s * (1 + 0.2 * chance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What comes of one try: `delay_s` for a pending one, `error` for all but a delivered one."""

    state: Literal["delivered", "dead", "pending"]
    error: str = ""
    delay_s: float = 0.0
    disables: bool = False


def delivery_request(pending: PendingDelivery, timeout_s: float) -> HttpRequest:
    """The POST of what is `pending`; `webhook-id` is the same on every try. The door adds time and signature."""
    return HttpRequest(
        route="webhook",
        method="POST",
        url=pending.url,
        headers={"content-type": "application/json", "webhook-id": pending.webhook_id},
        body=pending.body,
        bearer=False,
        timeout_s=timeout_s,
        retries=0,
    )


def finding(ended: Ended, detail: str, *, attempts: int, schedule: Schedule, chance: float) -> Finding:
    """2xx delivers, 3xx and 4xx are final, 5xx and transport errors are tried again, `attempts` having been made."""
    status = ended.status
    if status is not None and 200 <= status < 300:
        return Finding(state="delivered")
    error = detail or f"the endpoint answered {status}"
    if ended.failure == "refused" or (status is not None and status < 500):
        return Finding(state="dead", error=error, disables=status == GONE)
    if attempts >= schedule.tries:
        return Finding(state="dead", error=f"{error}; that was try {attempts} of {schedule.tries}")
    wait_s = max(schedule.wait_s(attempts, chance), min(ended.retry_after_s or 0.0, schedule.last_s))
    return Finding(state="pending", error=error, delay_s=wait_s)


class Troubles:
    """What is worth a line in the log: the first of a row of failures at an endpoint, and that they are over."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def line(self, url: str, found: Finding) -> str | None:
        """The words for how a try at `url` went; None where the log has them already, or nothing is wrong."""
        shown = without_query(url)
        if found.state == "delivered":
            known = {(url, "pending"), (url, "dead")} & self._known
            self._known -= known
            return f"webhooks to {shown} arrive again" if known else None
        if found.disables:
            return f"{shown} answered 410 and is disabled; switchboardctl webhook enable {shown}"
        if (url, found.state) in self._known:
            return None
        self._known.add((url, found.state))
        then = "they are tried again" if found.state == "pending" else "see switchboardctl webhook list --status dead"
        return f"webhooks to {shown} do not arrive: {found.error}; {then}"
