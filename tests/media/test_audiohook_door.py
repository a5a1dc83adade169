"""Who may open an AudioHook session, over real sockets."""

from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic

import pytest

from media.audiohook_door import MOST_TURNED_AWAY
from messages.media import MediaLimits
from simulator.calls.signature import COMPONENTS
from tests.audiohook import EXTERNAL, ORGANIZATION, SESSION, upgrade_headers
from tests.media.audiohook_house import HookCaller, audiohook_house, hook_request, hooked, knocking
from tests.media.audiohook_knocks import plan, signed, status
from tests.media.workers import KEY


def test_a_signed_request_comes_in() -> None:
    with audiohook_house(plan()) as house, knocking(house.port) as caller:
        caller.send(hook_request("/audiohook/bot?a=b", headers=signed(target="/audiohook/bot?a=b")))
        assert caller.head()[0] == 101
        HookCaller(caller, SESSION).opened()


def test_behind_a_proxy_the_public_host_is_what_was_signed() -> None:
    with audiohook_house(plan(authority="audio.example.com")) as house:
        assert status(house.port, signed(host="audio.example.com"), Host="10.0.0.7:8081") == 101


def test_the_same_request_does_not_come_in_twice() -> None:
    headers = signed()
    with audiohook_house(plan()) as house:
        assert [status(house.port, headers), status(house.port, headers)] == [101, 401]


REFUSED: dict[str, Callable[[], dict[str, str]]] = {
    "unsigned": lambda: upgrade_headers(KEY),
    "without a key": lambda: {name: value for name, value in signed().items() if name != "X-API-KEY"},
    "of another key": lambda: signed(key="other"),
    "of 8 s ago": lambda: signed(age_s=8),
    "of 20 s ago": lambda: signed(age_s=20),
    "of a minute to come": lambda: signed(age_s=-60),
    "of another host": lambda: signed(host="elsewhere.example.com"),
    "of another path": lambda: signed(target="/audiohook?x"),
    "with a short nonce": lambda: signed(nonce="a" * 21),
    "of too few components": lambda: signed(components=COMPONENTS[:-1]),
    "with another session": lambda: signed() | {"Audiohook-Session-Id": ORGANIZATION},
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_request_that_may_not_come_in_waits_and_learns_nothing(what: str) -> None:
    with audiohook_house(plan()) as house, knocking(house.port) as caller:
        begun = monotonic()
        caller.send(hook_request(headers=REFUSED[what]()))
        assert caller.head()[0] == 401
        assert monotonic() - begun >= 0.5
        assert caller.body() == b"not authorized\n"
        assert house.on_loop(lambda: house.house.refused) == 1


def test_a_key_without_secret_needs_no_signature() -> None:
    with audiohook_house(plan(secret="")) as house:
        assert status(house.port, upgrade_headers(KEY)) == 101
        assert status(house.port, upgrade_headers("other")) == 401


@pytest.mark.parametrize("name", ["Audiohook-Organization-Id", "Audiohook-Session-Id"])
@pytest.mark.parametrize("value", [None, "", "no-uuid"])
def test_an_upgrade_needs_its_ids(name: str, value: str | None) -> None:
    headers = {key: held for key, held in upgrade_headers(KEY).items() if key != name}
    if value is not None:
        headers[name] = value
    with audiohook_house(plan(secret="")) as house:
        assert status(house.port, headers) == 400


def test_a_page_on_a_foreign_site_may_not_come_in() -> None:
    with audiohook_house(plan(secret="", origins=("https://good.example",))) as house:
        assert status(house.port, upgrade_headers(KEY), Origin="https://bad.example") == 403
        assert status(house.port, upgrade_headers(KEY), Origin="https://good.example") == 101


@pytest.mark.parametrize("path", ["/audiohooks", "/audiohook-x", "/", "/x/audiohook", "//audiohook"])
def test_nothing_else_is_the_door(path: str) -> None:
    with audiohook_house(plan(secret="")) as house:
        assert status(house.port, upgrade_headers(KEY), path) == 404


def test_beyond_a_crowd_there_is_not_even_a_session() -> None:
    with audiohook_house(plan(secret="", limits=MediaLimits(max_calls=0))) as house, ExitStack() as crowd:
        for _ in range(MOST_TURNED_AWAY - 1):
            crowd.enter_context(hooked(house.port))
        with hooked(house.port) as last:
            assert status(house.port, upgrade_headers(KEY)) == 503
            last.refusal()
            last.close("disconnect")
        house.until(lambda: len(house.house.turned_away) < MOST_TURNED_AWAY)
        assert status(house.port, upgrade_headers(KEY)) == 101


def test_sessions_that_are_turned_away_take_no_calls_place() -> None:
    few = plan(secret="", limits=MediaLimits(max_calls=1))
    with audiohook_house(few) as house, hooked(house.port, ORGANIZATION) as first, hooked(house.port) as late:
        assert late.refusal() == ("error", "no room for another call")
        first.opened(EXTERNAL)
        first.close()
        house.until(lambda: not house.house.connections)
        with hooked(house.port) as again:
            again.opened(EXTERNAL)
