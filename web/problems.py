"""What is said in place of an answer: problem documents (RFC 9457) that keep the seed's `message` and `id`. Pure.

RFC 9457 has `status` be the number of the HTTP status, the seed a word; a document cannot keep both. In a problem it
is the number (whatever says `application/problem+json` has to), in every other body it is the seed's word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from messages.base import Json

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:switchboard:problem:"

TITLES: Mapping[str, str] = {
    "body": "The body is not what it has to be",
    "busy": "The gateway has as much in hand as it may",
    "content-type": "The body has to be application/json",
    "credentials": "A key of this gateway is needed",
    "draining": "The gateway takes no more orders",
    "feature": "This gateway does not carry out such orders",
    "head": "The request is not HTTP that is taken here",
    "header": "A header is not what it has to be",
    "internal": "The gateway erred",
    "method": "The path does not take this method",
    "origin": "The request comes from another site",
    "path": "There is nothing at this path",
    "slow": "The request did not arrive in time",
    "too-large": "The body is too large",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`slug` is the last part of its type, `message` what was wrong this time, `id` the order's where there is one.

    `title` is needed for what is not in TITLES. `fields` names every bad one of a body, `reasons` are an outcome's.
    `retry_after_s` becomes Retry-After.
    """

    status: int
    slug: str
    message: str
    title: str = ""
    id: str | None = None
    remedy: str | None = None
    fields: tuple[Mapping[str, str], ...] = ()
    reasons: tuple[Json, ...] = ()
    retry_after_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """The document; members that have nothing to say are left out."""
        said: dict[str, Json] = {
            "type": TYPE + self.slug,
            "title": self.title or TITLES[self.slug],
            "status": self.status,
            "detail": self.message,
            "message": self.message,
        }
        extra: dict[str, Json] = {"id": self.id, "remedy": self.remedy}
        extra |= {"fields": list(self.fields), "reasons": list(self.reasons)}
        return said | {name: value for name, value in extra.items() if value}

    def body(self) -> bytes:
        """The document's bytes."""
        return orjson.dumps(self.as_json())

    def all_headers(self) -> dict[str, str]:
        """Its own headers, and Retry-After in whole seconds."""
        if self.retry_after_s is None:
            return dict(self.headers)
        return {**self.headers, "Retry-After": str(max(1, -int(-self.retry_after_s // 1)))}


class Refusal(Exception):  # noqa: N818 - a fact
    """The request is answered by `problem` and nothing else."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
