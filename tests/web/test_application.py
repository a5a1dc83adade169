"""The paths, over real sockets: every status that callers can meet."""

from typing import Any

import orjson
import pytest

from messages.barges import InjectBarge
from messages.gateway import ShowGateway
from messages.orders import Submit
from tests.web.house import INJECT, KEY, Door, WebHouse, end, refused
from tests.web.inquired import STATUS

OTHER_KEY = "other-0123456789abcdef"


# --- /inject -------------------------------------------------------------------------------------------------------


def test_audio_that_is_allowed_is_played(house: WebHouse, door: Door) -> None:
    reply = door.inject()
    assert reply.status == 201
    assert reply.headers["content-type"] == "application/json"
    assert reply.json() == {"status": "success", "message": "the audio is played", "id": "i-minted-1"}
    submit = house.barges.hears()
    assert submit.order.audio_url == INJECT["audioUrl"]
    assert (submit.peer.role, submit.peer.uid) == ("operator", -1)


def test_a_bad_body_is_400_with_every_bad_field_and_reaches_nobody(house: WebHouse, door: Door) -> None:
    reply = door.inject({**INJECT, "participantId": 7, "maxDurationMs": None})
    assert reply.status == 400
    assert {wrong["field"] for wrong in reply.problem()["fields"]} == {"participantId", "maxDurationMs"}
    assert house.barges.heard.empty()


def test_values_that_break_rules_are_400_with_every_reason(door: Door) -> None:
    reply = door.inject({**INJECT, "audioUrl": "https://cdn.example.com/notice.flac", "maxDurationMs": 30_001})
    assert reply.status == 400
    problem = reply.problem()
    assert [reason["code"] for reason in problem["reasons"]] == ["SB-113", "SB-114"]
    assert problem["id"] == reply.headers["idempotency-key"] == "minted-1"


@pytest.mark.parametrize(
    ("code", "status", "retry_after"),
    [
        ("SB-215", 403, None),
        ("SB-214", 403, None),
        ("SB-206", 429, "5"),
        ("SB-220", 502, None),
        ("SB-207", 503, "30"),
    ],
)
def test_what_becomes_of_an_order_is_its_status(
    house: WebHouse, door: Door, code: str, status: int, retry_after: str | None
) -> None:
    house.barges.decide = lambda submit: refused(submit, code)
    reply = door.inject()
    assert reply.status == status
    assert reply.problem()["reasons"][0]["code"] == code
    assert reply.headers.get("retry-after") == retry_after


def test_a_retry_after_of_genesys_is_handed_on(house: WebHouse, door: Door) -> None:
    def throttled(submit: Submit) -> Any:
        return end(submit, "failed", *refused(submit, "SB-206").reasons, extra={"retry_after_s": 2})

    house.barges.decide = throttled
    assert door.inject().headers["retry-after"] == "2"


def test_an_order_that_does_not_end_in_time_is_202(house: WebHouse) -> None:
    house.grace_s = -29.9  # of an order's 30 s
    house.barges.decide = lambda _submit: None
    with house.door() as door:
        reply = door.inject(Idempotency_Key="k-1")
    assert reply.status == 202
    assert reply.json()["status"] == "accepted"
    assert reply.headers["idempotency-key"] == "k-1"


# --- Idempotency-Key -----------------------------------------------------------------------------------------------


def test_the_same_key_again_is_the_same_order(house: WebHouse, door: Door) -> None:
    first, second = (door.inject(Idempotency_Key="k-1") for _ in range(2))
    assert first.status == second.status == 201
    assert first.json() == second.json()
    assert first.headers["idempotency-key"] == "k-1"
    assert house.barges.hears().order.request_id == "k-1"


def test_the_same_key_for_another_order_is_409(door: Door) -> None:
    door.inject(Idempotency_Key="k-1")
    reply = door.inject({**INJECT, "participantId": "p-2"}, Idempotency_Key="k-1")
    assert reply.status == 409
    assert reply.problem()["reasons"][0]["code"] == "SB-108"


def test_a_key_may_stand_in_quotation_marks(house: WebHouse, door: Door) -> None:
    assert door.inject(Idempotency_Key='"k-1"').headers["idempotency-key"] == "k-1"


@pytest.mark.parametrize("key", ["", "..", "a b", "a/b", '"', '""', "x" * 129])
def test_what_can_be_no_key_is_400(house: WebHouse, door: Door, key: str) -> None:
    reply = door.inject(Idempotency_Key=key)
    assert reply.status == 400
    assert "Idempotency-Key" in reply.problem()["message"]
    assert house.barges.heard.empty()


def test_two_keys_are_none(door: Door) -> None:
    assert door.inject(Idempotency_Key="a\r\nIdempotency-Key: b").status == 400


# --- what is no order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_inject_takes_post_only(door: Door, method: str) -> None:
    with door.connect() as talk:
        talk.send(talk.request(method, "/inject"))
        reply = talk.reply(method)
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/json; charset=latin-1"},
        {"Content_Type": ""},
        {"Content_Type": "application/problem+json"},
        {"Content_Type": "application/json", "Content_Encoding": "gzip"},
        {"Content_Type": "application/json\r\nContent-Type: text/plain"},
    ],
)
def test_inject_takes_json_only(house: WebHouse, door: Door, headers: dict[str, str]) -> None:
    reply = door.ask("POST", "/inject", orjson.dumps(INJECT), **headers)
    assert reply.status == 415
    assert reply.problem()["type"].endswith(":content-type")
    assert house.barges.heard.empty()


