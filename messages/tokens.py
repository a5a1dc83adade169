"""The one access token: who wants it, who was refused with it, and what is told of it."""

from dataclasses import dataclass, field

from messages.base import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class WantToken:
    """Tell `reply_to` a TokenGranted, or a TokenDenied, as soon as there is one or the other."""

    reply_to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGranted:
    """`secret` is never logged or recorded; good until `good_until_s` (monotonic); `generation` counts fetches."""

    secret: str = field(repr=False)
    generation: int
    good_until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDenied:
    """No token now: `code` of docs/errors.md, which credential or scope to fix; `final`: retrying is no use."""

    code: str
    message: str
    remedy: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRejected:
    """Genesys answered 401 to the token of `generation`; an older generation than the present one changes nothing."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """Fetch a new one now; asked by an operator; answered by the token.status shape once it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowToken:
    """Answered by the token.status shape: state, generation, expiry, scopes, fetches, last error; never the token."""
