"""Every subscriber hears every event of its kinds once, in order."""

from actors.subscriptions import Subscriptions
from messages.journal import EventPublished, Subscribe
from tests.kit import Probe


def event(seq: int, kind: str = "stream.gap") -> EventPublished:
    return EventPublished(seq=seq, at="2026-01-01T00:00:00.000Z", kind=kind, data={})


def heard(probe: Probe) -> list[int]:
    return [published.seq for published in probe.take_all(EventPublished)]


def test_events_are_told_from_the_subscription_on() -> None:
    subscriptions, probe = Subscriptions(), Probe("control")
    subscriptions.add(Subscribe(subscriber=probe), 4)
    subscriptions.publish([event(5), event(6)], 4)
    subscriptions.publish([], 6)
    assert heard(probe) == [5, 6]


def test_only_the_wanted_kinds_are_told_but_the_others_count_as_heard() -> None:
    subscriptions, probe = Subscriptions(), Probe("control")
    subscriptions.add(Subscribe(subscriber=probe, kinds=("order.ended",)), 0)
    subscriptions.publish([event(1), event(2, "order.ended"), event(3)], 0)
    assert heard(probe) == [2]
    assert subscriptions.lagging(3) == []


def test_who_lags_is_not_told_what_comes_later() -> None:
    subscriptions, probe = Subscriptions(), Probe("control")
    subscriptions.add(Subscribe(subscriber=probe, since_seq=1), 4)
    subscriptions.publish([event(5)], 4)
    assert heard(probe) == []
    (subscription,) = subscriptions.lagging(5)
    subscription.tell([event(2), event(3), event(4), event(5)], 5)
    subscriptions.publish([event(6)], 5)
    assert heard(probe) == [2, 3, 4, 5, 6]


def test_events_without_a_number_of_their_own_are_told_to_all_who_have_heard_the_rest() -> None:
    subscriptions, live, lagging = Subscriptions(), Probe("live"), Probe("lagging")
    subscriptions.add(Subscribe(subscriber=live), 4)
    subscriptions.add(Subscribe(subscriber=lagging, since_seq=3), 4)
    subscriptions.publish([event(4)], 4)
    subscriptions.publish([event(4), event(5), event(5)], 4)
    assert (heard(live), heard(lagging)) == ([4, 4, 5, 5], [])
    assert len(subscriptions.lagging(5)) == 1


def test_nobody_can_subscribe_to_the_future_only() -> None:
    subscriptions, probe = Subscriptions(), Probe("control")
    subscriptions.add(Subscribe(subscriber=probe, since_seq=99), 4)
    subscriptions.publish([event(5)], 4)
    assert heard(probe) == [5]


def test_where_nothing_is_left_on_record_one_has_heard_everything() -> None:
    subscriptions = Subscriptions()
    subscriptions.add(Subscribe(subscriber=Probe("control"), since_seq=0), 4)
    (subscription,) = subscriptions.lagging(4)
    subscription.tell([], 4)
    assert subscriptions.lagging(4) == []


def test_a_second_subscription_of_one_subscriber_replaces_the_first() -> None:
    subscriptions, probe = Subscriptions(), Probe("control")
    subscriptions.add(Subscribe(subscriber=probe), 0)
    subscriptions.add(Subscribe(subscriber=probe, kinds=("order.ended",)), 0)
    subscriptions.publish([event(1)], 0)
    assert (heard(probe), len(subscriptions)) == ([], 1)


def test_who_unsubscribed_hears_nothing() -> None:
    subscriptions, probe = Subscriptions(), Probe("control")
    subscriptions.add(Subscribe(subscriber=probe), 0)
    subscriptions.remove(probe)
    subscriptions.remove(probe)
    subscriptions.publish([event(1)], 0)
    assert heard(probe) == []
