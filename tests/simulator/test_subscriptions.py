from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.server import Simulator
from simulator.subscriptions import read_subscription
from tests.simulator.client import bearer, line, play, subscribed, subscription


def wrong(raw: bytes) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_subscription(raw)
    return [problem.partition(":")[0] for problem in caught.value.problems]


def test_reads_the_interaction_of_a_subscription() -> None:
    frame = b'{"action":"subscribe","eventTypes":["media.playback.state"],"filters":{"interactionId":"i-1"}}'
    assert read_subscription(frame) == "i-1"


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"{half", ["not JSON"]),
        (b"[]", ["the body"]),
        (b"{}", ["action", "eventTypes", "filters"]),
        (
            b'{"action":"listen","eventTypes":[],"filters":{},"id":1}',
            ["action", "eventTypes", "id", "filters.interactionId"],
        ),
        (
            b'{"action":"subscribe","eventTypes":["media.playback.state","other"],"filters":[]}',
            ["eventTypes", "filters"],
        ),
        (
            b'{"action":"subscribe","eventTypes":["media.playback.state"],"filters":{"interaction_id":"i"}}',
            ["filters.interactionId", "filters.interaction_id"],
        ),
    ],
)
def test_names_every_field_that_is_wrong(raw: bytes, fields: list[str]) -> None:
    assert wrong(raw) == fields


def test_one_socket_can_hear_of_several_interactions(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator, "i-1") as events:
        assert events.ask(subscription("i-2"))["filters"] == {"interactionId": "i-2"}
        play(genesys_simulator, "i-1")
        first = [events.hear()["interactionId"] for _ in range(3)]
        play(genesys_simulator, "i-2")
        assert first + [events.hear()["interactionId"] for _ in range(3)] == ["i-1"] * 3 + ["i-2"] * 3


def test_subscribing_twice_is_heard_once(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator) as events:
        events.ask(subscription())
        play(genesys_simulator)
        assert events.states(3) == ["buffering", "playing", "completed"]
        assert not events.waits()
    assert genesys_simulator.counts()["subscriptions.total"] == 1


def test_every_subscriber_of_an_interaction_hears_it(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator) as first, subscribed(genesys_simulator) as second:
        play(genesys_simulator)
        assert first.states(3) == second.states(3) == ["buffering", "playing", "completed"]
    assert [step["told"] for step in genesys_simulator.plays()[0]["steps"]] == [0, 2, 2, 2]


def test_a_session_that_ends_takes_its_subscriptions_along(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator) as events:
        events.ask(subscription("i-2"))
        assert genesys_simulator.counts()["subscriptions.now"] == 2
    genesys_simulator.wait_for(lambda world: world.count["subscriptions.ended"] == 2)
    assert genesys_simulator.counts()["subscriptions.now"] == 0
    play(genesys_simulator)
    genesys_simulator.wait_for(lambda world: world.count["events.lost"] == 3)


def test_a_hundred_sockets_hear_their_own_interaction_each(genesys_simulator: Simulator) -> None:
    headers = bearer(genesys_simulator)
    names = [f"i-{number}" for number in range(100)]
    managers = [subscribed(genesys_simulator, name, headers) for name in names]
    opened: list[Any] = [manager.__enter__() for manager in managers]
    for name in names:
        assert play(genesys_simulator, name, headers=headers).status_code == 202
    for name, events in zip(names, opened, strict=True):
        heard = [events.hear() for _ in range(3)]
        assert {event["interactionId"] for event in heard} == {name}
        assert [event["state"] for event in heard] == ["buffering", "playing", "completed"]
    assert (genesys_simulator.counts()["events.sent"], genesys_simulator.counts()["events.lost"]) == (300, 0)
    for manager in managers:
        manager.__exit__(None, None, None)


def test_a_transfer_socket_is_told_nothing(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as session:
        play(genesys_simulator)
        genesys_simulator.wait_for(lambda world: world.count["plays.completed"] == 1)
        assert not session.waits()
