from base64 import b64encode
from typing import Any

import pytest

from simulator.server import Simulator
from tests.simulator.client import Clock, bearer, fetch, interaction

SCOPES = "interaction:transfer websocket:use interaction:view"


def test_grants_a_token_for_client_credentials(genesys_simulator: Simulator) -> None:
    answer = fetch(genesys_simulator)
    assert answer.status_code == 200
    granted = answer.json()
    assert granted.pop("access_token")
    assert granted == {"token_type": "bearer", "expires_in": 3600}


def test_says_which_scopes_were_granted_when_some_were_asked_for(genesys_simulator: Simulator) -> None:
    assert fetch(genesys_simulator, SCOPES).json()["scope"] == SCOPES


@pytest.mark.parametrize(
    ("status", "error", "changes"),
    [
        (400, "invalid_request", {"data": None, "json": {"grant_type": "client_credentials"}}),
        (400, "invalid_request", {"data": None}),
        (400, "unsupported_grant_type", {"data": {"grant_type": "password"}}),
        (400, "unsupported_grant_type", {"data": {"scope": "x"}}),
        (401, "invalid_client", {"auth": ("simulator-client", "wrong")}),
        (401, "invalid_client", {"auth": None}),
        (401, "invalid_client", {"auth": None, "headers": {"Authorization": "Basic ???"}}),
        (401, "invalid_client", {"auth": None, "headers": {"Authorization": "Basic /w=="}}),
        (401, "invalid_client", {"auth": None, "headers": {"Authorization": "Bearer abc"}}),
    ],
)
def test_refuses_what_is_not_client_credentials(
    genesys_simulator: Simulator, status: int, error: str, changes: dict[str, Any]
) -> None:
    answer = fetch(genesys_simulator, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_refuses_credentials_in_the_form_instead_of_basic(genesys_simulator: Simulator) -> None:
    pair = {"client_id": genesys_simulator.client_id, "client_secret": genesys_simulator.client_secret}
    answer = fetch(genesys_simulator, auth=None, data={"grant_type": "client_credentials", **pair})
    assert answer.status_code == 401


def test_takes_basic_in_any_case(genesys_simulator: Simulator) -> None:
    pair = b64encode(f"{genesys_simulator.client_id}:{genesys_simulator.client_secret}".encode()).decode()
    assert fetch(genesys_simulator, auth=None, headers={"Authorization": f"bAsIc {pair}"}).status_code == 200


def test_refuses_a_scope_that_the_client_may_not_have(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(allowed_scopes=["websocket:use"])
    answer = fetch(genesys_simulator, "websocket:use interaction:view")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert answer.json()["error_description"].endswith("interaction:view")


def test_counts_fetches_grants_and_refusals(genesys_simulator: Simulator) -> None:
    fetch(genesys_simulator)
    fetch(genesys_simulator, auth=("a", "b"))
    counts = genesys_simulator.counts()
    assert [counts[f"token.{what}"] for what in ("fetches", "granted", "refused")] == [2, 1, 1]


def test_a_token_ends_with_its_lifetime() -> None:
    clock = Clock()
    with Simulator(clock=clock, settings={"token_lifetime_s": 60}) as box:
        headers = bearer(box)
        clock.now_s = 59.9
        assert interaction(box, headers=headers).status_code == 200
        clock.now_s = 60.0
        assert interaction(box, headers=headers).status_code == 401


def test_a_lifetime_of_less_than_a_second_is_told_as_it_is() -> None:
    with Simulator(settings={"token_lifetime_s": 0.5}) as box:
        assert fetch(box).json()["expires_in"] == 0.5


def test_one_token_can_be_revoked_and_the_others_stay(genesys_simulator: Simulator) -> None:
    revoked, kept = bearer(genesys_simulator), bearer(genesys_simulator)
    assert genesys_simulator.revoke_tokens(revoked["Authorization"].removeprefix("Bearer ")) == 1
    assert interaction(genesys_simulator, headers=revoked).status_code == 401
    assert interaction(genesys_simulator, headers=kept).status_code == 200


def test_all_tokens_can_be_revoked_at_once(genesys_simulator: Simulator) -> None:
    both = [bearer(genesys_simulator), bearer(genesys_simulator)]
    assert genesys_simulator.revoke_tokens() == 2
    assert [interaction(genesys_simulator, headers=headers).status_code for headers in both] == [401, 401]
    assert genesys_simulator.revoke_tokens() == 0
