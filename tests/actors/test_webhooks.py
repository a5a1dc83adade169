"""The outbox's way out: at least once, in order, and no endpoint in the way of another."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from actors.webhooks import HAND, HAND_PER_ENDPOINT
from messages.journal import DeliveriesWaiting, DueDeliveries, PendingDelivery
from messages.rest import CallerReady, Dial, Failure
from messages.webhooks import EndpointSwitched
from rules.deliveries import Schedule
from tests.actors.outbox_scenes import A, B, C, Scene
from tests.storage.kit import delivery

Open = Callable[..., Scene]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **limits: stack.enter_context(Scene(tmp_path, **limits))


@pytest.fixture
def scene(opened: Open) -> Scene:
    return opened()


def test_delivers_what_it_is_told_of(scene: Scene) -> None:
    scene.send("w1")
    scene.land("w1")
    assert (scene.row("w1")["state"], scene.row("w1")["attempts"]) == ("delivered", 1)
    assert scene.kinds() == ["webhook.delivered"]


def test_delivers_what_waits_at_the_start(scene: Scene) -> None:
    scene.send("w1")
    scene.end()
    scene.begin()
    assert scene.under_way() == ["w1"]


def test_looks_by_itself_now_and_then_should_nobody_have_told_it(scene: Scene) -> None:
    scene.to_webhooks.end, webhooks = Nobody(), scene.to_webhooks.end
    scene.send("w1")
    scene.to_webhooks.end = webhooks
    assert scene.under_way() == []
    scene.stage.advance(61)
    assert scene.under_way() == ["w1"]


class Nobody:
    """Hears nothing."""

    name = "nobody"

    def tell(self, message: object) -> None:
        """Forget it."""


@pytest.mark.parametrize("status", [302, 400, 404, 429])
def test_what_is_final_is_dead(scene: Scene, status: int) -> None:
    scene.send("w1")
    scene.land("w1", status)
    assert scene.row("w1")["state"] == "dead"
    assert str(status) in scene.row("w1")["last_error"]
    assert scene.kinds() == ["webhook.dead"]
    scene.send("w2")
    assert scene.under_way() == ["w2"]


@pytest.mark.parametrize(("status", "failure"), [(500, ""), (None, "transport"), (None, "timeout")])
def test_what_may_pass_is_tried_again_with_the_same_id(scene: Scene, status: int | None, failure: Failure) -> None:
    scene.send("w1")
    scene.land("w1", status, failure)
    assert (scene.row("w1")["state"], scene.row("w1")["attempts"]) == ("pending", 1)
    scene.stage.advance(4.9)
    assert scene.under_way() == []
    scene.stage.advance(1.5)
    scene.land("w1")
    assert (scene.row("w1")["state"], scene.row("w1")["attempts"]) == ("delivered", 2)


def test_the_log_says_when_an_endpoint_fails_and_when_it_is_back(scene: Scene, log: list[str]) -> None:
    scene.send("w1", "w2")
    scene.land("w1", 503)
    scene.land("w2", 503)
    scene.stage.advance(7)
    scene.land("w1")
    told = [line for line in log if "webhooks to" in line]
    assert ["WARNING" in line for line in told] == [True, False]
    assert "arrive again" in told[1]


def test_after_its_last_try_it_is_dead(opened: Open) -> None:
    scene = opened(schedule=Schedule(tries=3, first_s=1, last_s=10))
    scene.send("w1")
    for _ in range(3):
        scene.land("w1", 503)
        scene.stage.advance(12)
    assert (scene.row("w1")["state"], scene.row("w1")["attempts"]) == ("dead", 3)


def test_eight_tries_are_made_exactly_when_the_schedule_says(scene: Scene) -> None:
    schedule = Schedule()
    scene.send("w1")
    for attempts in range(1, 9):
        before_s = scene.now_s()
        scene.land("w1", 503)
        if attempts < 8:
            due_at_s = scene.due_at_s("w1")
            assert schedule.wait_s(attempts, 0.0) <= due_at_s - before_s + 0.001
            assert due_at_s - before_s <= schedule.wait_s(attempts, 1.0) + 0.001
            scene.stage.advance(due_at_s - before_s - 0.05)
            assert scene.under_way() == []
            scene.stage.advance(0.1)
    assert scene.row("w1")["state"] == "dead"
    assert scene.row("w1")["last_error"].endswith("try 8 of 8")


def test_a_503_may_ask_for_more_time(scene: Scene) -> None:
    scene.send("w1")
    scene.land("w1", 503, headers={"retry-after": "90"})
    scene.stage.advance(89)
    assert scene.under_way() == []
    scene.stage.advance(2)
    assert scene.under_way() == ["w1"]


# --- order -----------------------------------------------------------------------------------------------------


def test_one_subject_is_delivered_in_order(scene: Scene) -> None:
    scene.send("w3", "w2", "w1", subject="i1")
    for webhook_id in ("w3", "w2", "w1"):
        assert scene.under_way() == [webhook_id]
        scene.land(webhook_id)


def test_what_follows_a_failed_delivery_waits_behind_it_and_takes_no_room(scene: Scene) -> None:
    scene.send("w1", "w2", subject="i1")
    scene.land("w1", 503)
    assert scene.actor.facts()["in_hand"] == 0
    scene.send("w3", subject="i1")
    assert scene.under_way() == []
    scene.stage.advance(7)
    for webhook_id in ("w1", "w2", "w3"):
        assert scene.under_way() == [webhook_id]
        scene.land(webhook_id)
    assert [scene.row(webhook_id)["attempts"] for webhook_id in ("w1", "w2", "w3")] == [2, 1, 1]


def test_a_restart_does_not_let_the_younger_overtake_the_older_in_back_off(scene: Scene) -> None:
    scene.send("w1", "w2", subject="i1")
    scene.land("w1", 503)
    scene.end()
    scene.begin()
    scene.send("w0", subject="i1")
    assert scene.under_way() == []
    scene.stage.advance(7)
    for webhook_id in ("w1", "w2", "w0"):
        assert scene.under_way() == [webhook_id]
        scene.land(webhook_id)


def test_the_next_goes_only_when_the_end_of_the_one_before_is_durable(scene: Scene) -> None:
    scene.send("w1", "w2", subject="i1")
    scene.to_journal.end, journal = Nobody(), scene.to_journal.end
    scene.land("w1")
    scene.stage.advance(1)
    assert scene.under_way() == []
    scene.to_journal.end = journal
    scene.end()
    scene.begin()
    assert scene.under_way() == ["w1"]


def test_a_dead_delivery_lets_the_next_of_its_subject_go(scene: Scene) -> None:
    scene.send("w1", "w2", subject="i1")
    scene.land("w1", 400)
    assert scene.under_way() == ["w2"]


# --- endpoints -------------------------------------------------------------------------------------------------


def test_410_is_final_for_one_and_lets_the_others_wait(opened: Open) -> None:
    scene = opened(per_endpoint=1)
    scene.send("w1", "w2", "w3")
    scene.send("x1", url=B)
    scene.land("w1", 410)
    scene.send("w4")
    assert scene.under_way() == ["x1"]
    assert {key for key, state in scene.states().items() if state == "dead"} == {"w1"}
    assert scene.kinds() == ["webhook.dead", "webhook.disabled"]


def test_410_holds_after_a_restart_until_the_endpoint_is_enabled(scene: Scene) -> None:
    scene.send("w1")
    scene.land("w1", 410)
    scene.send("w2")
    scene.end()
    scene.begin()
    assert scene.under_way() == []
    assert scene.switch(A, enabled=True) == EndpointSwitched(url=A, enabled=True, changed=True)
    assert scene.under_way() == ["w2"]


def test_a_full_hand_asks_for_nothing_more_until_half_of_it_is_gone(opened: Open) -> None:
    scene = opened(callers=16)
    ids = [f"w{number:03}" for number in range(HAND_PER_ENDPOINT + 4)]
    scene.send(*ids)
    asked = len(scene.to_journal.taken)
    scene.send("later")
    scene.land(scene.under_way()[0])
    assert len(scene.to_journal.taken) == asked
    while len(scene.arrived) < len(ids) + 1:
        scene.land(scene.under_way()[0])
    assert len(scene.to_journal.taken) > asked
    assert set(scene.states().values()) == {"delivered"}


def test_an_answer_of_the_journal_from_before_the_410_is_not_followed(opened: Open) -> None:
    scene = opened(callers=1)
    scene.send("w1")
    scene.to_journal.cut = True
    scene.webhooks.tell(DeliveriesWaiting(count=1, urls=frozenset({A})))
    scene.stage.run()
    question = scene.to_journal.taken[-1]
    scene.land("w1", 410)
    late = PendingDelivery(webhook_id="w2", url=A, body=b"{}")
    scene.webhooks.tell(DueDeliveries(number=question.number, deliveries=(late,)))
    scene.stage.run()
    assert scene.under_way() == []


def test_a_dead_delivery_goes_again_after_a_410_when_it_is_redelivered(scene: Scene) -> None:
    scene.send("w1", "w2", subject="i1")
    scene.land("w1", 410)
    answer = scene.redeliver("w1")
    assert (answer.enabled_again, answer.cause) == (True, "")
    scene.land("w2")
    scene.land("w1")
    assert scene.states() == {"w2": "delivered", "w1": "delivered"}


def test_what_an_operator_disabled_waits_and_goes_on_when_it_is_enabled(scene: Scene) -> None:
    scene.send("w1", "w2", "w3", "w4", "w5", "w6")
    assert scene.switch(A, enabled=False).changed
    scene.send("w7")
    for webhook_id in scene.under_way():
        scene.land(webhook_id)
    assert scene.under_way() == []
    assert scene.actor.facts()["in_hand"] == 0
    assert scene.redeliver("w1").cause == "operator"
    assert scene.under_way() == []
    scene.end()
    scene.begin()
    assert scene.under_way() == []
    scene.switch(A, enabled=True)
    for _ in range(2):
        for webhook_id in scene.under_way():
            scene.land(webhook_id)
    assert set(scene.states().values()) == {"delivered"}


def test_what_waits_for_hours_goes_when_its_endpoint_is_enabled_at_its_pace_and_waits_anew_where_it_fails(
    scene: Scene,
) -> None:
    names = [f"w{number}" for number in range(6)]
    scene.send(*names)
    while under_way := scene.under_way():
        scene.land(under_way[0], 503)
    assert scene.switch(A, enabled=True).changed is False
    assert len(scene.under_way()) == 4, "half of the callers"
    scene.land(names[0], 503)
    while under_way := scene.under_way():
        scene.land(under_way[0])
    assert scene.states() == {names[0]: "pending"} | dict.fromkeys(names[1:], "delivered")


def test_a_try_under_way_when_its_endpoint_is_disabled_waits_when_it_fails(scene: Scene) -> None:
    scene.send("w1", "w2")
    scene.land("w1", 410)
    scene.land("w2", 503)
    scene.stage.advance(70)
    assert (scene.row("w2")["state"], scene.under_way()) == ("pending", [])


def test_half_of_the_callers_at_most_are_busy_with_one_endpoint(scene: Scene) -> None:
    scene.send(*(f"w{number}" for number in range(6)))
    assert scene.under_way() == ["w0", "w1", "w2", "w3"]
    scene.land("w2")
    assert scene.under_way() == ["w0", "w1", "w3", "w4"]


def test_slow_endpoints_do_not_delay_another(scene: Scene) -> None:
    scene.send(*(f"w{number}" for number in range(20)))
    scene.send(*(f"x{number}" for number in range(20)), url=B)
    scene.send("y1", "y2", url=C)
    assert [webhook_id for webhook_id in scene.under_way() if webhook_id.startswith("y")] == ["y1"]


def test_a_flood_for_a_slow_endpoint_does_not_bury_another(scene: Scene) -> None:
    scene.send(*(f"w{number:04}" for number in range(1_000)))
    scene.send("x1", url=B)
    assert "x1" in scene.under_way()
    assert scene.actor.facts()["in_hand"] == HAND_PER_ENDPOINT + 1


def test_a_hand_full_of_slow_endpoints_takes_no_more_and_empties_in_the_end(opened: Open) -> None:
    scene = opened(callers=40)
    urls = [f"https://{name}.example/" for name in "abcde"]
    for url in urls:
        scene.put(*(delivery(f"{url}{number}", url=url, subject=str(number)) for number in range(80)))
    assert scene.actor.facts()["in_hand"] == HAND
    assert {webhook_id[:10] for webhook_id in scene.under_way()} == {url[:10] for url in urls[:4]}
    finish(scene)
    assert len(scene.arrived) == 400


def test_a_flood_is_delivered_in_the_end_each_once_and_in_order(scene: Scene) -> None:
    wanted = [f"w{number:04}" for number in range(300)]
    scene.put(*(delivery(webhook_id, url=A, subject=f"i{number % 40}") for number, webhook_id in enumerate(wanted)))
    finish(scene)
    assert sorted(scene.arrived) == wanted
    for subject in range(40):
        of_one = [arrived for arrived in scene.arrived if int(arrived[1:]) % 40 == subject]
        assert of_one == sorted(of_one)


def finish(scene: Scene) -> None:
    while under_way := scene.under_way():
        for webhook_id in under_way:
            scene.land(webhook_id)


# --- what goes wrong in the house --------------------------------------------------------------------------------


def test_a_journal_that_does_not_answer_is_asked_again_and_its_late_answer_ignored(scene: Scene) -> None:
    scene.to_journal.cut = True
    scene.send("w1")
    lost = scene.to_journal.taken[-1]
    scene.to_journal.cut = False
    scene.stage.advance(31)
    scene.land("w1")
    scene.to_journal.end.tell(lost)
    late = PendingDelivery(webhook_id="w1", url=A, body=b"{}")
    scene.webhooks.tell(DueDeliveries(number=lost.number, deliveries=(late,)))
    scene.stage.run()
    assert scene.under_way() == []


def test_after_a_crash_the_journal_has_what_was_in_hand(scene: Scene) -> None:
    scene.send("w1", "w2")
    scene.land("w1")
    for caller in scene.callers:
        caller.heard.clear()
    scene.actor.actor_stopped.set()
    scene.play(2)
    assert scene.under_way() == ["w2"]
    scene.land("w2")
    assert scene.states() == {"w1": "delivered", "w2": "delivered"}


def test_a_caller_that_crashed_in_the_middle_is_noticed(opened: Open) -> None:
    scene = opened(callers=1)
    scene.send("w1")
    (caller,) = scene.callers
    caller.take(Dial)
    scene.webhooks.tell(CallerReady(caller=caller))
    scene.stage.advance(7)
    scene.land("w1")
    assert scene.row("w1")["attempts"] == 2


def test_a_caller_that_never_comes_back_is_given_up(opened: Open) -> None:
    scene = opened(callers=2)
    scene.send("w1")
    ((lost, _dial),) = scene.dials()
    lost.heard.clear()
    scene.stage.advance(20)
    scene.land("w1")
    assert scene.row("w1")["state"] == "delivered"


def test_counts_what_it_did(scene: Scene) -> None:
    scene.send("w1", "w2", "w3")
    scene.land("w1")
    scene.land("w2", 404)
    scene.land("w3", 503)
    facts: Any = scene.actor.facts()
    assert (facts["delivered"], facts["dead"], facts["retried"], facts["in_hand"]) == (1, 1, 1, 0)
