"""Genesys fails in the middle of barges: nobody hears an audio twice, and none without a consent on record."""

import threading
from collections import Counter
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from tests.trips.house import ALL, House, Lodge, barge, codes, settle
from tests.trips.wire import PATIENCE_S, Wire

WELCOME = "/en/standard/welcome.wav"
BARGES = 40
RESET_S = 3.0  # of the breaker; longer than it takes to be told that it is open
STORM: tuple[dict[str, Any], ...] = (
    {"action": "status", "status": 429, "retry_after": 0, "probability": 0.2},
    {"action": "status", "status": 503, "probability": 0.1},
    {"action": "abort", "probability": 0.1},
    {"action": "effect_then_drop", "probability": 0.2},
)


def inject(house: House, wire: Wire, conversation: str = "call-1", **more: Any) -> dict[str, Any]:
    """The outcome of a barge that nothing speaks against."""
    outcome: dict[str, Any] = wire.call("barge.inject", **barge(conversation, house.genesys.cdn_url + WELCOME, **more))
    return outcome


# --- the checks cannot be made ---------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["conversation", "participant"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"action": "status", "status": 500, "times": "always"}, "SB-209"),
        ({"action": "status", "status": 403}, "SB-208"),
        ({"action": "junk", "what": "json"}, "SB-211"),
    ],
)
def test_what_cannot_be_found_out_is_no_consent(
    house: House, wire: Wire, route: str, fault: dict[str, Any], code: str
) -> None:
    conversation = f"conversation-{uuid4()}"
    house.genesys.add_fault(**fault, route=route, conversation_id=conversation)
    outcome = inject(house, wire, conversation)
    assert (outcome["status"], codes(outcome)) == ("failed", [code])
    assert house.genesys.injections(conversation) == []
    records = wire.call("audit.query", interaction_id=conversation)["records"]
    assert [record["kind"] for record in records] == ["barge.accepted", "barge.ended"]


# --- Genesys asks to slow down ---------------------------------------------------------------------------------


def test_a_429_is_waited_out_and_the_audio_heard_once(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=429, retry_after=2, route="injection")
    outcome = inject(house, house.wire())
    assert (outcome["status"], outcome["retries"]) == ("succeeded", 1)
    assert outcome["latency_ms"] >= 2000
    assert (house.genesys.counts()["rest.injection"], len(house.genesys.injections())) == (2, 1)


def test_after_three_tries_a_429_is_final(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=429, retry_after=0, route="injection", times="always")
    outcome = inject(house, house.wire())
    assert (outcome["status"], codes(outcome), outcome["retries"]) == ("failed", ["SB-206"], 2)
    assert (house.genesys.counts()["rest.injection"], house.genesys.injections()) == (3, [])


def test_a_429_beyond_the_deadline_is_told_at_once_with_the_time_it_names(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=429, retry_after=100, route="injection", times="always")
    outcome = inject(house, house.wire(), deadline_s=50.0)
    assert (outcome["status"], codes(outcome), outcome["retry_after_s"]) == ("failed", ["SB-206"], 100)
    assert outcome["latency_ms"] < 50_000
    assert house.genesys.counts()["rest.injection"] == 1


# --- the answer does not come ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ({"action": "status", "status": 503}, 0),
        ({"action": "status", "status": 200}, 0),
        ({"action": "abort"}, 0),
        ({"action": "junk", "what": "binary"}, 0),
        ({"action": "effect_then_drop"}, 1),
    ],
)
def test_on_doubt_the_audio_is_not_sent_again_and_the_outcome_says_so(
    lodge: Lodge, fault: dict[str, Any], heard: int
) -> None:
    house = lodge()
    house.genesys.add_fault(**fault, route="injection")
    outcome = inject(house, house.wire())
    assert (outcome["status"], codes(outcome), outcome["retries"]) == ("failed", ["SB-220"], 0)
    assert "look at the interaction" in outcome["reasons"][0]["remedy"]
    assert (house.genesys.counts()["rest.injection"], len(house.genesys.injections())) == (1, heard)