@pytest.mark.parametrize(
    "told", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_may_be_told_in_full(door: Door, told: str) -> None:
    assert door.inject(**{"Content-Type": told}).status == 201


def test_a_busy_actor_is_429(house: WebHouse, door: Door) -> None:
    house.barges.room = False
    reply = door.inject()
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")
    assert reply.problem()["id"] == "minted-1"


def test_a_draining_gateway_is_503(house: WebHouse, door: Door) -> None:
    house.draining = True
    reply = door.inject()
    assert (reply.status, reply.headers["retry-after"]) == (503, "30")
    assert "draining" in reply.problem()["message"]


def test_a_gateway_without_barges_is_503(house: WebHouse, door: Door) -> None:
    del house.actors["barge"]
    assert door.inject().problem()["type"].endswith(":feature")


def test_an_error_of_ours_is_500_and_the_door_goes_on(house: WebHouse, door: Door) -> None:
    def broken(submit: Submit) -> Any:
        raise LookupError("s3cret")

    house.barges.decide = broken
    reply = door.inject()
    assert reply.status == 500
    assert reply.problem()["message"] == "see the gateway's log"
    assert b"s3cret" not in reply.body
    assert door.get("/health").status == 200


@pytest.mark.parametrize("path", ["/", "/inject/", "/docs", "/health/nope", "/%2e%2e/inject", "/inject%00"])
def test_there_is_nothing_else(door: Door, path: str) -> None:
    assert door.get(path).problem()["status"] == 404


# --- keys ----------------------------------------------------------------------------------------------------------


def test_with_keys_callers_need_one(house: WebHouse) -> None:
    with house.door(f"crm:{KEY}", OTHER_KEY) as door:
        stranger, wrong = door.inject(), door.inject(Authorization=f"Bearer {KEY}x")
        known = [door.inject(Authorization=f"Bearer {key}").status for key in (KEY, OTHER_KEY)]
    assert (stranger.status, stranger.headers["www-authenticate"]) == (401, 'Bearer realm="switchboard"')
    assert (wrong.status, wrong.headers["www-authenticate"]) == (
        401,
        'Bearer realm="switchboard", error="invalid_token"',
    )
    assert stranger.problem()["title"] == wrong.problem()["title"]
    assert known == [201, 201]


def test_a_stranger_is_told_nothing_of_his_order(house: WebHouse) -> None:
    with house.door(KEY) as door:
        assert door.inject(b"{").status == 401
        assert door.inject(b"x" * 70_000).status == 401
    assert house.barges.heard.empty()


def test_metrics_need_a_key_where_there_are_keys_and_health_never(house: WebHouse) -> None:
    with house.door(KEY) as door:
        assert door.get("/metrics").status == 401
        assert door.get("/metrics", Authorization=f"Bearer {KEY}").status == 200
        paths = ("/health", "/health/live", "/health/ready", "/openapi.json")
        assert [door.get(path).status for path in paths] == [200, 200, 200, 200]


# --- the rest ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_a_gateway_that_lives_is_ok(door: Door, path: str) -> None:
    reply = door.get(path)
    assert (reply.status, reply.body) == (200, b"ok")
    assert reply.headers["content-type"].startswith("text/plain")


def test_head_is_get_without_the_body(door: Door) -> None:
    with door.connect() as talk:
        talk.send(talk.request("HEAD", "/health"))
        reply = talk.reply("HEAD")
    assert (reply.status, reply.body) == (200, b"")


def test_a_gateway_that_is_not_ready_is_503_with_its_reasons(house: WebHouse, door: Door) -> None:
    del house.actors["gateway"]
    reply = door.get("/health/ready")
    assert reply.status == 503
    assert reply.json() == {
        "ready": False,
        "state": None,
        "audio": None,
        "reasons": [{"check": "state", "message": "the gateway's actor does not answer"}],
        "degraded": [],
    }


def test_a_gateway_that_has_lost_a_part_of_itself_is_200_and_says_which(house: WebHouse, door: Door) -> None:
    lost = "audio worker media.1 has no transcription service: connection refused"
    house.actors["gateway"].answers[ShowGateway] = {**STATUS, "degraded": [lost]}
    reply = door.get("/health/ready")
    assert reply.status == 200
    assert reply.json() == {
        "ready": True,
        "state": "running",
        "audio": STATUS["audio"],
        "reasons": [],
        "degraded": [{"check": "media", "message": lost}],
    }


def test_the_contract_names_every_path_and_its_key(house: WebHouse) -> None:
    with house.door(KEY) as door:
        contract = door.get("/openapi.json").json()
    assert set(contract["paths"]) == {"/inject", "/health", "/health/live", "/health/ready", "/metrics"}
    inject = contract["paths"]["/inject"]["post"]
    assert inject["security"] == [{"key": []}]
    answers = {"201", "202", "400", "401", "403", "408", "409", "413", "415", "429", "500", "502", "503"}
    assert set(inject["responses"]) == answers
    assert set(contract["components"]["schemas"]["InjectBody"]["required"]) == set(INJECT)


def test_orders_reach_the_barge_actor_as_they_are(house: WebHouse, door: Door) -> None:
    door.inject(Idempotency_Key="k-1")
    order = house.barges.hears().order
    assert isinstance(order, InjectBarge)
    assert (order.subject, order.max_duration_ms, order.dry_run) == ("c-1", 15_000, False)
