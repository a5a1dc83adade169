"""The outbox's way out: at least once, in order, and no endpoint in the way of another."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from actors.webhooks import HAND_PER_ENDPOINT, TAKE, WebhookActor
from messages.journal import (
    DeliveriesWaiting,
    Delivery,
    DueDeliveries,
    PendingDelivery,
    PublishEvent,
    RecordAttempt,
    TakeDeliveries,
)
from messages.rest import CallerReady, Dial, Dialled, Failure, HttpResponse, RollCall
from rules.deliveries import Schedule
from tests.kit import EPOCH, Probe, Stage

A, B = "https://a.example/hook", "https://b.example/hook"


@dataclass
class Row:
    """One line of the outbox."""

    delivery: Delivery
    due_at_s: float
    state: str = "pending"
    attempts: int = 0
    last_error: str = ""
    order: int = 0


@dataclass
class Outbox:
    """Stands for the journal: keeps the rows and answers as contracts of messages.journal say."""

    name: str = "journal"
    rows: dict[str, Row] = field(default_factory=dict)
    events: list[PublishEvent] = field(default_factory=list)
    taken: list[TakeDeliveries] = field(default_factory=list)
    silent: bool = False

    def tell(self, message: object) -> None:
        match message:
            case RecordAttempt():
                row = self.rows[message.webhook_id]
                assert row.state == "pending", "a delivery ends once"
                row.state, row.due_at_s, row.attempts = message.state, message.due_at_s, message.attempts
                row.last_error = message.last_error
            case TakeDeliveries():
                self.taken.append(message)
                if not self.silent:
                    message.reply_to.tell(self.due(message))
            case PublishEvent():
                self.events.append(message)
            case _:
                raise AssertionError(f"the journal does not take {message}")

    def due(self, asked: TakeDeliveries) -> DueDeliveries:
        waiting = [row for key, row in self.rows.items() if row.state == "pending" and key not in asked.in_hand]
        waiting.sort(key=lambda row: (row.due_at_s, row.order))
        due = [row for row in waiting if row.due_at_s <= asked.now_s][: asked.limit]
        rest = waiting[len(due) :]
        return DueDeliveries(
            deliveries=tuple(PendingDelivery(delivery=row.delivery, attempts=row.attempts) for row in due),
            next_due_s=rest[0].due_at_s if rest else None,
        )


class Scene:
    """Webhooks with callers that a test answers for; what arrived where is in `arrived`."""

    def __init__(self, callers: int = 8, outbox: Outbox | None = None, **limits: Any) -> None:
        self.stage, self.outbox = Stage(), outbox or Outbox()
        self.callers = [Probe(f"caller.{number}") for number in range(callers)]
        self.arrived: list[str] = []
        self.limits = limits
        self.play(1)

    def play(self, incarnation: int) -> None:
        self.actor = WebhookActor(
            self.stage.seat("webhooks", incarnation=incarnation),
            journal=self.outbox,
            callers=tuple(self.callers),
            **self.limits,
        )
        self.webhooks = self.stage.play(self.actor)
        for caller in self.callers:
            caller.take(RollCall)
            self.webhooks.tell(CallerReady(caller=caller))
        self.stage.run()

    def now_s(self) -> float:
        return EPOCH.timestamp() + self.stage.world.now_s

    def put(self, webhook_id: str, url: str = A, subject: str | None = None) -> None:
        delivery = Delivery(webhook_id=webhook_id, url=url, event="transferred", subject=subject or webhook_id, body={})
        self.outbox.rows[webhook_id] = Row(delivery, self.now_s(), order=len(self.outbox.rows))

    def wake(self) -> None:
        self.webhooks.tell(DeliveriesWaiting(count=1))
        self.stage.run()

    def send(self, *webhook_ids: str, url: str = A, subject: str | None = None) -> None:
        for webhook_id in webhook_ids:
            self.put(webhook_id, url, subject)
        self.wake()

    def under_way(self) -> list[str]:
        return sorted(message.call_id for caller in self.callers for message in caller.heard)

    def land(
        self, webhook_id: str, status: int | None = 200, failure: Failure = "", headers: dict[str, str] | None = None
    ) -> None:
        for caller in self.callers:
            for message in list(caller.heard):
                if isinstance(message, Dial) and message.call_id == webhook_id:
                    caller.heard.remove(message)
                    response = None if status is None else HttpResponse(status=status, headers=headers or {}, body=b"")
                    word = Dialled(
                        call_id=webhook_id,
                        attempt=message.attempt,
                        caller=caller,
                        response=response,
                        failure=failure,
                        maybe_sent=True,
                        detail="the words" if failure else "",
                    )
                    self.arrived.append(webhook_id)
                    self.webhooks.tell(word)
                    self.stage.run()
                    return
        raise AssertionError(f"{webhook_id} is not under way, only {self.under_way()}")

    def row(self, webhook_id: str) -> Row:
        return self.outbox.rows[webhook_id]

    def states(self) -> dict[str, str]:
        return {key: row.state for key, row in self.outbox.rows.items()}


def test_delivers_what_waits_at_the_start() -> None:
    outbox = Outbox()
    before = Scene(outbox=outbox, callers=0)
    before.put("w1")
    scene = Scene(outbox=outbox)
    assert scene.under_way() == ["w1"]


def test_delivers_what_it_is_told_of_and_says_so() -> None:
    scene = Scene()
    scene.send("w1")
    scene.land("w1")
    assert (scene.row("w1").state, scene.row("w1").attempts) == ("delivered", 1)
    (event,) = scene.outbox.events
    assert (event.kind, event.data["webhook_id"], event.data["attempts"]) == ("webhook.delivered", "w1", 1)


def test_looks_by_itself_now_and_then_should_nobody_have_told_it() -> None:
    scene = Scene()
    scene.put("w1")
    scene.stage.advance(61)
    assert scene.under_way() == ["w1"]


@pytest.mark.parametrize("status", [302, 400, 404, 429])
def test_what_is_final_is_dead(status: int) -> None:
    scene = Scene()
    scene.send("w1")
    scene.land("w1", status)
    assert scene.row("w1").state == "dead"
    assert str(status) in scene.row("w1").last_error
    assert scene.outbox.events[0].kind == "webhook.dead"
    scene.send("w2")
    assert scene.under_way() == ["w2"]


def test_410_ends_everything_for_that_endpoint_and_for_no_other() -> None:
    scene = Scene(per_endpoint=1)
    scene.send("w1", "w2", "w3")
    scene.send("x1", url=B)
    scene.land("w1", 410)
    assert scene.states() == {"w1": "dead", "w2": "dead", "w3": "dead", "x1": "pending"}
    assert "410" in scene.row("w3").last_error
    scene.send("w4")
    assert scene.row("w4").state == "dead"
    assert scene.under_way() == ["x1"]


def test_a_try_still_under_way_when_its_endpoint_is_disabled_is_dead_when_it_fails() -> None:
    scene = Scene()
    scene.send("w1", "w2")
    scene.land("w1", 410)
    scene.land("w2", 503)
    scene.stage.advance(70)
    assert scene.row("w2").state == "dead"


@pytest.mark.parametrize(("status", "failure"), [(500, ""), (None, "transport"), (None, "timeout")])
def test_what_may_pass_is_tried_again_with_the_same_id(status: int | None, failure: Failure) -> None:
    scene = Scene()
    scene.send("w1")
    scene.land("w1", status, failure)
    assert (scene.row("w1").state, scene.row("w1").attempts) == ("pending", 1)
    scene.stage.advance(4.9)
    assert scene.under_way() == []
    scene.stage.advance(1.5)
    scene.land("w1")
    assert (scene.row("w1").state, scene.row("w1").attempts) == ("delivered", 2)


def test_after_its_last_try_it_is_dead() -> None:
    scene = Scene(schedule=Schedule(tries=3, first_s=1, last_s=10))
    scene.send("w1")
    for _ in range(3):
        scene.land("w1", 503)
        scene.stage.advance(80)
    assert (scene.row("w1").state, scene.row("w1").attempts) == ("dead", 3)


def test_eight_tries_take_about_half_a_day() -> None:
    scene = Scene()
    scene.send("w1")
    for _ in range(8):
        scene.land("w1", 503)
        while scene.row("w1").state == "pending" and not scene.under_way():
            scene.stage.advance(600)
    assert scene.row("w1").state == "dead"
    assert 36_000 < scene.stage.world.now_s < 72_000


def test_one_subject_is_delivered_in_order() -> None:
    scene = Scene()
    scene.send("w1", "w2", "w3", subject="i1")
    assert scene.under_way() == ["w1"]
    scene.land("w1")
    assert scene.under_way() == ["w2"]


def test_what_follows_a_failed_delivery_waits_behind_it_and_takes_no_room() -> None:
    scene = Scene()
    scene.send("w1", "w2", subject="i1")
    scene.land("w1", 503)
    assert scene.actor.facts()["in_hand"] == 0
    scene.send("w3", subject="i1")
    assert scene.under_way() == []
    for webhook_id in ("w1", "w2", "w3"):
        scene.stage.advance(7)
        assert scene.under_way() == [webhook_id]
        scene.land(webhook_id)
    assert [scene.row(webhook_id).attempts for webhook_id in ("w1", "w2", "w3")] == [2, 1, 1]


def test_a_dead_delivery_lets_the_next_of_its_subject_go() -> None:
    scene = Scene()
    scene.send("w1", "w2", subject="i1")
    scene.land("w1", 400)
    assert scene.under_way() == ["w2"]


def test_at_most_four_tries_are_under_way_at_one_endpoint() -> None:
    scene = Scene(callers=8)
    scene.send(*(f"w{number}" for number in range(6)))
    assert scene.under_way() == ["w0", "w1", "w2", "w3"]
    scene.land("w2")
    assert scene.under_way() == ["w0", "w1", "w3", "w4"]


def test_a_slow_endpoint_does_not_delay_another() -> None:
    scene = Scene(callers=8)
    scene.send(*(f"w{number}" for number in range(20)))
    scene.send("x1", "x2", url=B)
    assert {"x1", "x2"} <= set(scene.under_way())


def test_a_flood_for_a_slow_endpoint_does_not_bury_another() -> None:
    scene = Scene(callers=8)
    scene.send(*(f"w{number:04}" for number in range(TAKE * 10)))
    scene.send("x1", url=B)
    scene.stage.advance(5)
    assert "x1" in scene.under_way()
    assert int(str(scene.actor.facts()["in_hand"])) <= HAND_PER_ENDPOINT + 6


def test_a_flood_is_delivered_in_the_end_each_once() -> None:
    scene = Scene(callers=8)
    wanted = [f"w{number:04}" for number in range(300)]
    for number, webhook_id in enumerate(wanted):
        scene.put(webhook_id, A, f"i{number % 40}")
    scene.wake()
    while any(state == "pending" for state in scene.states().values()):
        for webhook_id in scene.under_way():
            scene.land(webhook_id)
        scene.stage.advance(0.5)
    assert sorted(scene.arrived) == wanted
    for subject in range(40):
        of_one = [arrived for arrived in scene.arrived if int(arrived[1:]) % 40 == subject]
        assert of_one == sorted(of_one)


def test_a_journal_that_does_not_answer_is_asked_again() -> None:
    scene = Scene(outbox=Outbox(silent=True))
    scene.send("w1")
    assert len(scene.outbox.taken) == 1
    scene.outbox.silent = False
    scene.stage.advance(31)
    assert scene.under_way() == ["w1"]


def test_after_a_crash_the_journal_has_what_was_in_hand() -> None:
    scene = Scene()
    scene.send("w1", "w2")
    scene.land("w1")
    for caller in scene.callers:
        caller.heard.clear()
    scene.actor.actor_stopped.set()
    scene.play(2)
    assert scene.under_way() == ["w2"]
    scene.land("w2")
    assert scene.states() == {"w1": "delivered", "w2": "delivered"}


def test_a_caller_that_crashed_in_the_middle_is_noticed() -> None:
    scene = Scene(callers=1)
    scene.send("w1")
    (caller,) = scene.callers
    caller.take(Dial)
    scene.webhooks.tell(CallerReady(caller=caller))
    scene.stage.advance(7)
    scene.land("w1")
    assert scene.row("w1").attempts == 2


def test_a_caller_that_never_comes_back_is_given_up() -> None:
    scene = Scene(callers=2)
    scene.send("w1")
    (lost,) = [caller for caller in scene.callers if caller.heard]
    lost.heard.clear()
    scene.stage.advance(20)
    scene.land("w1")
    assert scene.row("w1").state == "delivered"


def test_a_503_may_ask_for_more_time() -> None:
    scene = Scene()
    scene.send("w1")
    scene.land("w1", 503, headers={"retry-after": "90"})
    scene.stage.advance(89)
    assert scene.under_way() == []
    scene.stage.advance(2)
    assert scene.under_way() == ["w1"]


def test_counts_what_it_did() -> None:
    scene = Scene()
    scene.send("w1", "w2", "w3")
    scene.land("w1")
    scene.land("w2", 404)
    scene.land("w3", 503)
    facts = scene.actor.facts()
    assert (facts["delivered"], facts["dead"], facts["retried"], facts["in_hand"]) == (1, 1, 1, 0)
