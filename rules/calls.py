"""One REST call from its acceptance to its answer: what is remembered of it, and how it ends."""

from dataclasses import dataclass, replace

from messages.rest import Call, CallAnswered, Dial, Failure, HttpResponse
from rules.retries import TOO_MANY, Ended, is_server_error, may_repeat, retry_delay_s

UNAUTHORIZED = 401


@dataclass(slots=True, kw_only=True)
class OpenCall:
    """A call without an answer yet; `waits_for` is told when its deadline passes."""

    call: Call
    attempts: int = 0
    retries: int = 0
    generation: int = 0
    reauthorized: bool = False
    maybe_sent: bool = False
    waits_for: str = "its turn"

    @property
    def lane(self) -> str:
        """Where it queues: what needs no bearer cannot wait for one."""
        return self.call.priority if self.call.request.bearer else "login"

    def dial(self, bearer: str | None, now_s: float, most_s: float | None = None) -> Dial:
        """The next attempt, with the bearer; it may take `most_s`, and no longer than the deadline leaves."""
        self.attempts += 1
        self.waits_for = "an answer"
        request = self.call.request
        headers = dict(request.headers) if bearer is None else {**request.headers, "authorization": f"Bearer {bearer}"}
        timeout_s = min(most_s or request.timeout_s, self.call.deadline_s - now_s)
        request = replace(request, headers=headers, timeout_s=timeout_s)
        return Dial(call_id=self.call.call_id, request=request, attempt=self.attempts)

    def note(self, ended: Ended) -> None:
        """Remember that an attempt may have had its effect."""
        self.maybe_sent |= ended.maybe_sent or (ended.status is not None and is_server_error(ended.status))

    def delay_s(self, ended: Ended, now_s: float, chance: float) -> float | None:
        """Seconds until it is tried again after `ended`; None when it is not."""
        request = self.call.request
        if self.retries >= request.retries or not may_repeat(ended, idempotent=request.idempotent):
            return None
        return retry_delay_s(ended, retries=self.retries, left_s=self.call.deadline_s - now_s, chance=chance)

    def answer(self, ended: Ended, response: HttpResponse | None, detail: str) -> CallAnswered:
        """How it ends when `ended` was its last attempt."""
        failure = ended.failure
        if ended.status == TOO_MANY:
            failure, detail = "rate_limited", detail or _throttled(ended.retry_after_s)
        elif ended.status == UNAUTHORIZED and self.call.request.bearer:
            failure, detail = "unauthorized", detail or "Genesys refused a fresh token too: 401"
        return self._answered(failure, detail, response, ended.retry_after_s)

    def fail(self, failure: Failure, detail: str) -> CallAnswered:
        """How it ends when no attempt decided it."""
        return self._answered(failure, detail, None, None)

    def _answered(
        self, failure: Failure, detail: str, response: HttpResponse | None, retry_after_s: float | None
    ) -> CallAnswered:
        return CallAnswered(
            call_id=self.call.call_id,
            response=response,
            failure=failure,
            detail=detail,
            attempts=self.attempts,
            maybe_sent=self.maybe_sent,
            retry_after_s=retry_after_s,
        )


def _throttled(retry_after_s: float | None) -> str:
    asked = "" if retry_after_s is None else f" and asks to wait {retry_after_s:g} s"
    return f"Genesys answered 429{asked}"
