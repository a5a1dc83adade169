"""Questions to actors, from the loop."""

import asyncio
from typing import Any

from control.bridge import Bridge
from control.calls import Calls, House
from control.reception import Reception, Rules
from messages.gateway import ShowGateway
from messages.supervision import Describe, Description
from tests.control.house import FAILURES
from tests.web.house import WebHouse
from tests.web.inquired import STATUS
from web.inquiries import Inquiries


def asked(house: WebHouse, *patience_s: float, method: str = "gateway.status") -> list[Any]:
    """The answers to `method`, asked once for each patience at the same time."""

    async def ask() -> list[Any]:
        bridge = Bridge(asyncio.get_running_loop())
        rules = Rules(new_id=lambda: "minted", draining=lambda: False)
        parts = House(addresses=house, failures=FAILURES, rules=rules, new_export=lambda: "")
        inquiries = Inquiries(Calls(parts, bridge, Reception("http", house, rules, bridge)))
        return list(await asyncio.gather(*(inquiries.ask(method, seconds) for seconds in patience_s)))

    return asyncio.run(ask())


def test_an_answer_is_the_actors(house: WebHouse) -> None:
    assert asked(house, 20.0) == [STATUS]


def test_who_asks_the_same_meanwhile_gets_the_same_answer(house: WebHouse) -> None:
    assert asked(house, 20.0, 20.0, 20.0) == [STATUS] * 3
    assert house.actors["gateway"].heard.qsize() == 1


def test_an_actor_is_described_by_its_name(house: WebHouse) -> None:
    facts = Description(name="barge", kind="BargeActor", incarnation=2, facts={"open_orders": 3})
    house.actors["barge"].answers[Describe] = facts
    (answer,) = asked(house, 20.0, method="actor.show barge")
    assert (answer["name"], answer["facts"]) == ("barge", {"open_orders": 3})


def test_silence_is_none_after_the_patience(house: WebHouse) -> None:
    house.actors["gateway"].answers.clear()
    assert asked(house, 0.01, 0.02) == [None, None]


def test_an_actor_that_fails_or_is_not_there_is_none(house: WebHouse) -> None:
    house.actors["gateway"].answers[ShowGateway] = FAILURES.gone("gone")
    assert asked(house, 20.0) == [None]
    del house.actors["gateway"]
    assert asked(house, 20.0) == [None]
