"""What a webhook's answer means, and when it is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.journal import PendingDelivery
from rules.deliveries import Finding, Schedule, Troubles, delivery_request, finding
from rules.retries import Ended

SCHEDULE = Schedule()


def found(ended: Ended, attempts: int = 1, detail: str = "") -> Finding:
    return finding(ended, detail, attempts=attempts, schedule=SCHEDULE, chance=0.0)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_delivers(status: int) -> None:
    assert found(Ended(status=status)) == Finding(state="delivered")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 408, 409, 422, 429])
def test_3xx_and_4xx_are_final_and_disable_nothing(status: int) -> None:
    assert found(Ended(status=status)) == Finding(state="dead", error=f"the endpoint answered {status}")


def test_410_disables_the_endpoint() -> None:
    assert found(Ended(status=410)).disables


def test_what_we_refuse_to_call_is_dead() -> None:
    assert found(Ended(failure="refused"), detail="no public address") == Finding(
        state="dead", error="no public address"
    )


@pytest.mark.parametrize(
    "ended",
    [Ended(status=500), Ended(status=503), Ended(failure="transport"), Ended(failure="timeout", maybe_sent=True)],
)
def test_what_may_pass_is_tried_again_until_the_tries_are_used_up(ended: Ended) -> None:
    assert found(ended).state == "pending"
    assert found(ended, attempts=7).state == "pending"
    last = found(ended, attempts=8)
    assert last.state == "dead"
    assert "try 8 of 8" in last.error


def test_the_waits_grow_from_five_seconds_to_ten_hours() -> None:
    waits = [SCHEDULE.wait_s(attempts, 0.0) for attempts in range(1, 8)]
    assert (waits[0], round(waits[-1])) == (5.0, 36_000)
    assert waits == sorted(waits)


@given(attempts=st.integers(1, 20), chance=st.floats(0, 1, exclude_max=True), tries=st.integers(1, 12))
def test_jitter_never_undercuts_the_wait_nor_passes_the_longest(attempts: int, chance: float, tries: int) -> None:
    schedule = Schedule(tries=tries)
    wait_s = schedule.wait_s(attempts, chance)
    assert min(schedule.wait_s(attempts, 0.0), 36_000) <= wait_s <= 36_000


def test_a_503_with_a_longer_retry_after_is_obeyed_up_to_ten_hours() -> None:
    assert found(Ended(status=503, retry_after_s=120.0)).delay_s == 120
    assert found(Ended(status=503, retry_after_s=1.0)).delay_s == 5
    assert found(Ended(status=503, retry_after_s=1e9)).delay_s == 36_000


def test_the_request_carries_the_id_and_the_body_byte_for_byte() -> None:
    body = '{"name":"Zoë"}'.encode()
    pending = PendingDelivery(webhook_id="w1", url="https://hooks.example.com/a?b=c", body=body)
    request = delivery_request(pending, 7.0)
    assert (request.url, request.body) == ("https://hooks.example.com/a?b=c", body)
    assert request.headers == {"content-type": "application/json", "webhook-id": "w1"}
    assert (request.method, request.bearer, request.retries, request.timeout_s) == ("POST", False, 0, 7.0)


URL, SHOWN = "https://crm.example/hook?key=SECRET", "https://crm.example/hook"
LATER, ARRIVED = Finding(state="pending", error="the endpoint answered 503"), Finding(state="delivered")
DEAD = Finding(state="dead", error="the endpoint answered 404")


def test_the_log_has_the_first_of_a_row_of_failures_and_their_end_and_no_secret() -> None:
    troubles = Troubles()
    lines = [troubles.line(URL, found) for found in (ARRIVED, LATER, LATER, DEAD, DEAD, ARRIVED, ARRIVED)]
    assert [line for line in lines if line is not None] == [
        f"webhooks to {SHOWN} do not arrive: the endpoint answered 503; they are tried again",
        f"webhooks to {SHOWN} do not arrive: the endpoint answered 404; see switchboardctl webhook list --status dead",
        f"webhooks to {SHOWN} arrive again",
    ]


def test_each_endpoint_has_its_own_row_and_a_410_is_always_told() -> None:
    troubles = Troubles()
    assert troubles.line(URL, LATER)
    assert troubles.line("https://b.example/", LATER)
    gone = Finding(state="dead", error="the endpoint answered 410", disables=True)
    assert [str(troubles.line(URL, gone)).count(f"webhook enable {SHOWN}") for _ in range(2)] == [1, 1]
