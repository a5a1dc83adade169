"""What the store says about the orders and deliveries that a group touches. Pure."""

from dataclasses import dataclass

import orjson

from messages.orders import Outcome
from messages.webhooks import Cause, WebhookState
from storage.forms import Forms


@dataclass(slots=True)
class Standing:
    """One order on record; the group moves it on."""

    kind: str
    interaction_id: str
    peer: str
    body: str
    status: str
    steps: str
    outcome: str | None

    @property
    def open(self) -> bool:
        """Whether it has no end yet."""
        return self.status == "accepted"

    def as_outcome(self, request_id: str, forms: Forms) -> Outcome:
        """Its outcome, or `accepted` while it is open."""
        if self.outcome is not None:
            return forms.outcome_from_json(orjson.loads(self.outcome))
        return Outcome(request_id=request_id, kind=self.kind, status="accepted", detail="accepted, not ended yet")

    def add_step(self, step: str) -> None:
        """One step more."""
        self.steps = orjson.dumps([*orjson.loads(self.steps), step]).decode()


@dataclass(slots=True)
class Posted:
    """One delivery in the outbox."""

    request_id: str
    url: str
    event: str
    subject: str
    state: WebhookState


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL that deliveries go to; enabled unless there is a cause."""

    cause: Cause = ""
