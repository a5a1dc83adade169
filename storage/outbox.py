"""What a group does to the outbox: deliveries put in, tried, sent again, and endpoints switched. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from messages.base import Json
from messages.journal import Delivery, RecordAttempt
from messages.orders import Peer
from messages.webhooks import (
    Cause,
    EndpointDisabled,
    EndpointEnabled,
    EndpointSwitched,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookAnswer,
    WebhookRedelivered,
    WebhookRefused,
    WebhookState,
)
from storage.redaction import redacted_text
from storage.standing import Endpoint, Posted

Row: TypeAlias = tuple[Any, ...]


@dataclass(slots=True)
class OutboxRows:
    """What is to be written, in the order of the columns of storage.statements.

    Of what waits at each URL that is `hurried` a page is to fall due at the time that stands first. In each of `lanes`,
    a URL and a subject, so is the oldest that is pending.
    """

    posted: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    hastened: list[Row] = field(default_factory=list)
    hurried: dict[Row, None] = field(default_factory=dict)
    lanes: dict[Row, None] = field(default_factory=dict)
    new_endpoints: list[Row] = field(default_factory=list)
    switched: list[Row] = field(default_factory=list)


class Chronicle(Protocol):
    """Where it is told: an audit record and an event of the same kind and data, which holds no secrets."""

    def __call__(
        self, kind: str, data: Mapping[str, Json], *, request_id: str, subject: str, peer: Peer | None
    ) -> None: ...


class OutboxWriter:
    """Takes what concerns the outbox, entry by entry; `seq`, `endpoints` and `number` by state say how it stands then.

    Of those that were delivered `number` has only by how many they have become more.
    """

    def __init__(
        self,
        *,
        seq: int,
        number: Mapping[str, int],
        posted: dict[str, Posted],
        endpoints: dict[str, Endpoint],
        chronicle: Chronicle,
        at: str,
        now_s: float,
    ) -> None:
        self.rows = OutboxRows()
        self.seq, self.endpoints = seq, endpoints
        self.number = Counter(number)
        self.urls: set[str] = set()  # where something falls due by it
        self.switched: list[EndpointDisabled | EndpointEnabled] = []
        self._posted, self._chronicle, self._at, self._now_s = posted, chronicle, at, now_s

    def post(self, request_id: str, delivery: Delivery, body: str) -> str | None:
        """Put a delivery in, behind those of its URL and subject; why not, where it cannot be."""
        webhook_id, url, event, subject = delivery.webhook_id, delivery.url, delivery.event, delivery.subject
        if webhook_id in self._posted:
            return f"delivery {webhook_id} of order {request_id}, which is already in the outbox"
        if url not in self.endpoints:
            self.endpoints[url] = Endpoint()
            self.rows.new_endpoints.append((url, self._at))
        self.seq += 1
        self._posted[webhook_id] = Posted(request_id, url, event, subject, "pending")
        self.number["pending"] += 1
        self.rows.posted.append((webhook_id, self.seq, request_id, url, event, subject, body, self._at))
        self._move_up(url, subject)
        return None

    def attempt(self, attempt: RecordAttempt) -> str | None:
        """How one try went; why that cannot be."""
        posted = self._posted.get(attempt.webhook_id)
        if posted is None or posted.state != "pending":
            state = "unknown" if posted is None else posted.state
            return f"attempt {attempt.state} of delivery {attempt.webhook_id}, which is {state}"
        self._becomes(posted, attempt.state)
        self.rows.attempts.append(
            (attempt.state, attempt.due_at_s, attempt.attempts, attempt.last_error, attempt.webhook_id)
        )
        if attempt.state != "pending":
            facts: dict[str, Json] = {"attempts": attempt.attempts, "last_error": attempt.last_error}
            self._tell(f"webhook.{attempt.state}", attempt.webhook_id, posted, facts)
            self._move_up(posted.url, posted.subject)
        if attempt.disables and not self.endpoints[posted.url].cause:
            self._switch(posted.url, "410", None, {"webhook_id": attempt.webhook_id})
        return None

    def redeliver(self, asked: RedeliverWebhook) -> WebhookAnswer:
        """Put one that ended at the end of its line, or have one that waits for its next try go now."""
        posted = self._posted.get(asked.webhook_id)
        if posted is None:
            return WebhookRefused(
                message="no delivery with this webhook id is on record", remedy="`webhook list` has those there are"
            )
        was = posted.state
        self._becomes(posted, "pending")
        if was == "pending":
            self.rows.hastened.append((self._now_s, asked.webhook_id))
            self.urls.add(posted.url)
        else:
            self.seq += 1
            self.rows.again.append((self.seq, asked.webhook_id))
            self._move_up(posted.url, posted.subject)
        self._tell("webhook.redelivered", asked.webhook_id, posted, {"was": was}, asked.peer)
        gone = self.endpoints[posted.url].cause == "410"
        if gone:
            self._switch(posted.url, "", asked.peer, {"reason": f"{asked.webhook_id} was redelivered"})
        return WebhookRedelivered(
            webhook_id=asked.webhook_id,
            url=redacted_text(posted.url),
            enabled_again=gone,
            cause=self.endpoints[posted.url].cause,
        )

    def switch(self, asked: SwitchEndpoint) -> WebhookAnswer:
        """Enable or disable whatever endpoints `asked` means; what waits at those that are enabled goes now."""
        meant = [url for url in self.endpoints if asked.url in (url, redacted_text(url))]
        if not meant:
            return WebhookRefused(
                message="no delivery was ever for this URL", remedy="`webhook list` has the endpoints there are"
            )
        cause: Cause = "" if asked.enabled else "operator"
        changed = [url for url in meant if self.endpoints[url].cause != cause]
        for url in changed:
            self._switch(url, cause, asked.peer, {"reason": asked.reason})
        if asked.enabled:
            self._hasten_all(meant, asked, changed)
        return EndpointSwitched(url=redacted_text(asked.url), enabled=asked.enabled, changed=bool(changed))

    def _hasten_all(self, urls: Iterable[str], asked: SwitchEndpoint, enabled: Collection[str]) -> None:
        """On record by itself at those that were not `enabled` by it."""
        for url in urls:
            self.hasten(url)
            if url not in enabled:
                data: dict[str, Json] = {"url": redacted_text(url), "reason": asked.reason}
                self._chronicle("webhook.hastened", data, request_id="", subject="", peer=asked.peer)

    def hasten(self, url: str) -> None:
        """Have some of what waits at `url` for its next try go now."""
        self.rows.hurried[(self._now_s, url)] = None
        self.urls.add(url)

    def _becomes(self, posted: Posted, state: WebhookState) -> None:
        self.number[posted.state] -= 1
        self.number[state] += 1
        posted.state = state

    def _switch(self, url: str, cause: Cause, peer: Peer | None, facts: Mapping[str, Json]) -> None:
        before, self.endpoints[url] = self.endpoints[url], Endpoint(cause)
        self.rows.switched.append((cause, self._at, url))
        self.switched.append(EndpointDisabled(url=url) if cause else EndpointEnabled(url=url))
        kind = "webhook.disabled" if cause else "webhook.enabled"
        data = {"url": redacted_text(url), "cause": cause or before.cause, **facts}
        self._chronicle(kind, data, request_id="", subject="", peer=peer)

    def _move_up(self, url: str, subject: str) -> None:
        self.rows.lanes[(self._now_s, url, subject)] = None
        self.urls.add(url)

    def _tell(
        self, kind: str, webhook_id: str, posted: Posted, facts: Mapping[str, Json], peer: Peer | None = None
    ) -> None:
        data: dict[str, Json] = {
            "webhook_id": webhook_id,
            "request_id": posted.request_id,
            "event": posted.event,
            "url": redacted_text(posted.url),
            **facts,
        }
        self._chronicle(kind, data, request_id=posted.request_id, subject=posted.subject, peer=peer)
