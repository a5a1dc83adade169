"""Login by client credentials in the tutorial dialect. Source: contracts 0, genesys-platform 1.1."""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from genesys.answers import read_object
from genesys.dialect import Granted
from genesys.errors import Malformed, Unauthorized, Unavailable
from genesys.limits import LONGEST_TOKEN, LONGEST_TOKEN_LIFETIME_S, SHORTEST_TOKEN_LIFETIME_S
from messages.rest import HttpRequest, HttpResponse

TOKEN = re.compile(r"[!-~]+")
ERROR_CODES = frozenset(  # RFC 6749 section 5.2, and Genesys's own of genesys-platform 1.7; others are not repeated
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "bad.credentials",
        "authentication.required",
        "ip.not.authorized",
        "missing.permissions",
        "missing.any.permissions",
        "app.not.authorized.for.scope",
        "authz.policy.denied",
        "not.found",
    ]
)
NOT_NOW = frozenset({408, 425, 429})

FIX_CLIENT = "check GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET against the OAuth client in Genesys, and its region"
FIX_GRANT = "give the OAuth client the grant type Client Credentials in Genesys"
FIX_SCOPE = "grant the OAuth client these scopes and roles in Genesys"
FIX_URL = "check GENESYS_ORG_REGION and GENESYS_LOGIN_URL: that server has no such login"


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorialOAuth:
    """`login_url` without a slash at its end, e.g. ``https://login.mypurecloud.com``."""

    login_url: str

    def token_request(self, client_id: str, client_secret: str, scopes: tuple[str, ...]) -> HttpRequest:
        """The form and the Basic header; a login may be repeated without harm, but the asker decides when."""
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        basic = b64encode(f"{client_id}:{client_secret}".encode()).decode()
        return HttpRequest(
            route="POST /oauth/token",
            method="POST",
            url=f"{self.login_url}/oauth/token",
            headers={
                "authorization": f"Basic {basic}",
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
            },
            body=urlencode(form).encode(),
            bearer=False,
            retries=0,
        )

    def read_token(self, response: HttpResponse) -> Granted:
        """The token in a 200; Unauthorized for any other answer below 500, Unavailable for the rest."""
        if response.status == 200:
            return _granted(response.body)
        if response.status >= 500 or response.status in NOT_NOW:
            raise Unavailable(f"the login answered {response.status}")
        raise _refusal(response)


def _granted(body: bytes) -> Granted:
    try:
        told = read_object(body)
    except Malformed as error:
        raise Unavailable(f"the login answered 200, but {error.detail}") from None
    secret, kind, scope = told.get("access_token"), told.get("token_type", "bearer"), told.get("scope")
    if not isinstance(secret, str) or len(secret) > LONGEST_TOKEN or not TOKEN.fullmatch(secret):
        raise Unavailable("the login answered 200 without a usable access_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Unavailable("the login gave a token that is no bearer token")
    scopes = tuple(scope.split()) if isinstance(scope, str) else ()
    return Granted(secret=secret, lifetime_s=_lifetime_s(told.get("expires_in")), scopes=scopes)


def _lifetime_s(told: Any) -> float:
    """Seconds; where the login does not say, the least that a client can be set to."""
    if told is None:
        return float(SHORTEST_TOKEN_LIFETIME_S)
    if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 10:
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int | float) or not told >= 1:
        raise Unavailable("the login gave a token with an expires_in that is no number of seconds")
    return min(float(told), float(LONGEST_TOKEN_LIFETIME_S))


def _refusal(response: HttpResponse) -> Unauthorized:
    code = _error_code(response.body)
    words = f"the login answered {response.status}" + (f" {code}" if code else "")
    return Unauthorized(words, remedy=_remedy(response.status, code))


def _error_code(body: bytes) -> str:
    """The error's code, where it is a known one; anything else may repeat what was sent, a secret included."""
    try:
        told = read_object(body)
    except Malformed:
        return ""
    code = told.get("error", told.get("code"))
    return code if isinstance(code, str) and code in ERROR_CODES else ""


def _remedy(status: int, code: str) -> str:
    if code == "invalid_scope" or (status == 403 and code not in {"invalid_client", "unauthorized_client"}):
        return FIX_SCOPE
    if code in {"unauthorized_client", "unsupported_grant_type"}:
        return FIX_GRANT
    return FIX_CLIENT if status in {400, 401, 403} else FIX_URL