def test_silence_ends_with_the_deadline_and_in_doubt(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("mute_answers", route="injection")
    outcome = inject(house, house.wire(), deadline_s=4.0)
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-220"])
    assert (house.genesys.counts()["rest.injection"], len(house.genesys.injections())) == (1, 1)


def test_an_answer_is_waited_for_as_long_as_the_setting_says(lodge: Lodge) -> None:
    house = lodge(rest__timeout_s=1)
    house.genesys.add_fault("mute_answers", route="injection")
    outcome = inject(house, house.wire())
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-220"])
    assert 1000 <= outcome["latency_ms"] < 9000


def test_a_token_that_is_revoked_meanwhile_is_replaced_and_the_audio_heard_once(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("status", status=401, route="injection")
    assert inject(house, house.wire())["status"] == "succeeded"
    assert (house.genesys.counts()["token.fetches"], len(house.genesys.injections())) == (2, 1)


def test_in_a_storm_of_faults_no_audio_is_heard_twice_and_each_outcome_is_true(lodge: Lodge) -> None:
    house = lodge(breaker__failures=1000)
    for fault in STORM:
        house.genesys.add_fault(**fault, route="injection", times="always")
    wire, url = house.wire(), house.genesys.cdn_url + WELCOME
    names = [f"call-{number}" for number in range(BARGES)]
    asked = {name: wire.ask("barge.inject", **barge(name, url)) for name in names}
    outcomes = {name: wire.result(number) for name, number in asked.items()}
    heard = Counter(made["conversation_id"] for made in house.genesys.injections())
    for name, outcome in outcomes.items():
        may_be = {"succeeded": {1}, "failed": {0, 1} if codes(outcome) == ["SB-220"] else {0}}
        assert heard[name] in may_be[outcome["status"]], outcome
    assert {outcome["status"] for outcome in outcomes.values()} == {"succeeded", "failed"}
    assert all(made["consent"] == "true" for made in house.genesys.injections())


# --- enough is enough ------------------------------------------------------------------------------------------


def test_after_five_503_in_a_row_nothing_is_sent_until_the_breaker_closes(lodge: Lodge) -> None:
    house = lodge(breaker__reset_s=RESET_S)
    house.genesys.add_fault("status", status=503, route="injection", times=5)
    wire = house.wire()
    for number in range(5):
        assert codes(inject(house, wire, f"call-{number}")) == ["SB-220"]
    kept_away = inject(house, wire, "sixth")
    assert (kept_away["status"], codes(kept_away)) == ("failed", ["SB-207"])
    assert house.genesys.counts()["rest.injection"] == 5

    threading.Event().wait(RESET_S)  # nobody to wait for: it is the time that has to pass
    assert inject(house, wire, "mended")["status"] == "succeeded"
    assert inject(house, wire, "and-again")["status"] == "succeeded"
    assert len(house.genesys.injections()) == 2


# --- the gateway fails -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "heard"), [("silence", 0), ("mute_answers", 1)])
def test_killed_between_consent_and_answer_the_audio_is_not_sent_again(lodge: Lodge, fault: str, heard: int) -> None:
    house = lodge()
    house.genesys.add_fault(fault, route="injection")
    order = barge("call-1", house.genesys.cdn_url + WELCOME, request_id="ticket-4711")
    house.wire().ask("barge.inject", **order)
    house.await_genesys(f"faults.{fault}", 1)
    house.kill()
    house.genesys.remove_faults()

    wire = house.open().wire()
    ended = settle(wire)["ticket-4711"]
    assert (ended["status"], codes(ended)) == ("interrupted", ["SB-501"])
    assert wire.call("barge.inject", **order)["status"] == "interrupted"
    kinds = [record["kind"] for record in wire.call("audit.query", interaction_id="call-1", kind="barge")["records"]]
    assert kinds[:2] == ["barge.accepted", "barge.consent"]
    assert Counter(kinds)["barge.ended"] == 1
    assert wire.call("audit.verify")["ok"]
    assert (house.genesys.counts()["rest.injection"], len(house.genesys.injections())) == (1, heard)


def test_killed_before_the_consent_was_found_out_the_barge_is_taken_up_again(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("silence", route="participant")
    order = barge("call-1", house.genesys.cdn_url + WELCOME, request_id="ticket-4711")
    house.wire().ask("barge.inject", **order)
    house.await_genesys("faults.silence", 1)
    house.kill()
    house.genesys.set_conversation("call-1", participants={"customer": {"consent": "false"}})

    wire = house.open().wire()
    ended = settle(wire)["ticket-4711"]
    assert (ended["status"], codes(ended)) == ("refused", ["SB-215"]), "the consent is that of now"
    assert house.genesys.injections() == []


def test_killed_in_the_middle_of_many_barges_none_is_heard_twice(lodge: Lodge) -> None:
    house = lodge(rest__workers=4)
    house.genesys.add_fault("latency", latency_ms=5000, route="injection", after=5, times="always")
    wire, url = house.wire(), house.genesys.cdn_url + WELCOME
    orders = [barge(f"call-{number}", url, request_id=str(uuid4())) for number in range(BARGES)]
    for order in orders:
        wire.ask("barge.inject", **order)
    house.await_genesys("faults.latency", 4)
    house.kill()
    house.genesys.remove_faults()

    wire = house.open().wire()
    settle(wire)
    asked = [wire.ask("barge.inject", **order) for order in orders]
    ends = Counter(wire.result(number)["status"] for number in asked)
    heard = Counter(made["conversation_id"] for made in house.genesys.injections())
    assert set(heard.values()) == {1}
    assert ends["interrupted"] >= 4, "those whose answer was waited for"
    assert ends["succeeded"] <= len(heard) <= ends["succeeded"] + ends["interrupted"] == BARGES
    ended = wire.call("audit.query", kind="barge.ended", limit=ALL)["records"]
    assert Counter(record["request_id"] for record in ended) == Counter(order["request_id"] for order in orders)
    assert wire.call("audit.verify")["ok"]


# --- the QA system's webhook -----------------------------------------------------------------------------------


def await_registration(wire: Wire, words: str = "registered") -> None:
    """Until the gateway says so of its webhook."""
    until_s = monotonic() + PATIENCE_S
    while not (said := wire.call("actor.show", name="barge")["facts"]["qa_webhook"]).startswith(words):
        assert monotonic() < until_s, said


def told_of_barges(lodge: Lodge) -> House:
    """A house with a QA system, in which nothing runs yet."""
    house = lodge(start=False)
    house.environment["QA_WEBHOOK_URL"] = f"{house.genesys.url}/sim/sink/qa"
    return house


def test_the_webhook_is_registered_once_over_three_starts(lodge: Lodge) -> None:
    house = told_of_barges(lodge)
    for _ in range(3):
        await_registration(house.open().wire())
        house.terminate()
        assert house.process.code() == 0
    (webhook,) = house.genesys.webhooks()
    del webhook["id"]
    assert webhook == {
        "name": "qa-sync-injection",
        "address": f"{house.genesys.url}/sim/sink/qa",
        "event": "conversation:voice:interaction:completed",
        "enabled": True,
        "filter": {"field": "conversationId", "operator": "eq", "values": ["*"]},
    }
    assert house.genesys.counts()["rest.webhooks"] == 4, "one POST, and one look at each start"


def test_a_webhook_that_was_taken_away_is_registered_anew_at_the_next_start(lodge: Lodge) -> None:
    house = told_of_barges(lodge)
    await_registration(house.open().wire())
    house.terminate()
    assert house.process.code() == 0
    assert house.genesys.remove_webhooks() == 1
    await_registration(house.open().wire())
    assert len(house.genesys.webhooks()) == 1


def test_killed_before_the_registration_was_answered_it_is_not_doubled(lodge: Lodge) -> None:
    house = told_of_barges(lodge)
    house.genesys.add_fault("mute_answers", route="webhooks", method="POST")
    house.open()
    house.await_genesys("webhooks.created", 1)
    house.kill()
    await_registration(house.open().wire())
    assert len(house.genesys.webhooks()) == 1


def test_where_webhooks_cannot_be_listed_none_is_registered_and_barges_go_on(lodge: Lodge) -> None:
    house = told_of_barges(lodge)
    house.genesys.add_fault("status", status=405, route="webhooks", method="GET", times="always")
    wire = house.open().wire()
    await_registration(wire, "not registered: ")
    assert inject(house, wire)["status"] == "succeeded"
    assert house.genesys.webhooks() == []
