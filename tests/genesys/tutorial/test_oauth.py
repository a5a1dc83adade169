"""The login of the tutorial dialect: what is sent, and everything that may come back."""

import base64
from urllib.parse import parse_qs

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.errors import Fault, Unauthorized, Unavailable
from genesys.tutorial.oauth import FIX_CLIENT, FIX_GRANT, FIX_SCOPE, FIX_URL, TutorialOAuth
from messages.rest import HttpRequest, HttpResponse

OAUTH = TutorialOAuth(login_url="https://login.mypurecloud.de")
CANARY = "canary-51c3"
JUNK_LIFETIMES: tuple[object, ...] = (0, -1, True, "soon", [], {}, 0.5, "1e3", "-5")


def asked(scopes: tuple[str, ...] = ("interaction:transfer", "websocket:use")) -> HttpRequest:
    return OAUTH.token_request("id", "s&e+c=r%t ö", scopes)


def answer(status: int = 200, **told: object) -> HttpResponse:
    return HttpResponse(status=status, headers={}, body=orjson.dumps(told))


def granted(**told: object) -> HttpResponse:
    body = {"access_token": "T", "token_type": "bearer", "expires_in": 86_400, **told}
    return HttpResponse(status=200, headers={}, body=orjson.dumps(body))


def test_asks_with_a_form_and_basic() -> None:
    request = asked()
    assert (request.method, request.url) == ("POST", "https://login.mypurecloud.de/oauth/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qs((request.body or b"").decode(), strict_parsing=True)
    assert form == {"grant_type": ["client_credentials"], "scope": ["interaction:transfer websocket:use"]}
    basic = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    assert basic == "id:s&e+c=r%t ö"


def test_sends_no_bearer_and_leaves_retries_to_its_asker() -> None:
    assert not asked().bearer
    assert asked().retries == 0


def test_without_scopes_there_is_no_scope_field() -> None:
    assert asked(()).body == b"grant_type=client_credentials"


def test_the_request_does_not_show_the_secret() -> None:
    request = OAUTH.token_request("id", CANARY, ())
    shown = repr(request)
    assert CANARY not in shown
    assert base64.b64encode(f"id:{CANARY}".encode()).decode() not in shown


def test_reads_the_token_and_how_long_it_lives() -> None:
    token = OAUTH.read_token(granted(expires_in=300, scope="a b"))
    assert (token.secret, token.lifetime_s, token.scopes) == ("T", 300.0, ("a", "b"))
    assert "T" not in repr(token).replace("Granted", "")


@pytest.mark.parametrize(
    ("told", "lifetime_s"), [({"expires_in": "3600"}, 3600), ({"expires_in": 59.5}, 59.5), ({"expires_in": None}, 300)]
)
def test_takes_a_lifetime_as_servers_write_it(told: dict[str, object], lifetime_s: float) -> None:
    assert OAUTH.read_token(granted(**told)).lifetime_s == lifetime_s


def test_no_lifetime_is_longer_than_genesys_can_grant() -> None:
    assert OAUTH.read_token(granted(expires_in=10**15)).lifetime_s == 38_880_000


@pytest.mark.parametrize(
    "told",
    [
        *({"expires_in": junk} for junk in JUNK_LIFETIMES),
        *({"access_token": junk} for junk in ("", None, 7, "a b", "a\r\nX-Evil: 1", "é", "x" * 9_000)),
        *({"token_type": junk} for junk in ("mac", 7, None)),
    ],
)
def test_a_200_without_a_usable_token_may_be_mended_later(told: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        OAUTH.read_token(granted(**told))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"access_token":"a","access_token":"b"}'])
def test_a_200_that_is_no_json_object_may_be_mended_later(body: bytes) -> None:
    with pytest.raises(Unavailable):
        OAUTH.read_token(HttpResponse(status=200, headers={}, body=body))


def test_bearer_may_be_written_in_any_case() -> None:
    assert OAUTH.read_token(granted(token_type="Bearer")).secret == "T"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_unavailable(status: int) -> None:
    with pytest.raises(Unavailable, match=str(status)):
        OAUTH.read_token(answer(status, error="invalid_client"))


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "invalid_client", FIX_CLIENT),
        (400, "invalid_scope", FIX_SCOPE),
        (400, "unauthorized_client", FIX_GRANT),
        (400, "unsupported_grant_type", FIX_GRANT),
        (400, "invalid_request", FIX_CLIENT),
        (401, "invalid_client", FIX_CLIENT),
        (401, "", FIX_CLIENT),
        (403, "", FIX_SCOPE),
        (403, "missing.permissions", FIX_SCOPE),
        (403, "invalid_client", FIX_CLIENT),
        (404, "", FIX_URL),
        (302, "", FIX_URL),
    ],
)
def test_a_refusal_says_what_to_fix(status: int, code: str, remedy: str) -> None:
    with pytest.raises(Unauthorized) as caught:
        OAUTH.read_token(answer(status, error=code))
    assert caught.value.remedy == remedy
    assert str(status) in caught.value.detail
    assert code in caught.value.detail


def test_genesys_own_error_body_is_understood() -> None:
    with pytest.raises(Unauthorized, match=r"bad\.credentials"):
        OAUTH.read_token(answer(401, code="bad.credentials", message="no"))


def test_a_server_that_repeats_what_was_sent_makes_us_repeat_nothing() -> None:
    for told in ({"error": CANARY}, {"error": "invalid_client", "error_description": CANARY}, {CANARY: CANARY}):
        for status in (200, 400, 401, 503):
            with pytest.raises(Fault) as caught:
                OAUTH.read_token(HttpResponse(status=status, headers={}, body=orjson.dumps(told)))
            assert CANARY not in f"{caught.value!r} {caught.value} {caught.value.detail}"


@given(status=st.integers(100, 599), body=st.binary(max_size=100))
def test_any_answer_is_a_token_or_one_of_the_two_faults(status: int, body: bytes) -> None:
    with pytest.raises((Unauthorized, Unavailable)):
        OAUTH.read_token(HttpResponse(status=status, headers={}, body=body))
