"""A caller's token is known while it lives, and its scopes do not matter."""

import requests

from simulator.server import Simulator
from tests.simulator.client import WAIT_S, bearer


def me(box: Simulator, headers: dict[str, str]) -> requests.Response:
    return requests.get(f"{box.url}/api/v2/tokens/me", headers=headers, timeout=WAIT_S)


def test_a_token_that_lives_is_known_whatever_its_scopes(genesys_simulator: Simulator) -> None:
    for headers in (bearer(genesys_simulator), bearer(genesys_simulator, "websocket:use")):
        answer = me(genesys_simulator, headers)
        assert answer.status_code == 200
        assert answer.json()["OAuthClient"]["id"] == genesys_simulator.client_id


def test_any_other_is_not(genesys_simulator: Simulator) -> None:
    headers = bearer(genesys_simulator)
    genesys_simulator.revoke_tokens()
    for wrong in (headers, {"Authorization": "Bearer nonsense"}, {}):
        assert me(genesys_simulator, wrong).status_code == 401
    assert genesys_simulator.counts()["rest.token_me"] == 3
