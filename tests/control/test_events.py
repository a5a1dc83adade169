"""Events as notifications, bounded for each client, and a slow reader's trouble its own."""

from control.bridge import Bridge
from control.server import ControlServer
from control.subscription import Subscription
from messages.gateway import ShowGateway
from messages.journal import EventPublished
from tests.control.house import PATIENCE_S, Client, FakeHouse


def test_tells_events_as_they_happen(house: FakeHouse, client: Client) -> None:
    assert client.call("events.subscribe") == {"subscribed": "all", "since_seq": 0}
    house.journal.publish("token.refreshed", generation=2)
    assert client.read() == {
        "jsonrpc": "2.0",
        "method": "event",
        "params": {"seq": 1, "at": "2026-01-01T00:00:00.000Z", "kind": "token.refreshed", "data": {"generation": 2}},
    }


def test_what_is_asked_for_is_the_journals_to_choose(house: FakeHouse, client: Client) -> None:
    client.call("events.subscribe", kinds=["session.lost"], since_seq=41)
    house.journal.subscribed.get(timeout=PATIENCE_S)
    subscription = house.journal.subscribed.get(timeout=PATIENCE_S)
    assert (subscription.kinds, subscription.since_seq) == (("session.lost",), 41)
    assert subscription.subscriber.name == "control.1"


def test_a_second_subscription_replaces_the_first(house: FakeHouse, client: Client) -> None:
    client.call("events.subscribe", kinds=["a"])
    client.call("events.subscribe", kinds=["b"])
    assert house.journal.unsubscribed.get(timeout=PATIENCE_S) == "control.1"
    assert [held.kinds for held in house.journal.held] == [("order.ended",), ("b",)]


def test_a_client_that_goes_is_told_nothing_more(house: FakeHouse, client: Client) -> None:
    client.call("events.subscribe")
    client.close()
    assert house.journal.unsubscribed.get(timeout=PATIENCE_S) == "control.1"


def test_a_slow_subscriber_loses_events_is_told_how_many_and_holds_nobody_up(
    house: FakeHouse, door: ControlServer, client: Client
) -> None:
    house.actors["gateway"].answers[ShowGateway] = {"state": "running"}
    client.call("events.subscribe")
    for _ in range(15_000):
        house.journal.publish("order.accepted", filler="x" * 200)
    with Client(house.claim.path) as other:
        assert other.call("gateway.status") == {"state": "running"}
    heard = [client.read()["params"]]
    while heard[-1]["seq"] < 10_000:
        heard.append(client.read()["params"])
    house.journal.publish("the.last")
    while heard[-1]["kind"] != "the.last":
        heard.append(client.read()["params"])
    dropped = sum(event.get("dropped", 0) for event in heard)
    assert dropped > 0
    assert len(heard) + dropped == 15_001


class WokenBridge:
    """Counts wake-ups instead of running them."""

    def __init__(self) -> None:
        self.posted = 0

    def post(self, call: object) -> None:
        self.posted += 1


def event(seq: int) -> EventPublished:
    return EventPublished(seq=seq, at="", kind="k", data={})


def subscription(bridge: WokenBridge, most_events: int) -> Subscription:
    as_bridge: Bridge = bridge  # type: ignore[assignment] # a probe stands for the bridge
    return Subscription("control.1", as_bridge, lambda: None, most_events)


def test_the_next_event_after_a_loss_tells_its_size() -> None:
    followed = subscription(WokenBridge(), most_events=2)
    for seq in range(1, 6):
        followed.tell(event(seq))
    first, second = followed.take(10)
    assert b'"dropped":3' in first
    assert b"dropped" not in second
    assert followed.take(10) == []


def test_events_that_wait_together_wake_the_loop_once() -> None:
    bridge = WokenBridge()
    followed = subscription(bridge, most_events=100)
    for seq in range(1, 51):
        followed.tell(event(seq))
    assert bridge.posted == 1
    assert len(followed.take(20)) == 20
    assert len(followed.take(100)) == 30
