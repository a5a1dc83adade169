"""Who may send audio: keys that are being replaced, and access tokens that Genesys knows."""

import json
import os
import signal
import urllib.request
from base64 import b64encode
from pathlib import Path
from time import monotonic

import pytest
import websocket

from simulator.server import Simulator
from tests.trips.house import ALL
from tests.trips.studio import KEY, Caller, Studio, studios
from tests.trips.wire import PATIENCE_S

NEW = "k-operator-2"


def test_a_key_can_be_replaced_while_both_are_known() -> None:
    with studios(media_keys=f"k-operator-1,{NEW}") as studio:
        for bearer in ("k-operator-1", NEW):
            assert comes_in(studio, bearer)
        assert turned_away(studio, "k-operator-3") == 401


def test_keys_are_replaced_while_calls_go_on(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(KEY)
    with studios(media__workers=1, media_keys="", media_keys_file=keys) as studio:
        caller = studio.call("c-up")
        keys.write_text(NEW)
        told = studio.wire.call("gateway.reload")
        assert told == {"changed": ["media_keys"], "needs_restart": [], "problems": []}
        until_it_comes_in(studio, NEW)
        assert turned_away(studio, KEY) == 401
        caller.speak(3)
        studio.until("c-up", lambda shown: (shown["state"], shown["frames"]) == ("live", 4))
        os.kill(int(studio.wire.call("actor.show", name="media.1")["facts"]["pid"]), signal.SIGKILL)
        studio.event("media.ready")
        assert comes_in(studio, NEW), "the next process knows it, too"
        assert turned_away(studio, KEY) == 401
        on_record = json.dumps(studio.wire.call("audit.query", limit=ALL))
        assert NEW not in on_record + studio.house.process.log.text


def test_keys_that_are_none_change_nothing(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(KEY)
    with studios(media__workers=1, media_keys="", media_keys_file=keys) as studio:
        keys.write_text(f"{NEW}:no-base64")
        told = studio.wire.call("gateway.reload")
        (problem,) = told["problems"]
        assert "MEDIA_KEYS" in problem
        assert NEW not in problem
        assert told["changed"] == []
        assert comes_in(studio, KEY)


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
    caller = Caller(studio.address, "c-in", bearer)
    caller.speak()
    studio.event("stream.opened")
    caller.hang_up()
    return True


def until_it_comes_in(studio: Studio, bearer: str) -> None:
    """The worker hears of new keys a moment after the reload."""
    ends_s = monotonic() + PATIENCE_S
    while True:
        try:
            comes_in(studio, bearer)
        except websocket.WebSocketBadStatusException:
            assert monotonic() < ends_s
        else:
            return


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
