from typing import Any

import pytest
import requests

from simulator.server import Simulator
from tests.simulator.client import api, bearer, inject, injection_body


def conversation(box: Simulator, name: str = "c-1", **changes: Any) -> requests.Response:
    return api(box, "GET", f"conversations/voice/{name}", **changes)


def participant(box: Simulator, name: str = "c-1", who: str = "p-1", **changes: Any) -> requests.Response:
    return api(box, "GET", f"conversations/voice/{name}/participants/{who}", **changes)


def test_any_conversation_is_active_and_everybody_consents(genesys_simulator: Simulator) -> None:
    assert conversation(genesys_simulator, "c-9").json() == {"id": "c-9", "state": "active"}
    shown = participant(genesys_simulator, "c-9", "p-7").json()
    assert shown == {"id": "p-7", "customAttributes": {"supervision_consent": "true"}, "interactions": []}


@pytest.mark.parametrize(
    ("consent", "attributes"),
    [("true", {"supervision_consent": "true"}), ("false", {"supervision_consent": "false"}), ("missing", {})],
)
def test_consent_is_a_setting_or_said_of_a_participant(
    genesys_simulator: Simulator, consent: str, attributes: dict[str, str]
) -> None:
    genesys_simulator.set_conversation("c-1", participants={"p-1": {"consent": consent}})
    assert participant(genesys_simulator).json()["customAttributes"] == attributes
    genesys_simulator.change_settings(consent=consent)
    assert participant(genesys_simulator, "another").json()["customAttributes"] == attributes


