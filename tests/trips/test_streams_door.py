"""Who may send audio: keys that are being replaced, and access tokens that Genesys knows."""

import json
import urllib.request
from base64 import b64encode

import pytest
import websocket

from simulator.server import Simulator
from tests.trips.studio import Caller, Studio, studios
from tests.trips.wire import PATIENCE_S

NEW = "k-operator-2"


def test_a_key_can_be_replaced_while_both_are_known() -> None:
    with studios(media_keys=f"k-operator-1,{NEW}") as studio:
        for bearer in ("k-operator-1", NEW):
            assert comes_in(studio, bearer)
        assert turned_away(studio, "k-operator-3") == 401


def test_an_access_token_that_genesys_knows_lets_a_caller_in_and_no_other_does() -> None:
    with studios(media__introspect="on") as studio:
        token = token_of(studio.house.genesys)
        assert comes_in(studio, token)
        assert turned_away(studio, f"{token}x") == 401
        assert comes_in(studio, "k-operator-1"), "keys count beside it"
        refused = studio.house.genesys.counts()["refused.401"]
        assert refused == 1, "the stranger's was asked about; a key is not shown to Genesys"


def test_a_token_is_nothing_where_genesys_is_not_to_be_asked() -> None:
    with studios() as studio:
        assert turned_away(studio, token_of(studio.house.genesys)) == 401


def comes_in(studio: Studio, bearer: str) -> bool:
    """Whether a call with it begins."""
    caller = Caller(studio.address, f"c-{bearer}", bearer)
    caller.speak()
    studio.event("stream.opened")
    caller.hang_up()
    return True


def turned_away(studio: Studio, bearer: str) -> int:
    """The status that the upgrade is refused with."""
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        Caller(studio.address, "c-1", bearer)
    return int(refused.value.status_code)


def token_of(genesys: Simulator) -> str:
    """An access token as any client of that Genesys gets it."""
    basic = b64encode(f"{genesys.client_id}:{genesys.client_secret}".encode()).decode()
    asked = urllib.request.Request(
        f"{genesys.url}/oauth/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
        return str(json.load(answer)["access_token"])
