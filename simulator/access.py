"""Bearer tokens: minted, checked, revoked, counted against the rate limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from secrets import token_urlsafe

from aiohttp import web

from simulator.box import Box
from simulator.http_faults import error_answer
from simulator.state import Grant

UNAUTHORIZED = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a token opens nothing: 401 and what to do, or 403 and the scope that it lacks."""

    status: int
    code: str
    message: str


def mint(box: Box, scopes: frozenset[str] | None) -> tuple[str, float]:
    """A new token and its lifetime in seconds."""
    token, lifetime_s = token_urlsafe(32), box.world.settings.token_lifetime_s
    box.world.grants[token] = Grant(expires_at_s=box.now_s() + lifetime_s, scopes=scopes)
    return token, lifetime_s


def revoke(box: Box, tokens: Iterable[str] | None = None) -> int:
    """Revoke these tokens, or all; how many were live."""
    grants = box.world.grants
    chosen = grants if tokens is None else [token for token in tokens if token in grants]
    live = [grants[token] for token in chosen if is_live(box, grants[token])]
    for grant in live:
        grant.revoked = True
    box.world.tally("token.revoked", len(live))
    return len(live)


def is_live(box: Box, grant: Grant) -> bool:
    return not grant.revoked and box.now_s() < grant.expires_at_s


def admit(box: Box, request: web.Request, *any_of: str) -> Grant | web.Response:
    """The request's grant, or the 401 or 403 to answer. One scope out of `any_of` is enough; empty asks for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = authorize(box, token.strip() if scheme.lower() == "bearer" else "", *any_of)
    if isinstance(found, Denial):
        headers = UNAUTHORIZED if found.status == 401 else None
        return error_answer(found.status, found.code, found.message, headers)
    return found


def authorize(box: Box, token: str, *any_of: str) -> Grant | Denial:
    """The token's grant, or why it is turned away, which is counted. `any_of` as `admit` takes it."""
    grant = box.world.grants.get(token)
    if grant is None or not is_live(box, grant):
        box.world.tally("refused.401")
        why = "the token is unknown, expired or revoked" if token else "no bearer token"
        return Denial(401, "bad.credentials", f"{why}; fetch a new one")
    if any_of and grant.scopes is not None and not grant.scopes.intersection(any_of):
        box.world.tally("refused.403")
        return Denial(403, "missing.scope", f"the token lacks the scope {' or '.join(any_of)}")
    return grant


def charge(box: Box, grant: Grant) -> tuple[bool, dict[str, str]]:
    """Count one REST call: whether it is within the limit, and the headers that say how much is left."""
    settings, now = box.world.settings, box.now_s()
    if grant.window_count == 0 or now - grant.window_began_s >= settings.rate_window_s:
        grant.window_began_s, grant.window_count = now, 0
    grant.window_count += 1
    reset_s = max(1, round(grant.window_began_s + settings.rate_window_s - now))
    headers = {
        "inin-ratelimit-count": str(grant.window_count),
        "inin-ratelimit-allowed": str(settings.rate_allowed),
        "inin-ratelimit-reset": str(reset_s),
    }
    within = not settings.rate_enforced or grant.window_count <= settings.rate_allowed
    return within, headers if within else {**headers, "Retry-After": str(reset_s)}
