"""What Prometheus reads."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from messages.archive import MeasureOrders
from tests.web.house import Door, WebHouse
from tests.web.inquired import ANSWERS, ASSIST, DOOR, STATUS
from web.limits import Limits
from web.metrics import render


def samples(page: bytes) -> dict[str, float]:
    """Each sample's value, by its name and its labels' values."""
    families = text_string_to_metric_families(page.decode())
    return {
        "/".join((sample.name.removeprefix("switchboard_"), *sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def rendered(**changes: Any) -> dict[str, float]:
    return samples(render({**ANSWERS, **{name.replace("_", "."): answer for name, answer in changes.items()}}, DOOR))


def test_orders_are_told_by_kind_and_end() -> None:
    found = rendered()
    assert found["orders_total/barge/succeeded"] == 5
    assert found["orders_total/barge/refused"] == 1
    assert found["orders_open/barge"] == 1
    assert found["order_latency_seconds/barge/0.99"] == 0.12
    assert "order_latency_seconds/transfer/0.99" not in found


def test_the_gateway_its_actors_its_token_and_its_budget_are_told() -> None:
    found = rendered()
    assert found["build_info/tutorial/9.9.9"] == 1
    assert (found["state/running"], found["state/draining"], found["degraded"]) == (1, 0, 0)
    assert (found["sessions/open"], found["dead_letters_total"]) == (2, 3)
    assert (found["mailbox_depth/barge"], found["actor_restarts_total/barge"], found["actor_running/root"]) == (1, 2, 1)
    assert (found["token_state/valid"], found["token_expires_in_seconds"]) == (1, 3600)
    assert (found["budget_used"], found["budget_queue/steer"], found["circuit_open/injection"]) == (7, 2, 1)
    assert (found["http_connections"], found["http_complaints_total/slow"]) == (4, 2)


def test_audio_streams_and_their_workers_are_told() -> None:
    found = rendered()
    assert (found["streams/audiohook"], found["streams/media-api"]) == (2, 1)
    assert (found["stream_frames_total"], found["stream_gaps_total"], found["stream_dropped_total"]) == (900, 4, 1)
    assert (found["stream_lag_seconds/max"], found["stream_buffered"]) == (0.025, 7)
    assert (found["media_worker_up/media.1"], found["media_worker_up/media.2"]) == (1, 0)
    assert (found["media_worker_calls/media.1"], found["media_worker_busy/media.1"]) == (3, 0.25)
    assert found["media_worker_refused_total/media.1"] == 5


def test_the_slots_of_agent_assist_are_told() -> None:
    found = rendered()
    assert (found["assist_limit"], found["assist_tenant_limit"], found["assist_limit_decreases_total"]) == (5, 50, 6)
    assert (found["assist_in_flight"], found["assist_waiting"]) == (4, 2)
    fixed = {**ASSIST, "facts": {**ASSIST["facts"], "adaptive": None}}
    page = samples(render({**ANSWERS, "actor.show assist": fixed}, DOOR))
    assert "assist_limit_decreases_total" not in page


def test_what_gateway_status_names_that_does_not_work_is_counted() -> None:
    degraded = ["session transfer is lost: 1006", "audio worker media.1 is down: SIGKILL"]
    assert rendered(gateway_status={**STATUS, "degraded": degraded})["degraded"] == 2


def test_the_outbox_is_told_while_the_journal_is_there() -> None:
    found = rendered()
    assert (found["webhooks/waiting"], found["webhooks/dead"], found["webhook_endpoints_disabled"]) == (7, 2, 1)
    away = {**STATUS, "counts": {**STATUS["counts"], "webhooks": None}}
    assert not [name for name in rendered(gateway_status=away) if name.startswith(("webhooks/", "webhook_endpoints"))]


def test_how_tries_of_webhooks_went_is_told() -> None:
    found = rendered()
    assert [found[f"webhook_tries_total/{end}"] for end in ("delivered", "retried", "dead")] == [50, 2, 0]
    assert found["webhooks_under_way"] == 3


def test_what_did_not_answer_is_left_out_and_said_so() -> None:
    found = rendered(audit_metrics=None)
    assert (found["scrape_answered/audit.metrics"], found["scrape_answered/token.status"]) == (0, 1)
    assert not [name for name in found if name.startswith("orders_total")]


def test_a_scrape_reads_what_actors_say_now(house: WebHouse, door: Door) -> None:
    before = samples(door.get("/metrics").body)
    house.actors["archive"].answers[MeasureOrders] = {"since": None, "kinds": {}}
    after = samples(door.get("/metrics").body)
    assert before["orders_total/barge/succeeded"] == 5
    assert "orders_total/barge/succeeded" not in after
    assert after["http_requests_total"] == before["http_requests_total"] + 1


def test_a_slow_actor_costs_its_own_numbers_only_and_is_asked_once(house: WebHouse) -> None:
    del house.actors["archive"].answers[MeasureOrders]
    with house.door(limits=Limits(scrape_s=0.05)) as door:
        pages = [samples(door.get("/metrics").body) for _ in range(3)]
        assert door.inject().status == 201
    assert [page["scrape_answered/audit.metrics"] for page in pages] == [0, 0, 0]
    assert house.actors["archive"].heard.qsize() == 1
