from typing import Any

import pytest
import requests

from simulator.forms import BadInput
from simulator.server import Simulator
from simulator.webhooks import read_webhook
from tests.simulator.client import api, bearer


def webhook(**changes: Any) -> dict[str, Any]:
    """The body of a registration as contracts 3 has it."""
    return {
        "name": "qa-sync-injection",
        "address": "https://qa.example.com/genesys/events",
        "event": "conversation:voice:interaction:completed",
        "enabled": True,
        "filter": {"field": "conversationId", "operator": "eq", "values": ["*"]},
        **changes,
    }


def register(box: Simulator, **changes: Any) -> requests.Response:
    return api(box, "POST", "webhooks", webhook(), **changes)


def listed(box: Simulator) -> Any:
    return api(box, "GET", "webhooks").json()["entities"]


def test_a_webhook_is_created_with_an_id_and_listed(genesys_simulator: Simulator) -> None:
    assert listed(genesys_simulator) == []
    answer = register(genesys_simulator)
    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], **webhook()}
    assert listed(genesys_simulator) == [answer.json()] == genesys_simulator.webhooks()


def test_the_same_webhook_again_is_a_second_one(genesys_simulator: Simulator) -> None:
    ids = {register(genesys_simulator).json()["id"] for _ in range(2)}
    assert {one["id"] for one in listed(genesys_simulator)} == ids
    assert (len(ids), genesys_simulator.state()["webhooks"]) == (2, 2)


def test_webhooks_can_vanish_over_there(genesys_simulator: Simulator) -> None:
    register(genesys_simulator)
    assert genesys_simulator.remove_webhooks() == 1
    assert listed(genesys_simulator) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"event": "other", "enabled": "yes"}, ["event", "enabled"]),
        ({"address": "qa.example.com"}, ["address"]),
        ({"id": "mine", "name": ""}, ["name", "id"]),
        (
            {"filter": {"field": "x", "operator": "ne", "values": []}},
            ["filter.field", "filter.operator", "filter.values"],
        ),
        ({"filter": []}, ["filter"]),
    ],
)
def test_names_every_field_that_is_wrong(changes: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        read_webhook(webhook(**changes))
    assert [problem.partition(":")[0] for problem in caught.value.problems] == fields


def test_a_body_that_does_not_fit_is_400(genesys_simulator: Simulator) -> None:
    assert api(genesys_simulator, "POST", "webhooks", {}).status_code == 400
    assert listed(genesys_simulator) == []


def test_webhooks_need_their_scope(genesys_simulator: Simulator) -> None:
    assert register(genesys_simulator, headers={}).status_code == 401
    assert register(genesys_simulator, headers=bearer(genesys_simulator, "interaction:write")).status_code == 403
    headers = bearer(genesys_simulator, "webhook:write")
    assert register(genesys_simulator, headers=headers).status_code == 201
    assert api(genesys_simulator, "GET", "webhooks", headers=headers).status_code == 200


def test_listing_can_be_impossible_while_registering_works(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=405, route="webhooks", method="GET", times="always")
    assert api(genesys_simulator, "GET", "webhooks").status_code == 405
    assert register(genesys_simulator).status_code == 201


def test_a_registration_can_be_throttled(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=429, retry_after=2, route="webhooks")
    refused = register(genesys_simulator)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert register(genesys_simulator).status_code == 201


def test_a_registration_can_be_carried_out_and_never_answered(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("effect_then_drop", route="webhooks")
    headers = bearer(genesys_simulator)
    with pytest.raises(requests.ConnectionError, match=r"reset|aborted"):
        register(genesys_simulator, headers=headers)
    assert len(listed(genesys_simulator)) == 1