def test_consent_may_be_told_by_another_attribute(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(consent_attribute="may_listen")
    assert participant(genesys_simulator).json()["customAttributes"] == {"may_listen": "true"}


def test_attributes_can_be_anything(genesys_simulator: Simulator) -> None:
    given = {"supervision_consent": True, "vip": "yes"}
    genesys_simulator.set_conversation("c-1", participants={"p-1": {"attributes": given}})
    assert participant(genesys_simulator).json()["customAttributes"] == given


def test_a_described_conversation_has_its_state_and_its_participants_only(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_conversation("c-1", state="disconnected", participants={"p-1": {}})
    assert conversation(genesys_simulator).json()["state"] == "disconnected"
    assert [participant(genesys_simulator, who=who).status_code for who in ("p-1", "p-2")] == [200, 404]


def test_a_strict_box_knows_only_what_was_described() -> None:
    with Simulator(settings={"strict": True}) as box:
        box.set_conversation("known")
        assert [conversation(box, name).status_code for name in ("known", "unknown")] == [200, 404]
        assert [participant(box, name).status_code for name in ("known", "unknown")] == [200, 404]
        assert [inject(box, name).status_code for name in ("known", "unknown")] == [201, 404]


def test_an_injection_is_created_and_its_id_is_in_the_header(genesys_simulator: Simulator) -> None:
    answer = inject(genesys_simulator, body=injection_body(maxDuration="PT1.5S"))
    assert (answer.status_code, answer.json()) == (201, {})
    (kept,) = genesys_simulator.injections("c-1")
    assert kept.pop("at_s") >= 0
    assert kept == {
        "id": answer.headers["X-Interaction-Id"],
        "conversation_id": "c-1",
        "participant_id": "p-1",
        "url": "https://audio.example.com/notice.wav?normalize=true",
        "mute": True,
        "duration_ms": 1500,
        "consent": "true",
    }


def test_an_injection_keeps_the_consent_of_its_moment(genesys_simulator: Simulator) -> None:
    for consent in ("true", "false", "missing"):
        genesys_simulator.change_settings(consent=consent)
        inject(genesys_simulator)
    assert [kept["consent"] for kept in genesys_simulator.injections()] == ["true", "false", None]


def test_injections_are_listed_by_conversation_and_can_be_found_again(genesys_simulator: Simulator) -> None:
    for name, who in (("c-1", "p-1"), ("c-2", "p-1"), ("c-1", "p-2")):
        inject(genesys_simulator, name, who)
    assert len(genesys_simulator.injections()) == 3
    assert [kept["participant_id"] for kept in genesys_simulator.injections("c-1")] == ["p-1", "p-2"]
    (found,) = participant(genesys_simulator, "c-1", "p-2").json()["interactions"]
    assert found["sourceUrl"] == injection_body()["sourceUrl"]
    genesys_simulator.change_settings(readback=False)
    assert "interactions" not in participant(genesys_simulator).json()


def test_nothing_is_put_into_a_conversation_that_is_over(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_conversation("c-1", state="disconnected")
    assert inject(genesys_simulator).status_code == 409
    assert genesys_simulator.injections() == []


def test_a_body_that_does_not_fit_is_400_with_every_problem(genesys_simulator: Simulator) -> None:
    answer = inject(genesys_simulator, body=injection_body(maxDuration="PT31S", mute=None))
    assert answer.status_code == 400
    assert "mute: missing" in answer.json()["message"]
    assert "maxDuration: expected" in answer.json()["message"]
    assert genesys_simulator.injections() == []


def test_reading_and_writing_need_a_scope_each(genesys_simulator: Simulator) -> None:
    read = bearer(genesys_simulator, "conversation:voice:read")
    write = bearer(genesys_simulator, "conversation:voice:write")
    assert conversation(genesys_simulator, headers=read).status_code == 200
    assert participant(genesys_simulator, headers=read).status_code == 200
    assert inject(genesys_simulator, headers=read).status_code == 403
    assert inject(genesys_simulator, headers=write).status_code == 201
    assert participant(genesys_simulator, headers=write).status_code == 403
    assert conversation(genesys_simulator, headers={}).status_code == 401


@pytest.mark.parametrize(("status", "retry_after"), [(429, "2"), (503, None)])
def test_a_status_fault_can_be_for_one_conversation(
    genesys_simulator: Simulator, status: int, retry_after: str | None
) -> None:
    options = {} if retry_after is None else {"retry_after": retry_after}
    genesys_simulator.add_fault("status", status=status, route="injection", conversation_id="c-1", **options)
    answers = [inject(genesys_simulator, name) for name in ("c-2", "c-1", "c-1")]
    assert [answer.status_code for answer in answers] == [201, status, 201]
    assert answers[1].headers.get("Retry-After") == retry_after


def test_a_fault_can_be_for_one_participant(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=500, route="participant", participant_id="p-2")
    assert [participant(genesys_simulator, who=who).status_code for who in ("p-1", "p-2")] == [200, 500]


def test_a_conversation_can_be_slow(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", latency_ms=30, route="conversation")
    assert conversation(genesys_simulator).elapsed.total_seconds() >= 0.03


@pytest.mark.parametrize("action", ["mute_answers", "effect_then_drop"])
def test_an_injection_can_be_carried_out_and_never_answered(genesys_simulator: Simulator, action: str) -> None:
    genesys_simulator.add_fault(action, route="injection")
    headers = bearer(genesys_simulator)
    with pytest.raises((requests.ReadTimeout, requests.ConnectionError)):
        inject(genesys_simulator, headers=headers, timeout=0.5)
    genesys_simulator.wait_for(lambda world: world.count["injections.accepted"] == 1)


@pytest.mark.parametrize("action", ["silence", "abort"])
def test_an_injection_can_be_lost(genesys_simulator: Simulator, action: str) -> None:
    genesys_simulator.add_fault(action, route="injection")
    headers = bearer(genesys_simulator)
    with pytest.raises((requests.ReadTimeout, requests.ConnectionError)):
        inject(genesys_simulator, headers=headers, timeout=0.5)
    assert genesys_simulator.counts()[f"faults.{action}"] == 1
    assert genesys_simulator.injections() == []


def test_every_request_is_counted_by_its_route(genesys_simulator: Simulator) -> None:
    conversation(genesys_simulator)
    participant(genesys_simulator)
    inject(genesys_simulator)
    counts = genesys_simulator.counts()
    assert [counts[f"rest.{route}"] for route in ("conversation", "participant", "injection")] == [1, 1, 1]
