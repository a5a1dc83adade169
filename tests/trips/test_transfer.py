"""An operator moves an interaction, and every order ends once, whatever is asked."""

from uuid import uuid4

import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from tests.trips.house import DESTINATION, House, Lodge, transfer
from tests.trips.wire import Wire

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of the specification


@pytest.fixture
def interaction() -> str:
    """An id that no other test uses."""
    return f"interaction-{uuid4()}"


def codes(outcome: dict[str, object]) -> list[str]:
    reasons = outcome["reasons"]
    assert isinstance(reasons, list)
    return [reason["code"] for reason in reasons]


# --- it works --------------------------------------------------------------------------------------------------


def test_a_transfer_ends_with_the_outcome_of_the_contract(house: House, wire: Wire, interaction: str) -> None:
    request_id = str(uuid4())
    outcome = wire.call("transfer.start", **transfer(interaction, request_id=request_id, reason="she asked for it"))
    latency_ms = outcome.pop("latency_ms")
    assert latency_ms > 0
    assert outcome == {
        "request_id": request_id,
        "kind": "transfer",
        "status": "succeeded",
        "detail": f"transferred to {DESTINATION} with opus",
        "reasons": [],
        "retries": 0,
        "interaction_id": interaction,
        "transfer_id": request_id,
        "gateway_status": "codec_negotiated",
        "codec": "opus",
        "codecs_tried": ["opus"],
    }
    (row,) = house.seen(interaction)
    assert (row["id"], row["effects"], row["destination_uri"]) == (request_id, 1, DESTINATION)


def test_an_order_without_an_id_gets_one(house: House, wire: Wire, interaction: str) -> None:
    outcome = wire.call("transfer.start", **transfer(interaction))
    shown = wire.call("command.show", request_id=outcome["request_id"])
    assert {name: shown[name] for name in outcome} == outcome
    assert shown["accepted_at"] <= shown["ended_at"]
    assert (shown["order"]["interaction_id"], shown["order"]["destination_uri"]) == (interaction, DESTINATION)
    assert [row["id"] for row in house.seen(interaction)] == [outcome["request_id"]]


def test_every_step_and_who_gave_the_order_is_on_a_record_that_verifies(
    house: House, wire: Wire, interaction: str
) -> None:
    wire.call("events.subscribe", kinds=["webhook.delivered"])
    outcome = wire.call("transfer.start", **transfer(interaction))
    while wire.event()["data"]["request_id"] != outcome["request_id"]:
        pass  # the callback of an earlier order of this house
    records = wire.call("audit.query", interaction_id=interaction)["records"]
    assert [record["kind"] for record in records] == [
        "transfer.accepted",
        "transfer.sent",
        "transfer.ended",
        "webhook.delivered",
    ]
    assert {record["request_id"] for record in records} == {outcome["request_id"]}
    accepted, _sent, ended, _delivered = records
    assert accepted["peer"]["role"] == "admin"
    assert accepted["peer"]["pid"] > 0
    assert ended["data"] == outcome
    verified = wire.call("audit.verify")
    assert (verified["ok"], verified["first_bad"]) == (True, None)


def test_the_media_server_is_told_once_and_by_a_signature_that_holds(lodge: Lodge, interaction: str) -> None:
    house = lodge(webhooks__secret=SECRET)
    wire = house.wire()
    wire.call("events.subscribe", kinds=["webhook.delivered"])
    outcome = wire.call("transfer.start", **transfer(interaction))
    wire.event()
    house.terminate()
    assert house.process.code() == 0
    (told,) = house.callbacks(interaction)
    body = told["body"]
    assert set(body) == {"interaction_id", "transfer_id", "status", "latency_ms"}
    assert (body["transfer_id"], body["status"]) == (outcome["transfer_id"], "transferred")
    assert Webhook(SECRET).verify(orjson.dumps(body), told["headers"]) == body


