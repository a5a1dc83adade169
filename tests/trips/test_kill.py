"""`kill -9` at any moment: every order that was taken has exactly one end, and at most one effect."""

import threading
from collections import Counter, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.trips.house import ALL, House, Lodge, settle, transfer
from tests.trips.wire import Hung, Wire

ORDERS, CLIENTS = 1000, 5
UNDER_WAY = 60  # orders of each client at a time
DEADLINE_S = 300.0  # so far off that no order of these trips ends by it


class Caller(threading.Thread):
    """A program that gives its share of the orders and keeps the outcomes that it hears, until the gateway is gone."""

    def __init__(self, wire: Wire, numbers: Iterable[int]) -> None:
        super().__init__(daemon=True)
        self._wire = wire
        self._numbers = deque(numbers)
        self.outcomes: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        try:
            self._give(UNDER_WAY)
            while True:
                outcome = self._wire.next_answer()["result"]
                self.outcomes[outcome["request_id"]] = outcome
                self._give(1)
        except (Hung, ConnectionError):
            pass  # the gateway was killed: nothing more will be heard

    def _give(self, most: int) -> None:
        for _ in range(min(most, len(self._numbers))):
            self._wire.ask("transfer.start", **numbered(self._numbers.popleft()))


def numbered(number: int) -> dict[str, Any]:
    """Order `number`; every second one has an id that is no UUID, so that Genesys gets another."""
    request_id = f"ticket-{number}" if number % 2 else f"00000000-0000-4000-8000-{number:012}"
    return transfer(f"i-{number}", request_id=request_id, deadline_s=DEADLINE_S)


def trouble(house: House) -> None:
    """A Genesys that is slow, loses answers and drops connections, within what three retries stand."""
    house.genesys.change_settings(answer_latency_ms=100, answer_jitter_ms=200, rest_latency_ms=20)
    house.genesys.add_fault("latency", latency_ms=1000, route="transfer", times=100, probability=0.3)
    house.genesys.add_fault("codec_unsupported", codec="opus", times=50, probability=0.1)
    house.genesys.add_fault("effect_then_drop", after=200)


def count_if_nothing_is_lost_or_doubled(house: House, wire: Wire, heard: dict[str, dict[str, Any]]) -> int:
    """The record, Genesys and what callers heard tell the same story, of success; how many orders there are."""
    orders = settle(wire)
    for request_id, outcome in heard.items():
        assert {name: orders[request_id][name] for name in outcome} == outcome
    ended = wire.call("audit.query", kind="transfer.ended", limit=ALL)["records"]
    ends = Counter(record["request_id"] for record in ended)
    assert ends == Counter(dict.fromkeys(orders, 1))
    rows = {row["id"]: row for row in house.genesys.transfers()}
    assert len(rows) == len({row["interaction_id"] for row in rows.values()}), "an order was sent under two ids"
    assert set(rows) <= {order["transfer_id"] for order in orders.values()}, "sent before it was on record"
    assert {row["effects"] for row in rows.values()} <= {0, 1}
    assert not [order for order in orders.values() if order["status"] != "succeeded"]
    assert [rows[order["transfer_id"]]["effects"] for order in orders.values()] == [1] * len(orders)
    verified = wire.call("audit.verify")
    assert verified["ok"], verified
    return len(orders)


def give_orders(house: House) -> list[Caller]:
    """A thousand orders over several connections, all of them under way."""
    callers = [Caller(house.wire(), range(first, ORDERS, CLIENTS)) for first in range(CLIENTS)]
    for caller in callers:
        caller.start()
    return callers


def test_killed_in_the_middle_of_a_thousand_orders_and_again_in_the_middle_of_recovery(lodge: Lodge) -> None:
    house = lodge()
    trouble(house)
    callers = give_orders(house)
    house.await_genesys("answers.sent", 300)
    house.kill()
    heard = {}
    for caller in callers:
        caller.join(60)
        assert not caller.is_alive()
        heard.update(caller.outcomes)
    assert 0 < len(heard) < ORDERS

    frames = house.genesys.counts()["frames.transfer"]
    house.launch()
    house.await_genesys("frames.transfer", frames + 50)
    house.kill()

    house.open()
    wire = house.wire()
    assert len(heard) < count_if_nothing_is_lost_or_doubled(house, wire, heard) < ORDERS

    asked = [wire.ask("transfer.start", **numbered(number)) for number in range(ORDERS)]
    heard = {outcome["request_id"]: outcome for outcome in map(wire.result, asked)}
    assert count_if_nothing_is_lost_or_doubled(house, wire, heard) == ORDERS


def test_each_success_is_told_to_the_media_server_although_the_gateway_was_killed(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("silence", route="sink", times="always")
    wire = house.wire()
    names = [f"i-{number}" for number in range(10)]
    for number in [wire.ask("transfer.start", **transfer(name)) for name in names]:
        assert wire.result(number)["status"] == "succeeded"
    house.await_genesys("sink.media-server", 1)
    house.kill()
    house.genesys.remove_faults()
    house.open()
    house.await_genesys("sink.answered", len(names))
    assert {sent["body"]["interaction_id"] for sent in answered(house)} == set(names)
    ids = {(sent["body"]["transfer_id"], sent["headers"]["webhook-id"]) for sent in house.genesys.sink("media-server")}
    assert len(ids) == len(names), "a callback is the same one on every try"


def answered(house: House) -> list[dict[str, Any]]:
    """The callbacks that the media server took."""
    return [sent for sent in house.genesys.sink("media-server") if sent["status"] == 200]


def test_an_order_whose_deadline_passed_while_the_gateway_was_down_is_interrupted(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("mute_answers")
    wire = house.wire()
    request_id = str(uuid4())
    wire.ask("transfer.start", **transfer("one", request_id=request_id, deadline_s=3.0))
    house.await_genesys("frames.transfer", 1)
    accepted_at = datetime.fromisoformat(wire.call("command.show", request_id=request_id)["accepted_at"])
    house.kill()
    left_s = 3.0 - (datetime.now(UTC) - accepted_at).total_seconds()
    threading.Event().wait(max(0.0, left_s))  # nobody there to wait for: it is the time that has to pass
    house.open()
    order = settle(house.wire())[request_id]
    assert order["status"] == "interrupted"
    (reason,) = order["reasons"]
    assert (reason["code"], reason["gate"]) == ("SB-501", "restart")
    assert "look at the interaction" in reason["remedy"]
    assert len(house.frames("one")) == 1


def test_a_caller_who_asks_again_after_the_kill_hears_the_one_outcome(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("mute_answers")
    order = transfer("one", request_id=str(uuid4()), deadline_s=DEADLINE_S)
    house.wire().ask("transfer.start", **order)
    house.await_genesys("transfers.effected", 1)
    house.kill()
    house.open()
    outcome = house.wire().call("transfer.start", **order)
    assert outcome["status"] == "succeeded"
    (row,) = house.seen("one")
    assert (row["id"], row["effects"], row["frames"]) == (order["request_id"], 1, 2)
    records = house.wire().call("audit.query", interaction_id="one", kind="transfer")["records"]
    steps = [record["kind"] for record in records]
    assert steps[0] == "transfer.accepted"
    assert steps[-3:] == ["transfer.resumed", "transfer.sent", "transfer.ended"]