def test_a_codec_that_the_far_end_lacks_is_replaced_by_the_next(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.set_interaction(interaction, unsupported_codecs=["opus", "g722"])
    outcome = wire.call("transfer.start", **transfer(interaction))
    assert (outcome["status"], outcome["codec"], outcome["retries"]) == ("succeeded", "pcmu", 0)
    assert outcome["codecs_tried"] == ["opus", "g722", "pcmu"]
    frames = house.frames(interaction)
    assert [frame["codec"] for frame in frames] == ["opus", "g722", "pcmu"]
    assert [frame["attempt"] for frame in frames[1:]] == [2, 3]


def test_a_far_end_that_takes_no_codec_fails_the_transfer(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.set_interaction(interaction, unsupported_codecs=["opus", "g722", "pcmu"])
    outcome = wire.call("transfer.start", **transfer(interaction))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-203"])
    assert house.seen(interaction)[0]["effects"] == 0


def test_fifty_transfers_share_one_socket_and_are_answered_out_of_order(
    house: House, wire: Wire, interaction: str
) -> None:
    names = [f"{interaction}-{number}" for number in range(50)]
    for number, name in enumerate(names):
        house.genesys.add_fault("latency", latency_ms=1000 - 20 * number, route="transfer", interaction_id=name)
    asked = [wire.ask("transfer.start", **transfer(name)) for name in names]
    answers = [wire.next_answer() for _ in names]
    assert [answer["id"] for answer in answers] != asked
    outcomes = {answer["id"]: answer["result"] for answer in answers}
    assert [outcomes[number]["interaction_id"] for number in asked] == names
    assert {outcome["status"] for outcome in outcomes.values()} == {"succeeded"}
    rows = [row for name in names for row in house.seen(name)]
    assert [(row["effects"], row["frames"]) for row in rows] == [(1, 1)] * 50
    assert len({session for row in rows for session in row["sessions"]}) == 1


# --- it is refused ---------------------------------------------------------------------------------------------


def test_a_refusal_names_every_objection_at_once_and_sends_nothing(house: House, wire: Wire) -> None:
    before = house.genesys.counts()
    matrix = {
        "audio": {"codec": "g729", "bandwidth_kbps": 400, "bit_depth": 0},
        "video": {"codec": "h264", "resolution": "1280x720", "fps": 90, "bandwidth_kbps": 100},
    }
    order = {"interaction_id": "..", "destination_uri": "http://somewhere", "media_matrix": matrix, "deadline_s": -1.0}
    outcome = wire.call("transfer.start", **order)
    assert outcome["status"] == "refused"
    assert set(codes(outcome)) == {"SB-101", "SB-102", "SB-103", "SB-104", "SB-105", "SB-106", "SB-107"}
    for reason in outcome["reasons"]:
        assert set(reason) == {"code", "gate", "message", "remedy"}
        assert all(reason.values())
    assert house.genesys.counts() == before
    assert wire.call("command.show", request_id=outcome["request_id"])["status"] == "refused"


@pytest.mark.parametrize("state", ["completed", "abandoned"])
def test_an_interaction_that_is_over_is_not_transferred(house: House, wire: Wire, interaction: str, state: str) -> None:
    house.genesys.set_interaction(interaction, state=state)
    outcome = wire.call("transfer.start", **transfer(interaction))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-202"])
    assert state in outcome["detail"]
    assert house.seen(interaction) == []


def test_an_interaction_that_genesys_does_not_know_is_not_transferred(
    house: House, wire: Wire, interaction: str
) -> None:
    house.genesys.add_fault("status", status=404, route="interaction", interaction_id=interaction)
    outcome = wire.call("transfer.start", **transfer(interaction))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-201"])
    assert house.seen(interaction) == []


def test_a_queued_interaction_is_transferred(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.set_interaction(interaction, state="queued")
    assert wire.call("transfer.start", **transfer(interaction))["status"] == "succeeded"


def test_what_genesys_refuses_is_told_in_its_own_words(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.add_fault("reject", status="destination_busy", interaction_id=interaction)
    outcome = wire.call("transfer.start", **transfer(interaction))
    assert (outcome["status"], codes(outcome)) == ("failed", ["SB-204"])
    assert "destination_busy" in outcome["detail"]
    assert outcome["gateway_status"] == "destination_busy"


# --- nothing is done twice, or at all --------------------------------------------------------------------------


def test_a_dry_run_passes_every_gate_and_sends_nothing(house: House, wire: Wire, interaction: str) -> None:
    outcome = wire.call("transfer.start", **transfer(interaction, dry_run=True))
    assert (outcome["status"], outcome["detail"]) == ("succeeded", "dry run: every gate passed, nothing was sent")
    assert house.seen(interaction) == []
    assert wire.call("audit.query", interaction_id=interaction)["records"] == []


def test_a_dry_run_tells_what_would_be_refused(house: House, wire: Wire, interaction: str) -> None:
    house.genesys.set_interaction(interaction, state="completed")
    outcome = wire.call("transfer.start", **transfer(interaction, dry_run=True))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-202"])


def test_an_order_given_twice_at_once_has_one_effect_and_one_outcome(
    house: House, wire: Wire, interaction: str
) -> None:
    order = transfer(interaction, request_id=str(uuid4()))
    with house.wire() as other:
        asked = [(line, line.ask("transfer.start", **order)) for line in (wire, other, wire, other)]
        outcomes = [line.result(number) for line, number in asked]
    assert outcomes == [outcomes[0]] * 4
    (row,) = house.seen(interaction)
    assert (row["effects"], row["frames"]) == (1, 1)


def test_an_order_given_again_after_its_end_gets_the_first_outcome(house: House, wire: Wire, interaction: str) -> None:
    order = transfer(interaction, request_id="an id of the caller's own")
    refused = wire.call("transfer.start", **order)
    assert codes(refused) == ["SB-101"]
    order["request_id"] = f"ticket-{uuid4()}"
    first = wire.call("transfer.start", **order)
    assert wire.call("transfer.start", **order) == first
    (row,) = house.seen(interaction)
    assert (row["effects"], row["frames"]) == (1, 1)
    assert row["id"] == first["transfer_id"] != order["request_id"]


def test_an_id_belongs_to_one_order(house: House, wire: Wire, interaction: str) -> None:
    order = transfer(interaction, request_id=str(uuid4()))
    first = wire.call("transfer.start", **order)
    other = wire.call("transfer.start", **{**order, "destination_uri": "genesys://queue/complaints"})
    assert (other["status"], codes(other)) == ("refused", ["SB-108"])
    shown = wire.call("command.show", request_id=order["request_id"])
    assert (shown["status"], shown["detail"]) == ("succeeded", first["detail"])
    assert [row["destination_uri"] for row in house.seen(interaction)] == [DESTINATION]


def test_metrics_count_what_was_given(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.set_interaction("over", state="completed")
    house.genesys.add_fault("reject", interaction_id="busy")
    wire = house.wire()
    for name in ("one", "two", "over", "busy"):
        wire.call("transfer.start", **transfer(name))
    counted = wire.call("audit.metrics")["kinds"]["transfer"]
    latency_ms = counted.pop("latency_ms")
    assert 0 < latency_ms["p50"] <= latency_ms["p99"]
    assert counted.pop("completion_rate") == pytest.approx(2 / 4)
    assert counted == {"total": 4, "succeeded": 2, "failed": 1, "refused": 1, "interrupted": 0}
